"""A tool is a folder: ``manifest.json`` and its code. The manifest is checked before anybody can call the tool."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from jsonschema.exceptions import SchemaError  # type: ignore[import-untyped]
from pydantic import AfterValidator, Field, ValidationError, model_validator

from app.domain.base import Frozen
from app.domain.tool import ToolKind, ToolSpec
from app.kernel.errors import Known

PROPOSAL = "proposal"
KEYWORDS = frozenset(
    """
    type properties required additionalProperties items enum const minLength maxLength pattern minimum maximum
    exclusiveMinimum exclusiveMaximum multipleOf minItems maxItems uniqueItems default description title format deprecated
    x-synonyms x-clamp x-known x-rules
    """.split()  # noqa: SIM905 - a list of words reads best as words
)


def _object_schema(schema: dict[str, Any]) -> dict[str, Any]:
    """A closed object schema of the keywords that can be decoded, shown and checked; references reach nowhere."""
    if schema.get("type") != "object" or schema.get("additionalProperties") is not False:
        raise ValueError("the parameters must be an object without additional properties")
    for keyword in _keywords(schema):
        if keyword not in KEYWORDS:
            raise ValueError(f"the keyword {keyword!r} is not supported")
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as fault:
        raise ValueError(f"not a JSON schema: {fault.message}") from None
    return schema


def _keywords(schema: dict[str, Any]) -> list[str]:
    found = list(schema)
    for inner in schema.get("properties", {}).values():
        found += _keywords(inner)
    if isinstance(items := schema.get("items"), dict):
        found += _keywords(items)
    return found


class ManifestLimits(Frozen):
    """Ceilings of one call."""

    timeout_seconds: float = Field(gt=0, le=600)
    memory_bytes: int = Field(ge=0, le=4 * 2**30)


class Manifest(Frozen):
    """``manifest.json``.

    Attributes:
        manifest: version of this format.
        about: for a person: what it does and what it reaches, in one sentence. ``description`` is for the model.
        capabilities: what it may reach beside its arguments, each within the scope of the conversation: ``documents`` to
            search and read; copies of ``files``; ``artifacts`` to leave; ``packages`` to import; ``folders`` to act on.
        runs: ``sandbox`` in a child of its own; ``carrel`` in the program itself, for shipped tools only.
        code: the module: ``run(arguments) -> result`` in the sandbox, ``async run(arguments, means) -> result`` here.
        preload: libraries that a warm process keeps imported, so that its children start without waiting for them.
        executes: for a query that proposes: the action that takes the id it returns.
    """

    manifest: Literal[1]
    name: str = Field(pattern=r"^[a-z][a-z0-9_]{1,39}$")
    title: str = Field(min_length=1, max_length=60)
    version: int = Field(ge=1)
    kind: ToolKind
    about: str = Field(min_length=1, max_length=160)
    description: str = Field(min_length=1, max_length=400)
    parameters: Annotated[dict[str, Any], AfterValidator(_object_schema)]
    limits: ManifestLimits
    capabilities: tuple[Literal["documents", "files", "artifacts", "packages", "folders"], ...] = ()
    runs: Literal["sandbox", "carrel"] = "sandbox"
    code: str = Field(pattern=r"^app\.tools\.[a-z0-9_.]+$")
    preload: tuple[Annotated[str, Field(pattern=r"^[a-z][a-zA-Z0-9_.]{0,60}$")], ...] = ()
    executes: str = Field(default="", pattern=r"^([a-z][a-z0-9_]{1,39})?$")

    @model_validator(mode="after")
    def _two_steps(self) -> Manifest:
        """An action takes the id of a proposal and nothing else."""
        takes_id_only = (
            tuple(self.parameters.get("properties", {})) == (PROPOSAL,) == tuple(self.parameters.get("required", ()))
        )
        if self.kind is ToolKind.ACTION and not takes_id_only:
            raise ValueError(f"an action takes {PROPOSAL} only")
        if self.kind is ToolKind.ACTION and self.executes:
            raise ValueError("an action proposes nothing")
        return self

    @property
    def spec(self) -> ToolSpec:
        """What the rest of the program knows of it."""
        return ToolSpec(
            name=self.name,
            title=self.title,
            version=self.version,
            kind=self.kind,
            about=self.about,
            description=self.description,
            parameters=self.parameters,
            timeout_seconds=self.limits.timeout_seconds,
            memory_bytes=self.limits.memory_bytes,
            confined=self.runs == "sandbox",
            reaches=self.capabilities,
        )


def read_manifest(untrusted_text: str) -> Manifest:
    """A checked manifest.

    Raises:
        Known: ``carrel.tool.manifest`` naming the first fault.
    """
    try:
        return Manifest.model_validate_json(untrusted_text)
    except ValidationError as faults:
        fault = faults.errors(include_url=False)[0]
        place = ".".join(map(str, fault["loc"])) or "the file"
        reason = re.sub(r"^Value error, ", "", fault["msg"])
        raise Known(
            "carrel.tool.manifest",
            f"The tool's manifest is not valid: {place}: {reason}.",
            "Install a corrected version of the tool.",
        ) from None
