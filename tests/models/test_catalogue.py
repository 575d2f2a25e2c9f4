"""The shipped catalogue, and what no catalogue may say."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from app.kernel.errors import Known
from app.models.catalogue import Catalogue, CatalogueEntry
from app.models.facts import describe
from app.models.gguf import check

SHIPPED = Catalogue.shipped()


def changed(**fields: Any) -> dict[str, Any]:
    return {**SHIPPED.entries[0].model_dump(), **fields}


def test_there_is_one_starter() -> None:
    assert SHIPPED.starter is not None
    assert SHIPPED.starter.name == "qwen2.5-coder-0.5b"
    assert [entry.starter for entry in SHIPPED.entries].count(True) == 1


@pytest.mark.parametrize("entry", SHIPPED.entries, ids=lambda entry: entry.name)
def test_entries_tell_the_truth(entry: CatalogueEntry, development_model: Callable[[str], Path]) -> None:
    path = development_model(entry.source.rpartition("/")[2])
    assert path.stat().st_size == entry.bytes
    with path.open("rb") as file:
        assert hashlib.file_digest(file, "sha256").hexdigest() == entry.sha256
    facts = describe(check(path))
    assert (facts.architecture, facts.quantisation, facts.context) == (
        entry.architecture,
        entry.quantisation,
        entry.context,
    )
    assert facts.weights < entry.memory_bytes * 1.5


def test_entries_are_found() -> None:
    entry = SHIPPED.entries[1]
    assert SHIPPED.by_name(f" {entry.name.upper()} ") is entry
    assert SHIPPED.by_sha256(entry.sha256) is entry
    assert SHIPPED.require(entry.name) is entry
    with pytest.raises(Known) as unknown:
        SHIPPED.require("gpt-5")
    assert unknown.value.code == "carrel.model.not_in_catalogue"
    assert entry.name in unknown.value.message


@pytest.mark.parametrize(
    "fields",
    [
        {"source": "http://huggingface.co/a.gguf"},
        {"source": "https://example.org/a.gguf"},
        {"source": "file:///etc/passwd"},
        {"source": "https://huggingface.co:8443x/a"},
        {"hosts": ("HUGGINGFACE.co",)},
        {"hosts": ("*",)},
        {"hosts": ()},
        {"sha256": "1d96"},
        {"bytes": 0},
        {"name": "../models"},
        {"surprise": 1},
    ],
)
def test_an_entry_that_must_not_be(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        CatalogueEntry.model_validate(changed(**fields))


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://huggingface.co/x", True),
        ("https://cdn-lfs-us-1.hf.co/x?sig=1", True),
        ("https://hf.co/x", False),
        ("https://evil-hf.co/x", False),
        ("https://huggingface.co.evil.org/x", False),
        ("https://huggingface.co@evil.org/x", False),
        ("https://someone@huggingface.co/x", False),
        ("https://huggingface.co:444/x", False),
        ("http://cdn.hf.co/x", False),
        ("ftp://cdn.hf.co/x", False),
        ("https://[::1/x", False),
        ("//cdn.hf.co/x", False),
    ],
)
def test_where_a_download_may_go(url: str, *, allowed: bool) -> None:
    assert SHIPPED.entries[0].allows(url) is allowed


def test_a_catalogue_names_each_model_once(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.json"
    entry = SHIPPED.entries[0].model_dump(mode="json")
    for entries in ([entry, entry], [entry, {**entry, "name": "other"}], [entry, {**entry, "sha256": "0" * 64}]):
        path.write_text(json.dumps({"version": 1, "entries": entries}), encoding="utf-8")
        with pytest.raises(Known) as damaged:
            Catalogue.shipped(path)
        assert damaged.value.code == "carrel.model.catalogue"
    path.write_text('{"version": 2, "entries": []}', encoding="utf-8")
    with pytest.raises(Known):
        Catalogue.shipped(path)
    with pytest.raises(Known):
        Catalogue.shipped(tmp_path / "none.json")
