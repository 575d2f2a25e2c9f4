"""No socket of the internet is opened: strace watches every process of the way from an empty home to a tool call."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from app.engine.scripted import ScriptedReply
from tests.journeys import tracing
from tests.journeys.program import ROOT, Ended, Program

WRITING = re.compile(r'(?:openat|open|creat)\([^"]*"([^"]*)"[^)]*(?:O_WRONLY|O_RDWR|O_CREAT)')
MAKING = re.compile(r'mkdir(?:at)?\([^"]*"([^"]*)"')


@pytest.fixture
def strace() -> str:
    return tracing.strace() or pytest.skip("strace is missing, or this machine does not let it trace")


def offline(strace: str, program: Program, *words: str) -> Ended:
    """Run a command to its good end, and look at what all its processes opened."""
    trace = program.place / "trace"
    program.around = tracing.around(strace, trace)
    ended = program.run(*words).well()
    assert tracing.beyond(trace) == []
    trace.unlink()
    return ended


def test_strace_sees_a_socket_where_there_is_one(strace: str, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    opening = "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close()"
    command = [*tracing.around(strace, trace), "python3", "-c", opening]
    subprocess.run(command, check=True, timeout=60)
    assert tracing.beyond(trace)


@pytest.mark.timeout(900)  # four starts of the program and a real model, all under strace
def test_the_whole_way_with_a_real_model_opens_no_socket(
    strace: str, program: Program, papers: Path, development_model: Callable[[str], Path]
) -> None:
    model = development_model("SmolLM2-135M-Instruct.Q4_1.gguf")
    assert offline(strace, program, "models", "add", str(model)).only("state") == "admitted"
    added = offline(strace, program, "documents", "add", str(papers), "--collection", "Papers")
    assert added.only("summary")["outcomes"] == {"indexed": 3}
    asked = offline(strace, program, "ask", "When does the ferry of Quindlewerth leave?")
    assert asked.only("answer")["read"]
    asked = offline(strace, program, "ask", "What is 1250.50 * 12?", "--tools", "calculate", "--no-documents")
    assert [call["tool"] for call in asked.only("answer")["tool_calls"]][:1] == ["calculate"]


def test_a_cited_answer_opens_no_socket(strace: str, at_home: Program) -> None:
    at_home.scripted(ScriptedReply(quotes=("ferry",), text="At seven."))
    assert offline(strace, at_home, "ask", "When does the ferry of Quindlewerth leave?").only("answer")["quotes"]


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [("calculate", '{"expression": "12 * 1250.50"}'), ("run_python", '{"code": "pd.Series([1, 2]).plot()"}')],
)
def test_a_tool_call_opens_no_socket(strace: str, at_home: Program, tool: str, arguments: str) -> None:
    offline(strace, at_home, "tools", "run", tool, "--arguments", arguments)


def test_the_program_itself_writes_below_its_home_only(strace: str, at_home: Program, papers: Path) -> None:
    """Its threads are watched, not its children: those see other paths, and their own suite."""
    trace = at_home.place / "trace"
    at_home.scripted(ScriptedReply(text="one two three four"))
    at_home.around = tracing.around(strace, trace, "-b", "execve")
    more = at_home.place / "more.md"
    more.write_text("The lighthouse of Quindlewerth has two lamps.\n", encoding="utf-8")
    at_home.run("documents", "add", str(more), str(papers), "--collection", "Papers").well()
    written = {path for line in tracing.lines(trace) for pattern in (WRITING, MAKING) for path in pattern.findall(line)}
    allowed = (str(at_home.home.root), str(at_home.home.memory), "/dev/null", "/proc/self/")
    outside = {path for path in written if not path.startswith(allowed)}
    assert any(path.startswith(allowed[0]) for path in written), "the trace shows no writing at all"
    assert {path for path in outside if not _bytecode(path)} == set()


def _bytecode(path: str) -> bool:
    """What Python keeps beside its own source, in a checkout."""
    return "/__pycache__" in path and path.startswith(str(ROOT))
