"""One step: a number or a tick, a title, what came of it, and while it is its turn what is to be done."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from app.ui import icons, theme
from app.ui.parts.buttons import RowButton
from app.ui.parts.layout import STRETCH, column, dress, fill, set_property
from app.ui.parts.words import Words

StepState = Literal["done", "now", "later", "skipped"]


class _Number(QWidget):
    def __init__(self, number: int) -> None:
        super().__init__()
        self._number = number
        self.state: StepState = "later"
        self.retheme()

    def retheme(self) -> None:
        self.setFixedSize(theme.px(26), theme.px(26))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.state == "done":
            painter.drawPixmap(0, 0, icons.pixmap("verified", "vouch", self.width(), self.devicePixelRatioF()))
            return
        box = QRectF(0.5, 0.5, self.width() - 1, self.height() - 1)
        now = self.state == "now"
        painter.setPen(QPen(theme.colour("act" if now else "edge"), 1))
        if now:
            painter.setBrush(theme.colour("act"))
        painter.drawEllipse(box)
        painter.setFont(theme.font("ui", 600))
        painter.setPen(theme.colour("on_act" if now else "ink2"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, str(self._number))


class Step(QFrame):
    """Its head is a button that takes the step up; its body is there while it is the step's turn."""

    def __init__(self, number: int, title: str, body: QWidget) -> None:
        super().__init__()
        dress(self, QVBoxLayout(self), "card", (20, 0, 20, 0), 0)
        self._number, self._title = number, title
        self._mark = _Number(number)
        self._name = Words(title, "head", 600)
        self._said = Words("", "ui", 400, "ink2")
        self.head = RowButton(self._mark, self._name, STRETCH, self._said, name=title, kind="line", height=54, space=12)
        self.body = body
        self._frame = column(body, margins=(38, 0, 0, 20))
        fill(self, self.head, self._frame)
        self.set_state("later", "")

    def set_state(self, state: StepState, said: str) -> None:
        self._mark.state = state
        self._mark.update()
        self._name.set_tone("ink2" if state in {"later", "skipped"} else "ink")
        self._said.setText(said if state != "now" else "")
        self._frame.setVisible(state == "now")
        set_property(self, "on", "true" if state == "now" else "false")
        self.head.setAccessibleName(f"Step {self._number}, {self._title.lower()}, {state}. {said}".strip())
