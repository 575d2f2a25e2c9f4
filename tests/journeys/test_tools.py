"""Tools from outside: a chart from a table, a file written only where somebody said yes, the stop and the switches."""

from __future__ import annotations

import json
import os
import pty
import subprocess
from pathlib import Path

from tests.journeys.program import Program

SALES = "date,net\n2026-01-05,100\n2026-01-20,50\n2026-02-03,200\n"
BY_MONTH = """sales = pd.read_csv("sales.csv", parse_dates=["date"])
sales.groupby(sales.date.dt.strftime("%Y-%m")).net.sum().plot(kind="bar")
"""
SECONDS = 90


def at_terminal(program: Program, typed: str, *words: str) -> tuple[int, str]:
    """Run a command at a terminal where somebody types; its exit code and standard output."""
    ours, theirs = pty.openpty()
    fixed = ["--json", "--home", str(program.home.root), "--passphrase-file", str(program.passphrase)]
    os.write(ours, f"{typed}\n".encode())
    try:
        ended = subprocess.run(
            [*program.words, *fixed, *words],
            cwd=program.folder,
            env=program.environment,
            stdin=theirs,
            stderr=theirs,
            stdout=subprocess.PIPE,
            text=True,
            check=False,
            timeout=SECONDS,
        )
    finally:
        os.close(theirs)
        os.close(ours)
    return ended.returncode, ended.stdout


def test_sales_by_month_are_drawn_and_saved(program: Program) -> None:
    program.made()
    table = program.place / "sales.csv"
    table.write_text(SALES)
    arguments = json.dumps({"code": BY_MONTH, "files": ["sales.csv"]})
    words = ("tools", "run", "run_python", "--file", str(table), "--save", str(program.place / "charts"))
    for expected in ("chart-1.png", "chart-1-2.png"):
        (saved,) = program.here(*words, "--arguments", arguments).well().only("saved")
        assert Path(saved).name == expected
        assert Path(saved).read_bytes().startswith(b"\x89PNG")


def test_a_file_is_written_only_where_somebody_said_yes(program: Program) -> None:
    program.made()
    notes = program.place / "notes"
    notes.mkdir()
    target = notes / "plan.md"
    proposal = program.here(
        *("tools", "run", "propose_file", "--folder", str(notes)),
        *("--arguments", json.dumps({"name": "plan.md", "content": "Buy bread."})),
    ).well()
    write = (
        *("tools", "run", "write_file", "--folder", str(notes)),
        *("--arguments", json.dumps({"proposal": proposal.only("result")["proposal"]})),
    )
    nobody = program.run(*write)
    assert (nobody.code, nobody.only("error")["error_code"]) == (1, "carrel.tool.unattended")
    told = at_terminal(program, "yes", *write, "--unattended")
    assert (told[0], json.loads(told[1])["error"]["error_code"]) == (1, "carrel.tool.unattended")
    code, out = at_terminal(program, "perhaps", *write)
    assert (code, json.loads(out)["error"]["code"]) == (1, "carrel.tool.denied")
    assert not target.exists()
    calls = [
        row for row in program.here("audit", "list", "--kind", "call").well().records if row["tool"] == "write_file"
    ]
    assert [(row["outcome"], row["decision"]["allowed"]) for row in calls] == [("refused", False)] * 3
    code, out = at_terminal(program, "yes", *write)
    assert (code, json.loads(out)["result"]["file"]) == (0, "plan.md")
    assert target.read_text() == "Buy bread.\n"
    target.write_text("mine\n")
    code, out = at_terminal(program, "yes", *write)
    assert (code, json.loads(out)["duplicate"], target.read_text()) == (0, True, "mine\n")


def test_stopped_tools_stay_stopped_until_they_are_released(program: Program) -> None:
    program.made()
    sum_up = ("tools", "run", "calculate", "--arguments", '{"expression": "2+2"}')
    program.here("tools", "switch", "convert_units", "off").well()
    program.here("tools", "stop").well()
    assert {row["state"] for row in program.here("tools", "list").well().records} == {"stopped"}
    assert program.here(*sum_up).only("error")["error_code"] == "carrel.tool.halted"
    program.here("tools", "release").well()
    states = {row["name"]: row["state"] for row in program.here("tools", "list").well().records}
    assert [name for name, state in states.items() if state == "off"] == ["convert_units"]
    assert program.here(*sum_up).well().only("result")["value"] == "4"
