"""A tool is a folder: ``manifest.json`` and its code. The manifest is checked before anybody can call the tool."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, TypeVar

from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from jsonschema.exceptions import SchemaError  # type: ignore[import-untyped]
from pydantic import AfterValidator, Field, ValidationError, field_validator, model_validator

from app.domain.base import Frozen
from app.domain.policy import MIB, Guarantee
from app.domain.tool import ToolKind, ToolSpec
from app.kernel.errors import Known
from app.tools.schema_bounds import check_bounded

MANIFEST = "manifest.json"
PROPOSAL = "proposal"
USUAL_MEMORY = 256 * MIB
"""Of one call in the sandbox whose manifest says 0."""
LONGEST_SECONDS = 120
MOST_MEMORY = 1024 * MIB
"""Of one call of a tool that a person installed."""
KEYWORDS = frozenset(
    """
    type properties required additionalProperties items enum const minLength maxLength pattern minimum maximum
    exclusiveMinimum exclusiveMaximum multipleOf minItems maxItems uniqueItems default description title format deprecated
    x-synonyms x-clamp x-known x-rules x-verbatim
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
        raise ValueError(f"not a JSON schema: {fault.message[:200]}") from None
    return schema


def _keywords(schema: Any) -> list[str]:
    if not isinstance(schema, dict):
        return []
    found = list(schema)
    fields = schema.get("properties")
    for inner in fields.values() if isinstance(fields, dict) else ():
        found += _keywords(inner)
    return [*found, *_keywords(schema.get("items"))]


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
        needs: what must be guaranteed beside what every child needs; where this machine cannot, the tool does not run.
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
    needs: tuple[Guarantee, ...] = ()
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

    @model_validator(mode="after")
    def _named_files(self) -> Manifest:
        """What takes files is told which by its argument ``files``."""
        files = self.parameters.get("properties", {}).get("files", {})
        listed = files.get("type") == "array" and isinstance(files.get("items"), dict)
        if "files" in self.capabilities and not (listed and files["items"].get("type") == "string"):
            raise ValueError("a tool that reads files has a parameter files, a list of names")
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
            memory_bytes=self.limits.memory_bytes or (USUAL_MEMORY if self.runs == "sandbox" else 0),
            confined=self.runs == "sandbox",
            reaches=self.capabilities,
        )


class InstalledManifest(Manifest):
    """``manifest.json`` of a tool that a person installs: a query in the sandbox that reaches nothing but what it is given.

    Attributes:
        code: the file that has ``run``, without its ``.py``.
    """

    code: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")

    @field_validator("title", "about", "description")
    @classmethod
    def _one_line(cls, text: str) -> str:
        if not text.isprintable() or text != text.strip():
            raise ValueError("must be one line of plain text")
        return text

    @field_validator("parameters")
    @classmethod
    def _bounded(cls, schema: dict[str, Any]) -> dict[str, Any]:
        return check_bounded(schema)

    @model_validator(mode="after")
    def _reaches_nothing(self) -> InstalledManifest:
        if self.kind is not ToolKind.QUERY or self.executes:
            raise ValueError("only a query can be installed; what changes something outside is Carrel's own to do")
        if self.runs != "sandbox":
            raise ValueError("an installed tool runs in the sandbox")
        if beyond := set(self.capabilities) & {"documents", "folders"}:
            raise ValueError(f"an installed tool cannot reach {' or '.join(sorted(beyond))}")
        if self.preload:
            raise ValueError("an installed tool starts cold, without preload")
        if self.limits.timeout_seconds > LONGEST_SECONDS or self.limits.memory_bytes > MOST_MEMORY:
            raise ValueError(f"at most {LONGEST_SECONDS} s and {MOST_MEMORY // MIB} MB")
        return self


M = TypeVar("M", bound=Manifest)


def read_manifest(untrusted_text: str) -> Manifest:
    """A checked manifest of a tool that is shipped.

    Raises:
        Known: ``carrel.tool.manifest`` naming the first fault.
    """
    return _read(untrusted_text, Manifest)


def read_installed(untrusted_text: str) -> InstalledManifest:
    """A checked manifest of a tool that a person installs. Raises as ``read_manifest``."""
    return _read(untrusted_text, InstalledManifest)


def _read(untrusted_text: str, kind: type[M]) -> M:
    try:
        return kind.model_validate_json(untrusted_text)
    except ValidationError as faults:
        fault = faults.errors(include_url=False)[0]
        place = ".".join(map(str, fault["loc"])) or "the file"
        reason = re.sub(r"^Value error, ", "", fault["msg"])
        raise not_valid(f"{place}: {reason}") from None


def not_valid(fault: str) -> Known:
    return Known(
        "carrel.tool.manifest",
        f"The tool's manifest is not valid: {fault}.",
        "Install a corrected version of the tool.",
    )
