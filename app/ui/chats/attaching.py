"""Files and folders that were attached to the open chat: chosen, dropped or taken off again; they are its scope."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from app.bridge.chat import OpenChat
from app.domain.events import Problem
from app.domain.messages import Scope
from app.ui import theme
from app.ui.accessibility import announce
from app.ui.files import choose_files, choose_folder
from app.ui.parts.buttons import IconButton
from app.ui.parts.layout import NONE, STRETCH, clear, dress, fill, row
from app.ui.parts.words import Elided, Icon

SUFFIXES = (".csv", ".tsv", ".xlsx", ".json", ".txt", ".md")
"""What programs are given; everything else is read as a document."""
MOST = 8
READER = "run_python"
"""The tool without which what is attached is of no use: attaching lets the chat call it, as its scope shows."""
_IN_ROW = 3
_PATTERN = f"Tables and text ({' '.join('*' + suffix for suffix in SUFFIXES)})"


def without_attached(scope: Scope) -> Scope:
    """What another chat may take over: what was attached belongs to one chat."""
    return scope.model_copy(update={"files": (), "folders": ()})


def with_attached(scope: Scope, paths: tuple[Path, ...]) -> Scope:
    """A scope with files and folders; a file of the same name is replaced, for tools know files by their names.

    Raises:
        ValueError: a sentence and what to do, when one of them cannot be attached. Nothing is then.
    """
    files, folders = list(scope.files), list(scope.folders)
    for path in paths:
        if path.is_dir():
            folders = [folder for folder in folders if folder != str(path)] + [str(path)]
        elif path.suffix.lower() not in SUFFIXES:
            kinds = ", ".join(suffix[1:] for suffix in SUFFIXES)
            raise ValueError(
                f"{path.name} is read as a document. Add it in Documents.", f"Attach {kinds} files, or a folder."
            )
        elif not path.is_file():
            raise ValueError(f"There is no file {path.name} any more.", "Choose it again.")
        else:
            files = [file for file in files if Path(file).name != path.name] + [str(path)]
    if len(files) + len(folders) > MOST:
        raise ValueError(f"A chat can have {MOST} files and folders attached.", "Attach their folder instead.")
    tools = scope.tools if READER in scope.tools or not (files or folders) else (*scope.tools, READER)
    return scope.model_copy(update={"files": tuple(files), "folders": tuple(folders), "tools": tools})


def attached_names(scope: Scope) -> str:
    """What is attached, in a few words; empty when nothing is."""
    names = [Path(path).name or path for path in (*scope.files, *scope.folders)]
    return names[0] + (f" and {len(names) - 1} more" if len(names) > 1 else "") if names else ""


class Chip(QFrame):
    """One file or folder, with the button that takes it off."""

    def __init__(self, untrusted_path: str, removed: Callable[[], object], *, folder: bool) -> None:
        super().__init__()
        dress(self, QHBoxLayout(self), "attached", (8, 1, 2, 1), 5)
        name = Path(untrusted_path).name or untrusted_path
        shown = Elided(name, "small", 500, "ink", middle=True, grow=False)
        shown.setMaximumWidth(190)
        self.setToolTip(untrusted_path)
        self.setAccessibleName(f"Attached {'folder' if folder else 'file'} {name}")
        self.close_button = IconButton("close", f"Remove {name}", size=12, pressed=removed)
        self.setFixedHeight(theme.px(28))
        fill(self, Icon("folder" if folder else "table", "ink2", 14), shown, self.close_button)


class Chips(QWidget):
    """Signals:
    removed: the path of a file or folder.
    """

    removed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        dress(self, QVBoxLayout(self), "clear", NONE, 4)
        self.setAccessibleName("Attached to this chat")
        self._shown: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
        self.hide()

    def show_attached(self, files: tuple[str, ...], folders: tuple[str, ...]) -> None:
        if self._shown == (files, folders):
            return
        self._shown = (files, folders)
        clear(self)
        chips = [self._chip(path, folder=False) for path in files] + [self._chip(path, folder=True) for path in folders]
        for at in range(0, len(chips), _IN_ROW):
            fill(self, row(*chips[at : at + _IN_ROW], STRETCH, space=6))
        self.setVisible(bool(chips))

    def _chip(self, path: str, *, folder: bool) -> Chip:
        return Chip(path, lambda: self.removed.emit(path), folder=folder)


class Attaching(QObject):
    """Keeps chips and scope the same.

    Signals:
        problem: a ``Problem``: something cannot be attached.
        removed: something was taken off; the button that had the keyboard goes.
    """

    problem = Signal(object)
    removed = Signal()

    def __init__(self, chat: OpenChat, chips: Chips) -> None:
        super().__init__()
        self._chat, self._chips = chat, chips
        chips.removed.connect(self.remove)

    def say(self) -> None:
        """Show what is attached to the open chat."""
        self._chips.show_attached(self._chat.scope.files, self._chat.scope.folders)

    def choose_files(self, parent: QWidget) -> None:
        choose_files(parent, "Attach files", _PATTERN, self.add)

    def choose_folder(self, parent: QWidget) -> None:
        choose_folder(parent, "Attach a folder", lambda path: self.add((path,)))

    def add(self, paths: tuple[Path, ...]) -> None:
        """Attach them all, or none and say why."""
        try:
            scope = with_attached(self._chat.scope, paths)
        except ValueError as why:
            message, hint = why.args
            self.problem.emit(Problem(code="carrel.attach.refused", message=message, hint=hint))
            return
        self._chat.set_scope(scope)
        announce(self._chips, f"Attached {', '.join(path.name for path in paths)}")

    def remove(self, path: str) -> None:
        scope = self._chat.scope
        kept = {
            "files": tuple(file for file in scope.files if file != path),
            "folders": tuple(folder for folder in scope.folders if folder != path),
        }
        self._chat.set_scope(scope.model_copy(update=kept))
        announce(self._chips, f"{Path(path).name} removed")
        self.removed.emit()
