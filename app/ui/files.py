"""The system's file chooser, without waiting for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QWidget


def choose_folder(parent: QWidget, title: str, chosen: Callable[[Path], object]) -> QFileDialog:
    """Ask for a folder; ``chosen`` hears of it later, or never."""
    dialog = _dialog(parent, title, lambda paths: chosen(paths[0]))
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    dialog.open()
    return dialog


def choose_files(
    parent: QWidget, title: str, pattern: str, chosen: Callable[[tuple[Path, ...]], object]
) -> QFileDialog:
    """Ask for files that exist."""
    dialog = _dialog(parent, title, chosen)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
    dialog.setNameFilter(pattern)
    dialog.open()
    return dialog


def choose_name(parent: QWidget, title: str, suggested: str, chosen: Callable[[Path], object]) -> QFileDialog:
    """Ask where to save; the chooser itself asks before a file is replaced."""
    dialog = _dialog(parent, title, lambda paths: chosen(paths[0]))
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setFileMode(QFileDialog.FileMode.AnyFile)
    dialog.selectFile(Path(suggested).name)
    dialog.open()
    return dialog


def _dialog(parent: QWidget, title: str, chosen: Callable[[tuple[Path, ...]], object]) -> QFileDialog:
    dialog = QFileDialog(parent, title)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.filesSelected.connect(lambda names: chosen(tuple(Path(name) for name in names)))
    return dialog
