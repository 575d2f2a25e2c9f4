"""Public collections of schemas: what is enforced lets nothing through that is not valid; what is not names its keyword.

Valid values may be refused where a bound, one fixed spelling or one fixed order of properties is meant; how many is held
at what was measured. ``tests.measures.schemas`` prints the figures.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import pytest

from tests.measures.schemas import SETS, Judged, collection, judge
from tests.measures.sets import evaluation


def keywords(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        for key, value in schema.items():
            yield key
            yield from keywords(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from keywords(value)
    elif schema is False:
        yield "false"


def judged(name: str) -> list[Judged]:
    folder = evaluation(name.partition("/")[0])
    if folder is None:
        pytest.skip(f"the evaluation set {name} is not on this computer")
    found = []
    for case in collection(folder / "dev", name):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of jsonschema, about references that it looks up elsewhere
            found.append(judge(case, 1))
        if found[-1].keyword:
            assert {found[-1].keyword, "$ref"} & set(keywords(case.schema)), (case.name, found[-1].keyword)
    return found


@pytest.mark.parametrize(
    ("name", "enforced", "writable", "in_some_order"),
    [
        (SETS[0], 347, 0.96, 1.0),
        (SETS[1], 138, 0.91, 0.91),
        (SETS[2], 209, 0.90, 0.90),
        (SETS[3], 47, 0.0, 0.0),
    ],
)
def test_a_collection(name: str, enforced: int, writable: float, in_some_order: float) -> None:
    found = judged(name)
    whole = [one for one in found if not one.keyword]
    assert not [(one.name, fault) for one in whole for fault in (*one.let_pass, *one.wrong)]
    assert len(whole) >= enforced
    valid = sum(one.valid for one in whole)
    assert sum(one.writable for one in whole) >= writable * valid
    assert sum(one.writable + one.reordered for one in whole) >= in_some_order * valid
