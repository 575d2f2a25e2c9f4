"""The headless face loads no part of Qt, whatever it is asked; and what needs no vault makes none."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.journeys.program import PASSPHRASE, Program

COMMANDS: tuple[tuple[str, ...], ...] = (
    ("doctor",),
    ("sandbox", "check"),
    ("sandbox", "exec", "--", "SCRIPT"),
    ("documents", "read", "PAPER"),
    ("documents", "list"),
    ("documents", "search", "When does the ferry leave?"),
    ("models", "list"),
    ("models", "verify"),
    ("tools", "list"),
    ("tools", "run", "calculate", "--arguments", '{"expression": "6 * 7"}'),
    ("ask", "When does the ferry of Quindlewerth leave?"),
    ("complete", "--request", "REQUEST"),
)
ALL_IN_ONE = """
import json, sys
from pathlib import Path
from app.__main__ import main
from app.cli.main import run
from tests.journeys.killing import composed
from app.engine.scripted import ScriptedReply, Transcript

transcript = Transcript(replies=(ScriptedReply(quotes=("ferry",), text="At seven."),), context_tokens=8192)
codes = [run(words, composed(transcript)) for words in json.loads(sys.argv[1])]
print(json.dumps({"codes": codes, "qt": [name for name in sys.modules if name.startswith(("PySide6", "shiboken6"))]}))
"""
CONTROL = "import sys, PySide6.QtCore; print([name for name in sys.modules if name.startswith('PySide6')])"


def test_no_command_loads_qt(at_home: Program) -> None:
    script, paper, request = (at_home.place / name for name in ("script.py", "paper.md", "request.json"))
    script.write_text("print(6 * 7)\n", encoding="utf-8")
    paper.write_text("# One\n\nTwo.\n", encoding="utf-8")
    request.write_text(json.dumps({"messages": [{"role": "user", "content": "Hello"}]}), encoding="utf-8")
    named = {"SCRIPT": str(script), "PAPER": str(paper), "REQUEST": str(request)}
    fixed = ["--json", "--home", str(at_home.home.root), "--passphrase-file", str(at_home.passphrase)]
    words = [[*fixed, *(named.get(word, word) for word in command)] for command in COMMANDS]
    done = subprocess.run(
        [sys.executable, "-c", ALL_IN_ONE, json.dumps(words)],
        cwd=at_home.folder,
        env=at_home.environment,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    last = json.loads(done.stdout.splitlines()[-1])
    codes = dict(zip(COMMANDS, last["codes"], strict=True))
    assert {command for command, code in codes.items() if code} <= {("doctor",)}, done.stdout
    assert last["qt"] == []


def test_the_control_sees_qt() -> None:
    shown = subprocess.run([sys.executable, "-c", CONTROL], capture_output=True, text=True, check=True, timeout=60)
    assert "PySide6.QtCore" in shown.stdout


def test_what_needs_no_vault_makes_none(program: Program) -> None:
    paper = program.place / "paper.md"
    paper.write_text(f"# One\n\n{PASSPHRASE}.\n", encoding="utf-8")
    (record,) = program.here("documents", "read", str(paper)).well().records
    assert record["outcome"] == "indexed"
    assert [block["text"] for block in record["blocks"]] == ["One", f"{PASSPHRASE}."]
    (check,) = program.here("sandbox", "check").well().records
    assert check["tier"] == "bubblewrap+launcher"
    assert not program.home.root.exists()
