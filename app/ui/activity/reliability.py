"""How reliable and how fast models and tools were over a period, each figure with what it is counted against."""

from __future__ import annotations

from pydantic import BaseModel
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.bridge.desk import DeskBridge
from app.domain.metrics import Metrics, ModelMetrics, ToolMetrics
from app.domain.tool import ToolSpec
from app.ui import figures
from app.ui.activity.measured import measured, titled
from app.ui.activity.table import FigureTable
from app.ui.parts.choice import Choice
from app.ui.parts.layout import NONE, STRETCH, Grow, block, clear, column, dress, fill, row
from app.ui.parts.notes import Empty
from app.ui.parts.words import Elided, Words

PERIODS = {"1": "24 hours", "7": "7 days", "30": "30 days", "": "All"}
Groups = dict[str, tuple[str, ...]]

STRUCTURE = (
    "parse_success",
    "call_valid",
    "validation_error",
    "field_missing",
    "enum_invalid",
    "normalised",
    "normalisation",
    "repair",
    "repair_success",
    "reasked",
    "deprecated_field",
    "other_chosen",
)
CALLING = (
    "tool_success",
    "downstream_failure",
    "timeout",
    "retry",
    "duplicate",
    "escalation",
    "denied",
    "refused",
    "redacted",
)
CALL_TIMES = ("model_seconds", "tool_seconds")
MODEL: Groups = {
    "Answers": (
        "answered",
        "abstained",
        "quotes_verified",
        "supported",
        "fully_supported",
        "stopped",
        "failed",
        "errors",
        "asked_back",
    ),
    "Times": ("first_token_seconds", "total_seconds", "cached", "loads", "load_seconds"),
    "Calls": ("tool_call", *CALLING, *CALL_TIMES),
    "Structure": ("structured", *STRUCTURE),
}
TOOL: Groups = {
    "Calls": ("tool_call", *CALLING, "errors"),
    "Times": (*CALL_TIMES, "total_seconds"),
    "Structure": STRUCTURE,
}
REST = ("interrupted", "children", "permissions", "admissions", "connections", "readings", "deleted", "lost")


class ReliabilityPane(QWidget):
    def __init__(self, bridge: DeskBridge) -> None:
        super().__init__()
        dress(self, QVBoxLayout(self), "clear", NONE, 12)
        self._bridge = bridge
        self.period = Choice("Period", tuple(PERIODS.items()), "7")
        self.period.chosen.connect(lambda _days: self.renew())
        self._said = Words("", "small", 400, "ink2")
        self._cards = column(space=8)
        self._titles: dict[str, str] = {}
        fill(self, row(self.period, self._said, STRETCH, space=14), self._cards, STRETCH)

    def renew(self) -> None:
        self._bridge.tools().then(self._take_tools)

    def _take_tools(self, tools: tuple[ToolSpec, ...]) -> None:
        """Titles first: cards are headed by them."""
        self._titles |= {tool.name: tool.title for tool in tools}
        days = self.period.value()
        self._bridge.metrics(int(days) if days else None).then(self._take)

    def _take(self, metrics: Metrics) -> None:
        clear(self._cards)
        since = f" since {figures.minute(metrics.first)}" if metrics.first else ""
        self._said.setText(f"{figures.plural(metrics.events, 'event')} measured{since}" if metrics.events else "")
        cards = [_model(model) for model in metrics.models] + [_tool(tool, self._titles) for tool in metrics.tools]
        lines, _ = measured(metrics, REST)
        if lines:
            cards.append(_card(Words("Everything else", "head", 600), "", FigureTable(lines)))
        fill(self._cards, *(cards or [_empty(everything=not self.period.value())]))


def _empty(*, everything: bool) -> QWidget:
    if everything:
        words = "Ask a question or run a tool; how it went is counted here. Nothing of what is read or asked is."
        return Empty("activity", "Nothing measured yet", words)
    return Empty("activity", "Nothing in this period", "Choose a longer one.")


def _model(model: ModelMetrics) -> QWidget:
    name = model.name or (f"A removed model, {model.model[:12]}" if model.model else "No model was reached")
    tokens = f"{model.prompt_tokens:,} tokens read, {model.completion_tokens:,} written"
    counted = figures.plural(model.turns, "question") + (f" · {tokens}" if model.prompt_tokens else "")
    return _card(Words(name, "head", 600), counted, *_groups(model, MODEL))


def _tool(tool: ToolMetrics, titles: dict[str, str]) -> QWidget:
    unknown = tool.tool == "unknown"
    name = "Names that are no tool" if unknown else titled(tool.tool, titles)
    versions = f" · version{'s' if len(tool.versions) > 1 else ''} {', '.join(map(str, tool.versions))}"
    counted = f"Tool · {figures.plural(tool.tool_call.count, 'call')}{versions if tool.versions else ''}"
    return _card(Words(name, "head", 600), counted, *_groups(tool, TOOL))


def _groups(values: BaseModel, groups: Groups) -> list[QWidget]:
    """A caption and its lines for each group that has any; what was not counted is said in one line at the end."""
    made: list[QWidget] = []
    missing: list[str] = []
    for caption, names in groups.items():
        lines, empty = measured(values, names)
        missing += empty
        if lines:
            made.append(column(Words(caption, "caption", 600, "ink3"), FigureTable(lines), space=5))
    if missing:
        made.append(Words(f"Nothing to count yet for: {', '.join(missing)}.", "small", 400, "ink3", wrap=True))
    return made


def _card(title: Words, counted: str, *groups: QWidget) -> QWidget:
    top = row(title, Grow(Elided(counted, "small", 400, "ink3")), space=10)
    return block(top, *groups, name="card", margins=(16, 13, 14, 14), space=11)
