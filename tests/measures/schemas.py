"""How much of JSON Schema is enforced, over public collections of schemas, and what the reader of JSON makes of hostile text.

``python -m tests.measures.schemas [--evaluation FOLDER] [--written N] [--each]``

Of each collection: the schemas that are enforced whole (the others are refused by a keyword, counted), the valid values
that can be written as they stand or with their properties in another order, the invalid values that could be written (none
may), and of ``N`` values written at random under each grammar those that jsonschema does not find valid. The figures are of
the grammar a model is given, bounds and all. ``--each`` prints a record for each schema and text too.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from jsonschema import Draft7Validator, Draft202012Validator, FormatChecker, validators  # type: ignore[import-untyped]

from app.engine.llama.structure import check_schema
from app.kernel.errors import Known
from app.tools.untrusted_json import read_object
from tests.engine.writing import BYTES, matcher, writes, writes_in_some_order, written
from tests.measures.sets import evaluation

SETS = ("jsonschemabench", "json_schema_test_suite/draft7", "json_schema_test_suite/draft2020-12", "llamacpp_grammar")
_FORMATS = FormatChecker(set(FormatChecker.checkers) - {"time"})  # jsonschema knows it without an offset only


class Case(NamedTuple):
    """A schema, and values that are said to be valid or not."""

    name: str
    schema: Any
    tests: list[dict[str, Any]]


@dataclass
class Judged:
    """What came of one schema.

    Attributes:
        keyword: what it was refused by; empty for one that is enforced.
        valid, writable, reordered, invalid, let_pass: of the values of the collection.
        written, wrong: values written at random, and those of them that are not valid.
    """

    name: str
    keyword: str = ""
    milliseconds: float = 0.0
    valid: int = 0
    writable: int = 0
    reordered: int = 0
    invalid: int = 0
    let_pass: list[str] = field(default_factory=list)
    written: int = 0
    wrong: list[str] = field(default_factory=list)


def collection(folder: Path, name: str) -> Iterator[Case]:
    """The cases of one of ``SETS``."""
    name, _, draft = name.partition("/")
    if draft:
        for path in sorted((folder / draft).rglob("*.json")):
            for group in json.loads(path.read_text("utf-8")):
                yield Case(f"{path.stem}: {group['description']}", group["schema"], group["tests"])
        return
    for row in map(json.loads, (folder / "cases.jsonl").read_text("utf-8").splitlines()):
        if "schema" in row:
            yield Case(row["_name"], row["schema"], row["tests"])
            continue
        try:
            yield Case(row["name"], json.loads(row["schema_text"]), [])
        except ValueError:
            continue  # meant to be no JSON


def judge(case: Case, most_written: int = 0) -> Judged:
    """One schema: refused by a keyword, or what can be written under it."""
    found = Judged(case.name)
    started = time.process_time()
    try:
        check_schema(BYTES, case.schema)
        begun = matcher(case.schema)
    except Known as refused:
        found.keyword = refused.message.partition("keyword “")[2].partition("”")[0] or "too large"
        return found
    finally:
        found.milliseconds = 1000 * (time.process_time() - started)
    for test in case.tests:
        can = writes(begun, test["data"])
        if test["valid"]:
            found.valid += 1
            found.writable += can
            found.reordered += not can and writes_in_some_order(begun, test["data"])
        else:
            found.invalid += 1
            found.let_pass += [test.get("description", "")] if can else []
    _write(case, begun, most_written, found)
    return found


def _write(case: Case, begun: Any, most: int, found: Judged) -> None:
    draw = random.Random(case.name)  # the same values in each run
    validator = judging(case.schema)
    for text in filter(None, (written(begun, draw) for _ in range(most))):
        try:
            valid = validator.is_valid(json.loads(text))
        except Exception:  # a reference that jsonschema cannot follow, a pattern it cannot read
            return
        found.written += 1
        found.wrong += [] if valid else [text]


def judging(schema: Any) -> Any:
    """The validator of the draft a schema is of; where it names none, of the draft whose words it uses."""
    words = json.dumps(schema)
    older = any(word in words for word in ('"dependencies"', '"additionalItems"', '"items": ['))
    default = Draft7Validator if older else Draft202012Validator
    return validators.validator_for(schema, default=default)(schema, format_checker=_FORMATS)


def summed(name: str, judged: list[Judged]) -> dict[str, Any]:
    """The figures of one collection."""
    enforced = [one for one in judged if not one.keyword]
    times = [one.milliseconds for one in judged]
    return {
        "set": name,
        "schemas": len(judged),
        "enforced": len(enforced),
        **{key: sum(getattr(one, key) for one in enforced) for key in ("valid", "writable", "reordered", "invalid")},
        "let_pass": sum(len(one.let_pass) for one in enforced),
        "written": sum(one.written for one in enforced),
        "wrong": sum(len(one.wrong) for one in enforced),
        "milliseconds_mean": round(sum(times) / len(times), 1),
        "milliseconds_worst": round(max(times), 1),
        "refused": dict(Counter(one.keyword for one in judged if one.keyword).most_common()),
    }


def texts(folder: Path) -> Iterator[dict[str, Any]]:
    """Each text of the parsing suite as the value of an object, read as the arguments of a call are."""
    for path in sorted(folder.glob("*.json")):
        record: dict[str, Any] = {"set": "json_parsing", "name": path.name, "class": path.name[0]}
        try:
            _, fixes = read_object('{"v": ' + path.read_bytes().decode("utf-8") + "}")
        except (ValueError, RecursionError) as refused:
            yield record | {"read": False, "refused": type(refused).__name__}
        else:
            yield record | {"read": True, "fixes": list(fixes)}


def counted(records: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Of each class of texts (y: JSON, n: none, i: either) how many were read as they stand, after fixes, and refused."""
    counts = Counter(
        (record["class"], "refused" if not record["read"] else "fixed" if record["fixes"] else "read")
        for record in records
    )
    classes = {one: {how: counts[one, how] for how in ("read", "fixed", "refused")} for one in "yni"}
    return {"set": "json_parsing", **classes}


def main() -> int:
    """Exit code: 0; 1 where a set is absent or something that is not valid could be written."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--evaluation", type=Path)
    parser.add_argument("--written", type=int, default=5, metavar="N")
    parser.add_argument("--each", action="store_true")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    faults, summaries = 0, []
    for name in SETS:
        folder = evaluation(name.partition("/")[0], given.evaluation)
        if folder is None:
            return 1
        judged = [judge(case, given.written) for case in collection(folder / "dev", name)]
        for one in judged:
            if given.each or one.let_pass or one.wrong:
                print(json.dumps({"set": name, **vars(one)}))
        summaries.append(summed(name, judged))
        faults += summaries[-1]["let_pass"] + summaries[-1]["wrong"]
    folder = evaluation("json_parsing", given.evaluation)
    if folder is None:
        return 1
    records = [*texts(folder / "dev")]
    for record in records if given.each else ():
        print(json.dumps(record))
    for row in (*summaries, counted(records)):
        print(json.dumps(row))
    return min(faults, 1)


if __name__ == "__main__":
    sys.exit(main())
