# One word per act. Everything made here lies in .venv, .models, build and dist; `make clean` removes all but .models.
SHELL  := /bin/bash
PYTHON ?= python3
PY     := .venv/bin/python
MODELS := .models
STARTER := $(MODELS)/qwen2.5-coder-0.5b-instruct-q4_k_m.gguf
JOURNEY := build/journey

.PHONY: help setup models run journey test check package lock samples clean
.DEFAULT_GOAL := help

help:
	@echo "make journey   the way from an empty home to a cited answer, in the terminal; leaves everything in $(JOURNEY)"
	@echo "make run       set up what is missing, then open Carrel (without a display: the same journey in the terminal)"
	@echo "make test      set up what is missing, then run every test"
	@echo "make check     lint, format, types, floors"
	@echo "make package   build dist/carrel and let the bundle test itself"
	@echo "make setup     only set up: .venv and .models"
	@echo "make lock      renew packaging/requirements.lock after a change of pins"
	@echo "make samples   write resources/samples again"
	@echo "make clean     remove .venv, build and dist"

setup: .venv/installed models

.venv/debian-build:
	packaging/linux/install_debian_packages.sh build
	@mkdir -p .venv && touch $@

.venv/installed: packaging/requirements.lock pyproject.toml | .venv/debian-build
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
	    || { echo "Carrel needs Python 3.11, 3.12 or 3.13: make PYTHON=/path/to/python3 …" >&2; exit 1; }
	test -x $(PY) || $(PYTHON) -m venv .venv
	@$(PY) -c 'import pip, sys; sys.exit(tuple(map(int, pip.__version__.split(".")[:2])) < (23, 1))' \
	    || $(PY) -m pip install --quiet --upgrade pip  # an older one builds llama.cpp anew each time: no cache under hashes
	@echo "Installing; the first time llama.cpp is compiled, which takes about ten minutes on two cores."
	$(PY) -m pip install --quiet --require-hashes -r packaging/requirements.lock
	$(PY) -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(MODELS)/filled: packaging/development-models.toml packaging/development_models.py | .venv/installed
	$(PY) packaging/development_models.py --into $(MODELS)
	@touch $@

models: .venv/installed
	@$(MAKE) --no-print-directory $(MODELS)/filled \
	    || echo "No model could be fetched. Carrel starts without one: add a GGUF file there, or carrel models get NAME." >&2

run: setup
	packaging/linux/install_debian_packages.sh run
	@if [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ]; then exec $(PY) -m app; \
	    else echo "No display: the same way in the terminal."; exec $(MAKE) --no-print-directory journey; fi

journey: setup
	packaging/linux/install_debian_packages.sh run
	@mkdir -p $(JOURNEY) && chmod 700 $(JOURNEY)
	@test -s $(JOURNEY)/passphrase || (umask 077 && head -c 24 /dev/urandom | base64 >$(JOURNEY)/passphrase)
	$(PY) -m app --home $(JOURNEY)/home --passphrase-file $(JOURNEY)/passphrase journey --model-file $(STARTER)

test: setup
	packaging/linux/install_debian_packages.sh run test
	$(PY) -m pytest

check: .venv/installed
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	.venv/bin/lint-imports

package: setup
	packaging/linux/install_debian_packages.sh run
	$(PY) packaging/build.py bundle

lock:
	PYTHON=$(PYTHON) packaging/lock.sh

samples: .venv/installed
	$(PY) packaging/samples/make_samples.py resources/samples

clean:
	rm -rf .venv build dist
