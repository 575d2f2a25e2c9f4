"""The shelf of known models that ships with the program: what each is for, whose it is, and where it officially lies.

The hash decides what a file is; the address is only where to ask.
"""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator, model_validator

from app.domain.base import Frozen
from app.kernel.errors import Known
from app.kernel.paths import resources

HOST = re.compile(r"(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)+")


class CatalogueEntry(Frozen):
    """One model.

    Attributes:
        name: what ``models get`` is told.
        title: what a person reads.
        licence: SPDX identifier.
        memory_bytes: resident memory measured with ``memory_context`` tokens of context.
        source: the official https address of the file.
        hosts: the only hosts the download may reach; ``*.`` stands for any name below.
        starter: offered at first run.
    """

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,63}$")
    title: str = Field(min_length=1, max_length=120)
    publisher: str
    purpose: str
    licence: str
    architecture: str
    quantisation: str
    context: int = Field(gt=0)
    bytes: int = Field(gt=0)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    memory_bytes: int = Field(gt=0)
    memory_context: int = Field(gt=0)
    source: str
    hosts: tuple[str, ...] = Field(min_length=1)
    starter: bool = False

    @property
    def host(self) -> str:
        """The host that is asked first."""
        return urlsplit(self.source).hostname or ""

    def allows(self, url: str) -> bool:
        """Whether ``url`` is https, on the ordinary port, at one of ``hosts``, without a name or password in it."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            return False
        host = parts.hostname or ""
        named = any(host == one or (one.startswith("*.") and host.endswith(one[1:])) for one in self.hosts)
        return parts.scheme == "https" and named and not parts.username and port == urlsplit(self.source).port

    @field_validator("hosts")
    @classmethod
    def _names(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        if not all(HOST.fullmatch(host) or host == "localhost" for host in hosts):
            raise ValueError("a host is a name in lower case")
        return hosts

    @model_validator(mode="after")
    def _reachable(self) -> CatalogueEntry:
        if not self.allows(self.source):
            raise ValueError("the source is an https address at one of the hosts")
        return self


class Catalogue(Frozen):
    """The shelf.

    Attributes:
        version: of the file format; additive changes only.
    """

    version: int = Field(ge=1, le=1)
    entries: tuple[CatalogueEntry, ...]

    @model_validator(mode="after")
    def _unique(self) -> Catalogue:
        for key in ("name", "sha256"):
            values = [getattr(entry, key) for entry in self.entries]
            if len(set(values)) != len(values):
                raise ValueError(f"two models have the same {key}")
        if sum(entry.starter for entry in self.entries) > 1:
            raise ValueError("there is one starter")
        return self

    @classmethod
    def shipped(cls, path: Path | None = None) -> Catalogue:
        """The catalogue of this program.

        Raises:
            Known: ``carrel.model.catalogue``.
        """
        try:
            return cls.model_validate_json((path or resources() / "models" / "catalogue.json").read_bytes())
        except (OSError, ValidationError) as error:
            raise Known(
                "carrel.model.catalogue",
                "The catalogue of models that belongs to this program is missing or damaged.",
                "Install Carrel again; models can still be added from files.",
            ) from error

    @cached_property
    def starter(self) -> CatalogueEntry | None:
        return next((entry for entry in self.entries if entry.starter), None)

    def by_name(self, name: str) -> CatalogueEntry | None:
        """The entry called ``name``, whatever its case."""
        return next((entry for entry in self.entries if entry.name == name.strip().lower()), None)

    def by_sha256(self, sha256: str) -> CatalogueEntry | None:
        return next((entry for entry in self.entries if entry.sha256 == sha256), None)

    def require(self, name: str) -> CatalogueEntry:
        """The entry called ``name``.

        Raises:
            Known: ``carrel.model.not_in_catalogue``.
        """
        if entry := self.by_name(name):
            return entry
        raise Known(
            "carrel.model.not_in_catalogue",
            f"The catalogue has no model of this name; it has {', '.join(entry.name for entry in self.entries)}.",
            "Choose one of these, or add a model from a file.",
        )
