#!/usr/bin/env bash
# Write packaging/requirements.lock from pyproject.toml: every package, every platform, every hash.
# Run it after changing a pin; tests/packaging/test_lock.py fails until it was.
set -euo pipefail
cd "$(dirname "$0")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet uv==0.13.9
"$work/venv/bin/uv" pip compile pyproject.toml --extra dev --universal --python-version 3.11 \
    --generate-hashes --no-header --no-emit-index-url --quiet --output-file packaging/requirements.lock
