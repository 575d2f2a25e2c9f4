"""Tool calls of a model over the calling suite, held to the grammar and free, through ``carrel complete``.

``python -m tests.measures.bfcl MODEL.gguf RECORDS.jsonl [--per-category N] [--category NAME]… [--seconds S]``

Each case is asked twice, one after the other, so that the second reads its prompt from the cache. A case that is in RECORDS
already is not asked again: a run that was broken off goes on. ``--summary`` only counts what is there.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from tests.measures.sets import evaluation, rows

CATEGORIES = (
    "simple_python",
    "live_simple",
    "live_multiple",
    "irrelevance",
    "multiple",
    "parallel",
    "parallel_multiple",
    "live_parallel",
    "live_parallel_multiple",
    "live_relevance",
    "live_irrelevance",
)
WITHOUT_CALL = ("irrelevance", "live_irrelevance")
MOST_TOKENS = 400
WAYS = (True, False)


def cases(suite: Path, categories: Iterable[str], most: int) -> list[dict[str, Any]]:
    """Up to ``most`` cases of each category, drawn by the hash of their id, one category after the other in turns."""
    drawn = [sorted(rows(suite / "dev" / f"{name}.jsonl"), key=_drawn)[:most] for name in categories]
    longest = max(map(len, drawn), default=0)
    return [some[turn] for turn in range(longest) for some in drawn if turn < len(some)]


def request(case: dict[str, Any], *, constrained: bool) -> str:
    """A case as a chat-completion request, one line."""
    asked = {key: case[key] for key in ("messages", "tools")}
    return json.dumps(asked | {"max_tokens": MOST_TOKENS, "temperature": 0, "constrained": constrained})


def ask(model: Path, wanted: list[dict[str, Any]], records: IO[str], seconds: float) -> None:
    """Both ways of each case, appended to ``records`` as they are answered; ends early after ``seconds``."""
    ends = time.monotonic() + seconds
    with tempfile.TemporaryDirectory(prefix="carrel-bfcl-") as place:
        home = _home(Path(place), model)
        requests = Path(place) / "requests.jsonl"
        requests.write_text("\n".join(request(case, constrained=way) for case in wanted for way in WAYS), "utf-8")
        command = [*home, "complete", "--requests", str(requests)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
            assert running.stdout is not None
            for case in wanted:
                answers = [json.loads(running.stdout.readline() or "{}") for _ in WAYS]
                if not all(answers):
                    break
                record = {"id": case["id"], "category": case["category"]}
                for way, answer in zip(WAYS, answers, strict=True):
                    told = {"words": _message(answer).get("content"), "usage": answer.get("usage")}
                    told |= {"error": answer.get("error")}
                    record |= {_name(way): _calls(answer)} | {f"{_name(way)}_{key}": told[key] for key in told}
                records.write(json.dumps(record, ensure_ascii=False) + "\n")
                records.flush()
                if time.monotonic() > ends:
                    break
            running.terminate()


def summary(suite: Path, records: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Scores of each category and of all that want a call, and of those that want none."""
    score = _scorer(suite)
    known = {case["id"]: case for case in cases(suite, CATEGORIES, sys.maxsize)}
    for name in (*CATEGORIES, "calls", "no_call"):
        found = [record for record in records if name in _groups(record["category"])]
        if not found:
            continue
        right = {way: [bool(score(known[row["id"]], row[_name(way)])) for row in found] for way in WAYS}
        yield {
            "category": name,
            "cases": len(found),
            **{_name(way): round(sum(right[way]) / len(found), 3) for way in WAYS},
            "only_constrained_right": sum(a and not b for a, b in zip(right[True], right[False], strict=True)),
            "only_free_right": sum(b and not a for a, b in zip(right[True], right[False], strict=True)),
        }


def main() -> int:
    """Exit code: 0, or 1 where the suite is absent."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("records", type=Path)
    parser.add_argument("--per-category", type=int, default=12, metavar="N")
    parser.add_argument("--category", action="append", choices=CATEGORIES)
    parser.add_argument("--seconds", type=float, default=3600.0)
    parser.add_argument("--evaluation", type=Path)
    parser.add_argument("--summary", action="store_true", help="count what RECORDS holds, ask nothing")
    given = parser.parse_args()
    suite = evaluation("bfcl", given.evaluation)
    if suite is None:
        return 1
    done = {record["id"] for record in rows(given.records)}
    drawn = cases(suite, given.category or CATEGORIES, given.per_category)
    wanted = [case for case in drawn if case["id"] not in done]
    if wanted and not given.summary:
        with given.records.open("a", encoding="utf-8") as records:
            ask(given.model.resolve(), wanted, records, given.seconds)
    for row in summary(suite, list(rows(given.records))):
        print(json.dumps(row))
    return 0


def _drawn(case: dict[str, Any]) -> str:
    return hashlib.sha256(case["id"].encode()).hexdigest()


def _name(constrained: bool) -> str:
    return "constrained" if constrained else "free"


def _groups(category: str) -> tuple[str, str]:
    return category, "no_call" if category in WITHOUT_CALL else "calls"


def _calls(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """Name and arguments of each call; arguments that are no object count as a call that is wrong."""
    found = []
    for call in _message(answer).get("tool_calls") or ():
        try:
            arguments = json.loads(call["function"]["arguments"])
        except ValueError:
            arguments = None
        found.append(
            {"name": call["function"]["name"], "arguments": arguments if isinstance(arguments, dict) else {"": ""}}
        )
    return found


def _message(answer: dict[str, Any]) -> dict[str, Any]:
    return answer["choices"][0]["message"] if "choices" in answer else {}


def _home(place: Path, model: Path) -> list[str]:
    """The command line of a new home with ``model`` in use."""
    passphrase = place / "passphrase"
    passphrase.write_text("a suite of calls\n", "utf-8")
    command = [sys.executable, "-m", "app", "--json", "--quiet", "--home", str(place / "home")]
    command += ["--passphrase-file", str(passphrase)]
    added = subprocess.run([*command, "models", "add", str(model)], check=True, capture_output=True, text=True)
    identity = json.loads(added.stdout.splitlines()[-1])["id"]
    subprocess.run([*command, "models", "use", identity], check=True, capture_output=True)
    return command


def _scorer(suite: Path) -> Any:
    spec = importlib.util.spec_from_file_location("score_ast", suite / "score_ast.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.score


if __name__ == "__main__":
    sys.exit(main())
