import asyncio
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from app.domain.tool import Grant
from app.kernel.clock import ManualClock
from app.kernel.errors import Known
from app.tools.actions import Actions, sheet
from app.tools.placing import Placement, Placing
from app.tools.proposals import Proposal, Proposals
from app.vault.database import Database
from tests.tools.acting import KEY, WHEN

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 20
MOMENTS = ("prepared, not noted", "noted, not done", "done, not noted", "noted, not tidied")


class Desk:
    """Actions on a real database and a real folder, reopened at will."""

    def __init__(self, place: Path) -> None:
        self.folder = place / "notes"
        self.folder.mkdir()
        self.clock = ManualClock(WHEN)
        self.grant = Grant(folders=(str(self.folder),))
        self.path = place / "carrel.db"
        self._loop = asyncio.new_event_loop()
        self.open()

    def open(self) -> None:
        self._database = Database.open(self.path, KEY)
        self._proposals = Proposals(self._database, self.clock)
        self.actions = Actions(self._proposals, Placing())

    def close(self) -> None:
        self._loop.run_until_complete(self._database.close())

    def end(self) -> None:
        self.close()
        self._loop.close()

    def propose(self, name: str = "notes.md", content: str = "new\n") -> Proposal:
        return self._loop.run_until_complete(self.actions.propose(self.grant, "write_file", name, content, ""))

    def execute(self, proposal: str, grant: Grant | None = None) -> tuple[dict[str, object], bool]:
        return self._loop.run_until_complete(self.actions.execute(proposal, grant or self.grant, "write_file"))

    def recover(self) -> None:
        self._loop.run_until_complete(self.actions.recover())

    def state(self, proposal: str) -> str:
        return self._loop.run_until_complete(self._proposals.get(proposal, "", "write_file")).state

    def names(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir())


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.end()


def code_of(failure: pytest.ExceptionInfo[Known]) -> str:
    return failure.value.code


def test_proposing_writes_nothing_and_executing_writes_once(desk: Desk) -> None:
    made = desk.propose()
    assert desk.names() == []
    result, again = desk.execute(made.id)
    assert (result["file"], result["bytes"], result["replaced"], again) == ("notes.md", 4, False, False)
    assert (desk.folder / "notes.md").read_text() == "new\n"
    (desk.folder / "notes.md").unlink()
    assert desk.execute(made.id) == (result, True)
    assert desk.names() == [], "what was done once is not done again, though the person removed it"


def test_a_change_shows_its_difference_and_keeps_the_mode(desk: Desk) -> None:
    target = desk.folder / "notes.md"
    target.write_text("one\ntwo\n")
    target.chmod(0o640)
    made = desk.propose(content="one\nthree\n")
    shown = sheet(made)
    assert shown.preview_kind == "diff"
    assert "-two\n+three\n" in shown.preview
    assert dict(shown.facts)["Changes"] == str(target)
    desk.execute(made.id)
    assert (target.read_text(), target.stat().st_mode & 0o777, desk.names()) == ("one\nthree\n", 0o640, ["notes.md"])


@pytest.mark.parametrize("before", [None, "one\r\ntwo\r\n"])
def test_the_person_reads_what_nobody_would_see_in_the_file(desk: Desk, before: str | None) -> None:
    if before:
        (desk.folder / "notes.md").write_bytes(before.encode())
    made = desk.propose(content="one\r\nt\u200bw\u202eo\U000e0041\r\n")
    told = sheet(made)
    assert "t⟨U+200B⟩w⟨U+202E⟩o⟨U+E0041⟩" in told.preview
    assert "⟨U+000D⟩" not in told.preview
    assert "Hidden" in dict(told.facts)
    desk.execute(made.id)
    assert (desk.folder / "notes.md").read_bytes() == "one\r\nt\u200bw\u202eo\U000e0041\r\n".encode()
    assert "Hidden" not in dict(sheet(desk.propose("other.md")).facts)


@pytest.mark.parametrize("before", [None, "old\n"])
def test_a_folder_that_changed_meanwhile_is_left_as_it_is(desk: Desk, before: str | None) -> None:
    target = desk.folder / "notes.md"
    if before:
        target.write_text(before)
    made = desk.propose()
    target.write_text("written by somebody else\n")
    with pytest.raises(Known) as failure:
        desk.execute(made.id)
    assert code_of(failure) == "carrel.tool.changed"
    assert (target.read_text(), desk.names()) == ("written by somebody else\n", ["notes.md"])


def test_only_an_id_of_this_conversation_in_time_and_scope_executes(desk: Desk, tmp_path: Path) -> None:
    made = desk.propose()
    for proposal, grant, code in (
        ("0" * 32, desk.grant, "carrel.tool.proposal"),
        (made.id, Grant(conversation="another", folders=desk.grant.folders), "carrel.tool.proposal"),
        (made.id, Grant(folders=(str(tmp_path),)), "carrel.tool.folder"),
    ):
        with pytest.raises(Known) as failure:
            desk.execute(proposal, grant)
        assert code_of(failure) == code
    desk.clock.advance(timedelta(days=2).total_seconds())
    with pytest.raises(Known) as failure:
        desk.execute(made.id)
    assert code_of(failure) == "carrel.tool.proposal_old"
    assert desk.names() == []


@pytest.mark.parametrize("linked", [True, False])
def test_another_folder_in_the_place_of_the_one_that_was_shown_is_not_written_to(desk: Desk, linked: bool) -> None:
    made = desk.propose()
    elsewhere = desk.folder.with_name("elsewhere")
    elsewhere.mkdir()
    desk.folder.rename(desk.folder.with_name("moved"))
    if linked:
        desk.folder.symlink_to(elsewhere)
    else:
        elsewhere.rename(desk.folder)
    with pytest.raises(Known) as failure:
        desk.execute(made.id)
    assert code_of(failure) == ("carrel.tool.folder" if linked else "carrel.tool.changed")
    assert desk.names() == []


def test_a_link_put_there_in_the_last_moment_is_put_back(desk: Desk, tmp_path: Path) -> None:
    target, elsewhere = desk.folder / "notes.md", tmp_path / "elsewhere.md"
    target.write_text("old\n")
    elsewhere.write_text("keep\n")
    plan, placing = desk.propose().placement, Placing()
    placing.prepare(plan, "key")
    target.unlink()
    target.symlink_to(elsewhere)
    with pytest.raises(Known) as failure:
        placing.commit(plan, "key")
    assert code_of(failure) == "carrel.tool.changed"
    placing.tidy(plan, "key")
    assert (target.is_symlink(), elsewhere.read_text(), desk.names()) == (True, "keep\n", ["notes.md"])


def test_an_action_that_was_stopped_while_it_waited_for_another_never_begins(desk: Desk) -> None:
    class Slow(Placing):
        def prepare(self, placement: Placement, key: str) -> None:
            reached.set()
            assert may_go_on.wait(SECONDS)
            super().prepare(placement, key)

    reached, may_go_on = threading.Event(), threading.Event()
    first, second = desk.propose("first.md"), desk.propose("second.md")

    async def job() -> None:
        actions = Actions(desk._proposals, Slow())
        running = asyncio.ensure_future(actions.execute(first.id, desk.grant, "write_file"))
        await asyncio.to_thread(reached.wait, SECONDS)
        waiting = asyncio.ensure_future(actions.execute(second.id, desk.grant, "write_file"))
        await asyncio.sleep(0)
        for call in (running, waiting):
            call.cancel()
        await asyncio.wait([running, waiting])
        may_go_on.set()
        async with actions._acting:
            pass

    desk._loop.run_until_complete(job())
    assert (desk.state(first.id), desk.state(second.id)) == ("done", "proposed")
    assert desk.names() == ["first.md"], "what was begun is whole, what was not is not there"


def test_what_may_be_written_is_narrow(desk: Desk, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("keep")
    (desk.folder / "link.txt").symlink_to(secret)
    (desk.folder / "binary.txt").write_bytes(b"\xff\xfe\x00")
    for name, code in (
        ("run.sh", "carrel.tool.file_kind"),
        ("page.html", "carrel.tool.file_kind"),
        ("letter.eml", "carrel.tool.file_kind"),
        ("link.txt", "carrel.tool.target"),
        ("binary.txt", "carrel.tool.target"),
    ):
        with pytest.raises(Known) as failure:
            desk.propose(name)
        assert code_of(failure) == code
    for name in ("../up.txt", "a/b.txt", ".hidden.txt"):
        with pytest.raises((ValueError, Known)):
            desk.propose(name)
    with pytest.raises(Known) as failure:
        asyncio.run(
            Actions(Proposals(desk._database, desk.clock), Placing()).propose(Grant(), "write_file", "a.md", "x", "")
        )
    assert code_of(failure) == "carrel.tool.folder"
    assert secret.read_text() == "keep"


@pytest.mark.parametrize("before", [None, "old\n"])
@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_at_any_moment_nothing_happens_twice(desk: Desk, moment: str, before: str | None) -> None:
    target = desk.folder / "notes.md"
    if before:
        target.write_text(before)
    made = desk.propose()
    desk.close()
    command = [sys.executable, "-m", "tests.tools.acting", str(desk.path), str(desk.folder), made.id, moment]
    killed = subprocess.run(command, cwd=ROOT, check=False, timeout=60)
    assert killed.returncode == -9
    happened = moment in ("done, not noted", "noted, not tidied")
    assert (target.read_text() if target.exists() else None) == ("new\n" if happened else before)
    desk.open()
    desk.recover()
    assert desk.state(made.id) == ("done" if happened else "proposed")
    if happened:
        target.write_text("the person went on writing\n")
    result, again = desk.execute(made.id)
    assert (result["file"], again) == ("notes.md", happened)
    assert target.read_text() == ("the person went on writing\n" if happened else "new\n")
    assert desk.names() == ["notes.md"], "nothing of ours is left beside it"
