"""What a person chose about the window itself: appearance, text size, motion, size. Nothing of what they read or ask."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, cast

from PySide6.QtCore import QByteArray, QSettings

Appearance = Literal["system", "light", "dark"]
SCALES = (1.0, 1.1, 1.25, 1.4, 1.5)


class WindowSettings:
    """A small file in Carrel's home; without a path nothing is kept."""

    def __init__(self, path: Path | None) -> None:
        self._file = QSettings(str(path), QSettings.Format.IniFormat) if path is not None else None
        self._values: dict[str, object] = {}

    def _get(self, key: str, default: object) -> object:
        return self._file.value(key, default) if self._file is not None else self._values.get(key, default)

    def _set(self, key: str, value: object) -> None:
        if self._file is not None:
            self._file.setValue(key, value)
        else:
            self._values[key] = value

    @property
    def appearance(self) -> Appearance:
        untrusted = str(self._get("appearance", "system"))
        return cast("Appearance", untrusted) if untrusted in {"system", "light", "dark"} else "system"

    @appearance.setter
    def appearance(self, value: Appearance) -> None:
        self._set("appearance", value)

    @property
    def scale(self) -> float:
        try:
            untrusted = float(str(self._get("scale", "1.0")))
        except ValueError:
            return 1.0
        return min(SCALES, key=lambda known: abs(known - untrusted))

    @scale.setter
    def scale(self, value: float) -> None:
        self._set("scale", str(value))

    @property
    def motion(self) -> bool:
        return str(self._get("motion", "true")) == "true"

    @motion.setter
    def motion(self, value: bool) -> None:
        self._set("motion", "true" if value else "false")

    @property
    def geometry(self) -> QByteArray:
        kept = self._get("geometry", QByteArray())
        return kept if isinstance(kept, QByteArray) else QByteArray()

    @geometry.setter
    def geometry(self, value: QByteArray) -> None:
        self._set("geometry", value)
