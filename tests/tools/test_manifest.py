import json
from typing import Any

import pytest

from app.domain.messages import Scope
from app.domain.tool import ToolKind
from app.kernel.errors import Bug, Known
from app.tools.manifest import read_manifest
from app.tools.registry import Registry

GOOD: dict[str, Any] = {
    "manifest": 1,
    "name": "echo",
    "title": "Echo",
    "version": 1,
    "kind": "query",
    "about": "Repeats a few words; it sees nothing else.",
    "description": "Say it again.",
    "parameters": {
        "type": "object",
        "properties": {"words": {"type": "string", "maxLength": 9}},
        "required": ["words"],
        "additionalProperties": False,
    },
    "limits": {"timeout_seconds": 1, "memory_bytes": 0},
    "code": "app.tools.echo.say",
}


def test_a_good_manifest_is_a_spec() -> None:
    spec = read_manifest(json.dumps(GOOD)).spec
    assert (spec.name, spec.version, spec.confined, spec.timeout_seconds) == ("echo", 1, True, 1)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"name": "Echo!"}, "name"),
        ({"manifest": 2}, "manifest"),
        ({"kind": "both"}, "kind"),
        ({"about": ""}, "about"),
        ({"surprise": 1}, "surprise"),
        ({"code": "os.path"}, "code"),
        ({"limits": {"timeout_seconds": 0, "memory_bytes": 0}}, "timeout_seconds"),
        ({"parameters": {"type": "object"}}, "additional properties"),
        ({"parameters": {"type": "object", "additionalProperties": False, "$ref": "http://x/"}}, r"\$ref"),
        (
            {"parameters": {"type": "object", "additionalProperties": False, "properties": {"a": {"anyOf": []}}}},
            "anyOf",
        ),
        ({"parameters": {"type": "object", "additionalProperties": False, "required": 3}}, "schema"),
    ],
)
def test_a_bad_one_names_its_fault(change: dict[str, Any], place: str) -> None:
    with pytest.raises(Known, match=place) as refusal:
        read_manifest(json.dumps({**GOOD, **change}))
    assert refusal.value.code == "carrel.tool.manifest"


def test_no_json_is_a_sentence_too() -> None:
    with pytest.raises(Known, match="manifest is not valid"):
        read_manifest("{")


def test_the_shipped_tools_are_valid_and_sorted() -> None:
    registry = Registry.shipped()
    names = [spec.name for spec in registry.specs]
    assert names == sorted(names)
    assert {"calculate", "convert_units", "date_arithmetic", "run_python"} <= {
        spec.name for spec in registry.specs if spec.confined
    }
    assert {spec.name for spec in registry.specs if spec.kind is ToolKind.ACTION} == {"write_file", "save_email"}
    for spec in registry.specs:
        assert set(spec.parameters["required"]) <= set(spec.parameters["properties"])
        assert spec.about.endswith(".")
        assert spec.about.count(".") == 1, "one sentence for a person, without the names the model uses"
        assert "_" not in spec.about


def test_an_action_takes_an_id_and_nothing_else() -> None:
    with pytest.raises(Known, match="takes proposal only"):
        read_manifest(json.dumps({**GOOD, "kind": "action"}))


def test_an_unknown_tool_is_known_to_be_unknown() -> None:
    with pytest.raises(Known) as refusal:
        Registry.shipped().spec("rm")
    assert refusal.value.code == "carrel.tool.unknown"


def test_scope_gives_nothing_by_default_and_no_search_without_documents() -> None:
    registry = Registry.shipped()
    both = ("calculate", "search_documents")
    assert registry.in_scope(Scope()) == ()
    assert [spec.name for spec in registry.in_scope(Scope(tools=both))] == ["calculate"]
    assert [spec.name for spec in registry.in_scope(Scope(tools=both, collections=("c",)))] == list(both)
    assert [spec.name for spec in registry.in_scope(Scope(tools=both, collections=("c",), documents=False))] == [
        "calculate"
    ]


def test_two_tools_of_one_name_are_a_bug() -> None:
    manifest = read_manifest(json.dumps(GOOD))
    with pytest.raises(Bug):
        Registry((manifest, manifest))


def test_what_makes_something_stands_last_so_that_the_rest_of_a_prompt_is_read_once() -> None:
    shipped = Registry.shipped()
    everything = Scope(collections=("k",), folders=("/f",), tools=tuple(spec.name for spec in shipped.specs))
    names = [spec.name for spec in shipped.in_scope(everything)]
    assert sorted(names[-4:]) == ["propose_email", "propose_file", "save_email", "write_file"]
    assert names[:-4] == sorted(names[:-4])
