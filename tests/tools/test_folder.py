"""What a folder must be to be a tool, and that everything else is refused with its fault named."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from app.kernel.errors import Known
from app.tools.folder import CODE_BYTES, MOST_FILES, checked, digest, read_folder
from app.tools.manifest import read_installed
from tests.material.tool_folders import MANIFEST, SPLITTING, tool_folder

PROPOSAL_ONLY = {
    "type": "object",
    "properties": {"proposal": {"type": "string", "maxLength": 40}},
    "required": ["proposal"],
    "additionalProperties": False,
}


def field(**schema: Any) -> dict[str, Any]:
    return {"parameters": {**MANIFEST["parameters"], "properties": {"text": schema}}}


def refusal(folder: Path) -> Known:
    with pytest.raises(Known) as refused:
        read_folder(folder)
    return refused.value


def test_a_good_folder_is_a_tool_with_a_digest_of_every_byte_of_it(tmp_path: Path) -> None:
    folder = tool_folder(tmp_path)
    (folder / "notes.txt").write_text("not part of it")
    (folder / "__pycache__").mkdir()
    tool = read_folder(folder)
    assert [name for name, _ in tool.files] == ["manifest.json", "count.py", "splitting.py"]
    assert (tool.spec.name, tool.spec.confined, tool.spec.reaches) == ("word_count", True, ())
    assert tool.spec.digest == tool.digest == digest(tool.files)
    (folder / "splitting.py").write_text(SPLITTING + " ")
    assert read_folder(folder).digest != tool.digest


def test_the_digest_tells_apart_where_one_file_ends_and_the_next_begins() -> None:
    assert digest((("a.py", "x"), ("b.py", ""))) != digest((("a.py", ""), ("b.py", "x")))


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"kind": "action"}, "action takes proposal only"),
        (
            {"kind": "action", "parameters": PROPOSAL_ONLY},
            "only a query",
        ),
        ({"executes": "write_file"}, "only a query"),
        ({"runs": "carrel"}, "runs in the sandbox"),
        ({"capabilities": ["documents"]}, "cannot reach documents"),
        ({"capabilities": ["folders"]}, "cannot reach folders"),
        ({"capabilities": ["network"]}, "capabilities"),
        ({"capabilities": ["files"]}, "parameter files"),
        ({"preload": ["numpy"]}, "without preload"),
        ({"code": "app.tools.calculate.arithmetic"}, "code"),
        ({"needs": ["no_worries"]}, "needs"),
        ({"limits": {"timeout_seconds": 121, "memory_bytes": 0}}, "at most 120 s"),
        ({"limits": {"timeout_seconds": 1, "memory_bytes": 2**31}}, "at most 120 s"),
        ({"about": "Two\nlines."}, "about: must be one line"),
        ({"description": "Turned \u202e round."}, "description: must be one line"),
        ({"surprise": 1}, "surprise"),
        (field(type="string"), "text: a text needs maxLength"),
        (field(type="string", maxLength=10**7), "text: a text needs maxLength"),
        (field(type=["string", "null"], maxLength=5), "text: the keyword 'type'"),
        (field(maxLength=5), "text: the keyword 'type'"),
        (field(anyOf=[{"type": "string"}]), "the keyword 'anyOf'"),
        ({"parameters": {**MANIFEST["parameters"], "properties": {"text": True}}}, "text: the keyword 'type'"),
        ({"parameters": {**MANIFEST["parameters"], "properties": ["text"]}}, "not a JSON schema"),
        (field(type="string", maxLength=100, pattern="(a+)+$"), "text: the keyword 'pattern'"),
        (field(type="string", maxLength=100, pattern="a?a?a?a?a?a?a?a?aaaaaaaa"), "text: the keyword 'pattern'"),
        (field(type="string", maxLength=100, pattern="^(?=.*x)a"), "text: the keyword 'pattern'"),
        (field(type="string", maxLength=100, pattern="a*a*a*b"), "text: the keyword 'pattern'"),
        (field(type="string", maxLength=100, pattern="(a"), "not a 'regex'"),
        (field(type="string", maxLength=1000, pattern="^a+$"), "at most 200"),
        (field(type="string", maxLength=5, format="regex"), "text: the keyword 'format'"),
        (field(type="array", items={"type": "integer"}), "text: a list needs maxItems"),
        (field(type="array", maxItems=3), r"text\[\]: the keyword 'type'"),
        (field(type="object"), "text: needs additionalProperties"),
        (field(type="integer", default="seven"), "text: the default is not valid"),
        (field(type="string", maxLength=5, **{"x-rules": [{"order": 1}]}), "text: the keyword 'x-rules'"),
        (field(type="string", enum=["a"], **{"x-synonyms": {"a": 1}}), "text: the keyword 'x-synonyms'"),
        ({"parameters": {**MANIFEST["parameters"], "required": ["words"]}}, "required names 'words'"),
        (
            {"parameters": {**MANIFEST["parameters"], "required": [], "properties": {"Ｔext": {"type": "boolean"}}}},
            "no name of a field",
        ),
    ],
)
def test_a_hostile_or_careless_manifest_names_its_fault(tmp_path: Path, change: dict[str, Any], fault: str) -> None:
    folder = tool_folder(tmp_path, **change)
    with pytest.raises(Known, match=fault) as refused:
        read_folder(folder)
    assert refused.value.code == "carrel.tool.manifest"


@pytest.mark.parametrize(
    "pattern", ["^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "^[A-Z]{2,3}-[0-9]+$", "^(?:red|green)$", r"^\+?[0-9 ]*$"]
)
def test_ordinary_patterns_are_taken(pattern: str) -> None:
    schema = field(type="string", maxLength=20, pattern=pattern)
    assert read_installed(json.dumps(MANIFEST | schema)).parameters["properties"]["text"]["pattern"] == pattern


@pytest.mark.parametrize(
    "text",
    ["{", "[]", '{"manifest": 1, "manifest": 1}', "[" * 100_000, '{"limits": NaN}', '{"a":' * 40 + "1" + "}" * 40],
)
def test_what_is_no_manifest_is_told_so(tmp_path: Path, text: str) -> None:
    folder = tool_folder(tmp_path)
    (folder / "manifest.json").write_text(text)
    assert refusal(folder).code in {"carrel.tool.manifest", "carrel.sandbox.input"}


def test_too_much_too_many_and_links_are_refused(tmp_path: Path) -> None:
    large = tool_folder(tmp_path / "large")
    (large / "more.py").write_text("#" * CODE_BYTES)
    assert refusal(large).code == "carrel.sandbox.input"
    many = tool_folder(tmp_path / "many")
    for number in range(MOST_FILES):
        (many / f"part_{number}.py").touch()
    assert refusal(many).code == "carrel.tool.folder_unfit"
    linked = tool_folder(tmp_path / "linked")
    (linked / "passwd.py").symlink_to("/etc/passwd")
    assert refusal(linked).code == "carrel.sandbox.input"
    piped = tool_folder(tmp_path / "piped")
    os.mkfifo(piped / "pipe.py")
    assert refusal(piped).code == "carrel.sandbox.input"
    binary = tool_folder(tmp_path / "binary")
    (binary / "splitting.py").write_bytes(b"\xff\xfe")
    assert refusal(binary).code == "carrel.tool.folder_unfit"


@pytest.mark.parametrize("name", ["json.py", "app.py", "not-a-name.py"])
def test_a_file_does_not_take_the_place_of_another_module(tmp_path: Path, name: str) -> None:
    folder = tool_folder(tmp_path)
    (folder / name).touch()
    assert name.removesuffix(".py") in refusal(folder).message


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    assert "No such file" in refusal(tmp_path / "nowhere").message
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "manifest.json" in refusal(empty).message
    folder = tool_folder(tmp_path)
    (folder / "count.py").unlink()
    assert "count.py" in refusal(folder).message


def test_what_was_stored_is_checked_as_what_is_handed_in(tmp_path: Path) -> None:
    files = read_folder(tool_folder(tmp_path)).files
    assert checked(files).digest == digest(files)
    with pytest.raises(Known):
        checked((("manifest.json", "{}"), *files[1:]))
