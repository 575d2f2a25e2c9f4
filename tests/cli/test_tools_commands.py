"""``carrel tools add`` and ``remove``: what a person is shown, and that nothing is on by itself."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.cli.main import run
from app.compose import Compose
from tests.material.tool_folders import tool_folder

SECRET = "a lantern under the stairs"


class Home:
    def __init__(self, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        secret = place / "passphrase"
        secret.write_text(SECRET)
        self._global = ["--home", str(place / "home"), "--passphrase-file", str(secret)]

    def says(self, *words: str, code: int = 0) -> str:
        assert run([*self._global, *words], Compose()) == code
        shown = self._capsys.readouterr()
        return shown.out + shown.err


def test_a_tool_is_shown_stays_off_and_goes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = Home(tmp_path, capsys)
    added = home.says("tools", "add", str(tool_folder(tmp_path)))
    for told in ("Counts the words of a text", "Count the words of a text.", "text (free)", "No network", "SHA-256"):
        assert told in added
    assert "installed and off" in added
    call = ("tools", "run", "word_count", "--arguments", json.dumps({"text": "one two"}))
    assert "switched off" in home.says(*call, code=1)
    home.says("tools", "switch", "word_count", "on")
    assert json.loads(home.says("--json", *call))["result"] == {"words": 2}
    assert "is removed" in home.says("tools", "remove", "word_count")
    assert "no such tool" in home.says(*call, code=1)
    assert "is not a tool" in home.says("tools", "add", str(tmp_path), code=1)
