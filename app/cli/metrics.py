"""``carrel metrics``: how reliable and how fast models and tools were, each figure with what it is counted against."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace, _SubParsersAction
from typing import TYPE_CHECKING, Any

from app.domain.audit_words import moment
from app.domain.metrics import Metrics, ModelMetrics, Part, Rate, Spread, Structure

if TYPE_CHECKING:
    from app.cli.context import Context


def register(commands: _SubParsersAction[ArgumentParser]) -> None:
    top = commands.add_parser("metrics", help="reliability and speed of models and tools; no text is in them")
    top.add_argument("--days", type=int, metavar="N", help="of the last N days; otherwise of all that is kept")
    top.set_defaults(run=_metrics)


async def _metrics(given: Namespace, context: Context) -> int:
    async with context.desk() as desk:
        metrics = await desk.metrics(given.days)
    context.out.record(metrics.model_dump(mode="json"), lambda _row: _words(metrics))
    return 0


def _words(metrics: Metrics) -> str:
    if not metrics.events:
        return "Nothing has happened yet that could be measured."
    lines = [f"{_counted(metrics.events, 'event')} since {moment(metrics.first)}" if metrics.first else ""]
    for model in metrics.models:
        lines += ["", f"Model {_name(model)} · {_counted(model.turns, 'question')}", *_figures(model)]
    for tool in metrics.tools:
        lines += ["", f"Tool {tool.tool} · {_counted(tool.tool_call.count, 'call')}", *_figures(tool)]
    lines += ["", "All", *_figures(metrics)]
    return "\n".join(lines)


def _counted(count: int, one: str) -> str:
    return f"{count:,} {one}{'' if count == 1 else 's'}"


def _name(model: ModelMetrics) -> str:
    return model.name or model.model[:12] or "none: the question reached no model"


def _figures(figures: Structure | Metrics) -> list[str]:
    """A line for every figure that something was counted for."""
    fields = type(figures).model_fields
    values: list[tuple[str, str, Any]] = [
        (str(field.title), str(field.description), getattr(figures, name))
        for name, field in fields.items()
        if field.title
    ]
    return [
        f"  {title:<34} {words:<28} {description}" for title, description, value in values if (words := _value(value))
    ]


def _value(value: object) -> str:
    match value:
        case Rate(share=float(share)):
            return f"{share:.1%} ({value.count:,} of {value.of:,})"
        case Spread(p50=float(p50), p95=float(p95)):
            return f"{p50:.2f} s, p95 {p95:.2f} s ({value.count:,})"
        case tuple() if value:
            return ", ".join(f"{part.name} {part.count:,}" for part in value if isinstance(part, Part))
        case int() if value:
            return f"{value:,}"
        case _:
            return ""
