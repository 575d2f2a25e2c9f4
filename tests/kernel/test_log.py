"""The operational log tells what the program did, and not one word of what it read."""

from __future__ import annotations

import logging
from pathlib import Path

from app.kernel.log import logger, write_to


def test_a_traceback_names_places_and_kinds_but_quotes_nothing(tmp_path: Path) -> None:
    def defect() -> None:
        try:
            raise ValueError("zqsecret of the document")
        except ValueError as error:
            raise KeyError("zqsecret again") from error

    log = logger("app.somewhere")
    with write_to(tmp_path):
        log.info("child %s pid %d", "reader", 7)
        try:
            defect()
        except KeyError:
            log.exception("part %d failed", 3)
    log.info("after the block")
    text = (tmp_path / "carrel.log").read_text("utf-8")
    assert "INFO carrel.somewhere child reader pid 7" in text
    assert "part 3 failed" in text
    assert "in defect" in text
    assert "builtins.KeyError" in text
    assert "builtins.ValueError" in text
    assert "zqsecret again" not in text.replace('raise KeyError("zqsecret again")', "")
    assert "after the block" not in text


def test_a_log_that_cannot_be_written_says_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    with write_to(folder):
        folder.rmdir()
        logger("app.somewhere").warning("lost")
    assert not folder.exists()
    assert not [handler for handler in logging.getLogger("carrel").handlers if hasattr(handler, "baseFilename")]
