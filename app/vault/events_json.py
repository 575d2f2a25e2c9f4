"""Records as they are stored: a kind, a version and JSON. Older versions are adapted step by step when read.

Fields that hold their default are left out, so a default, once published, never changes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError

from app.domain.audit import KINDS, OtherRecord
from app.domain.record import UNKNOWN, Record, Word, kind_of

Adapter = Callable[[dict[str, Any]], dict[str, Any]]

# From version n of a kind to n + 1. Fields added with a default need no entry and no new version.
ADAPTERS: Mapping[tuple[str, int], Adapter] = {}

_KINDS = {kind_of(kind): kind for kind in KINDS}
_WORD: TypeAdapter[str] = TypeAdapter(Word)


def dump(record: Record) -> tuple[str, int, str]:
    """Kind, version and body."""
    return kind_of(record), record.version, record.model_dump_json(exclude={"kind"}, exclude_defaults=True)


def load(
    kind: str,
    version: int,
    body: str,
    adapters: Mapping[tuple[str, int], Adapter] = ADAPTERS,
    kinds: Mapping[str, type[Record]] = _KINDS,
) -> Record:
    """The record; what a newer program wrote, or what does not have its shape, arrives as an ``OtherRecord``."""
    known = kinds.get(kind)
    if known is None or version > known.version:
        return _other(kind, version)
    try:
        if version == known.version:
            return known.model_validate_json(body)
        data = json.loads(body)
        for step in range(version, known.version):
            data = adapters[kind, step](data)
        return known.model_validate_json(json.dumps(data))
    except (ValueError, KeyError, TypeError, RecursionError):
        return _other(kind, version)


def _other(kind: str, version: int) -> OtherRecord:
    try:
        word = _WORD.validate_python(kind)
    except ValidationError:
        word = UNKNOWN
    return OtherRecord(written_kind=word, written_version=max(0, version))
