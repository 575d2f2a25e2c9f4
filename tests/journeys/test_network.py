"""No socket of the internet is opened: strace watches every process of a question, and of a reading."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from app.engine.scripted import ScriptedReply
from tests.journeys.program import ROOT, Program

WATCHED = "socket,connect,sendto,sendmsg,bind,openat,open,creat,mkdir,mkdirat"
INTERNET = re.compile(r"AF_INET6?\b|AF_PACKET|AF_VSOCK")
WRITING = re.compile(r'(?:openat|open|creat)\([^"]*"([^"]*)"[^)]*(?:O_WRONLY|O_RDWR|O_CREAT)')
MAKING = re.compile(r'mkdir(?:at)?\([^"]*"([^"]*)"')


@pytest.fixture
def strace() -> str:
    found = shutil.which("strace")
    if found is None:
        pytest.skip("strace is not installed")
    if subprocess.run([found, "-o", "/dev/null", "true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine does not let strace trace")
    return found


def test_strace_sees_a_socket_where_there_is_one(strace: str, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    opening = "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close()"
    command = [strace, "-f", "-z", "-o", str(trace), "-e", f"trace={WATCHED}", "python3", "-c", opening]
    subprocess.run(command, check=True, timeout=60)
    assert INTERNET.search(trace.read_text())


def test_no_process_of_a_question_opens_a_socket(strace: str, at_home: Program) -> None:
    trace = at_home.place / "trace"
    at_home.scripted(ScriptedReply(quotes=("ferry",), text="At seven."))
    at_home.around = (strace, "-f", "-z", "-qq", "-o", str(trace), "-e", f"trace={WATCHED}")
    answer = at_home.run("ask", "When does the ferry of Quindlewerth leave?").well().only("answer")
    assert answer["quotes"]
    lines = trace.read_text(errors="replace").splitlines()
    assert any("openat" in line for line in lines), "the trace is empty"
    assert [line for line in lines if INTERNET.search(line)] == []


def test_no_process_of_a_tool_call_opens_a_socket(strace: str, at_home: Program) -> None:
    trace = at_home.place / "trace"
    at_home.around = (strace, "-f", "-z", "-qq", "-o", str(trace), "-e", f"trace={WATCHED}")
    at_home.run("tools", "run", "calculate", "--arguments", '{"expression": "12 * 1250.50"}').well()
    lines = trace.read_text(errors="replace").splitlines()
    assert any("openat" in line for line in lines), "the trace is empty"
    assert [line for line in lines if INTERNET.search(line)] == []


def test_the_program_itself_writes_below_its_home_only(strace: str, at_home: Program, papers: Path) -> None:
    """Its threads are watched, not its children: those see other paths, and their own suite."""
    trace = at_home.place / "trace"
    at_home.scripted(ScriptedReply(text="one two three four"))
    at_home.around = (strace, "-f", "-b", "execve", "-z", "-qq", "-o", str(trace), "-e", f"trace={WATCHED}")
    more = at_home.place / "more.md"
    more.write_text("The lighthouse of Quindlewerth has two lamps.\n", encoding="utf-8")
    at_home.run("documents", "add", str(more), str(papers), "--collection", "Papers").well()
    written = {
        path
        for line in trace.read_text(errors="replace").splitlines()
        for pattern in (WRITING, MAKING)
        for path in pattern.findall(line)
    }
    allowed = (str(at_home.home.root), str(at_home.home.memory), "/dev/null", "/proc/self/")
    outside = {path for path in written if not path.startswith(allowed)}
    assert any(path.startswith(allowed[0]) for path in written), "the trace shows no writing at all"
    assert {path for path in outside if not _bytecode(path)} == set()


def _bytecode(path: str) -> bool:
    """What Python keeps beside its own source, in a checkout."""
    return "/__pycache__" in path and path.startswith(str(ROOT))
