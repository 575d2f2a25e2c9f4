"""Rates and times of a period, each with what it is counted against. No text of anybody is in them.

Titles and descriptions of the fields are what the command line and the window show: one wording for both.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from pydantic import Field, computed_field

from app.domain.base import Frozen


class Rate(Frozen):
    """``count`` of ``of``; there is no share of nothing."""

    count: int = 0
    of: int = 0

    @computed_field  # type: ignore[prop-decorator]
    @property
    def share(self) -> float | None:
        return round(self.count / self.of, 4) if self.of else None


class Spread(Frozen):
    """Seconds of ``count`` measurements by nearest rank; all None of nothing."""

    count: int = 0
    p50: float | None = None
    p95: float | None = None
    longest: float | None = None

    @classmethod
    def of(cls, seconds: Iterable[float]) -> Spread:
        ordered = sorted(seconds)
        if not ordered:
            return cls()

        def rank(share: float) -> float:
            return round(ordered[max(0, -int(-share * len(ordered) // 1) - 1)], 4)

        return cls(count=len(ordered), p50=rank(0.5), p95=rank(0.95), longest=round(ordered[-1], 4))


class Part(Frozen):
    """One of several kinds of the same thing: a field, a reason, a code."""

    name: str
    count: int


def _rate(title: str, description: str) -> Rate:
    made: Rate = Field(default=Rate(), title=title, description=description)
    return made


def _spread(title: str, description: str) -> Spread:
    made: Spread = Field(default=Spread(), title=title, description=description)
    return made


def _parts(title: str, description: str) -> tuple[Part, ...]:
    made: tuple[Part, ...] = Field(default=(), title=title, description=description)
    return made


class Structure(Frozen):
    """How well what was written as structure could be used."""

    parse_success: Rate = _rate("Parsed", "arguments that were one JSON object, of calls written")
    call_valid: Rate = _rate("Valid", "calls whose arguments passed their schema, of calls written")
    validation_error: Rate = _rate("Invalid", "calls whose arguments broke their schema, of calls written")
    field_missing: tuple[Part, ...] = _parts("Missing fields", "calls, by the field that was missing")
    enum_invalid: tuple[Part, ...] = _parts("Values outside a list", "calls, by the field that held one")
    normalised: Rate = _rate("Normalised", "calls whose arguments were brought into canonical form, of calls written")
    normalisation: tuple[Part, ...] = _parts("Normalised fields", "calls, by rule and field")
    repair: Rate = _rate(
        "Repaired", "calls and answers that needed a fix or a second question, of calls and answers written"
    )
    repair_success: Rate = _rate("Repairs that worked", "repairs whose outcome was valid, of repairs tried")
    reasked: Rate = _rate(
        "Asked again", "calls and answers that needed a second question, of calls and answers written"
    )
    deprecated_field: Rate = _rate("Deprecated fields", "calls that used one, of calls written")
    other_chosen: Rate = _rate("Chose “other”", "calls that took the way out of a list, of calls written")


class Calling(Structure):
    """How calls went, of one tool or of one model."""

    tool_success: Rate = _rate("Succeeded", "calls that gave a result, of calls that ran")
    downstream_failure: Rate = _rate("Failed though valid", "valid calls that failed while running, of calls that ran")
    timeout: Rate = _rate("Timed out", "calls stopped for taking too long, of calls that ran")
    retry: Rate = _rate("Retried", "calls made again after the tool had failed in the same question, of calls written")
    duplicate: Rate = _rate("Duplicates", "calls made twice and not done again, of calls written")
    escalation: Rate = _rate("Asked you", "calls about which a person was asked, of calls written")
    denied: Rate = _rate("Denied", "questions answered no, closed or with nobody there, of questions asked")
    refused: Rate = _rate("Refused", "calls outside the scope or over a limit, of calls written")
    redacted: Rate = _rate("Secrets taken out", "results from which a secret was taken, of calls that ran")
    model_seconds: Spread = _spread("Written in", "from the first word of a call to its last")
    tool_seconds: Spread = _spread("Ran for", "of calls that ran")


class ToolMetrics(Calling):
    """One tool over the period. ``tool`` is ``unknown`` for names that are no tool of ours."""

    tool: str
    versions: tuple[int, ...] = ()
    tool_call: Rate = _rate("Share of calls", "calls of this tool, of calls of all tools")
    errors: tuple[Part, ...] = _parts("Errors", "calls, by the code of their error")
    total_seconds: Spread = _spread("In all", "from the first word of the call to its result, waiting for you included")


class ModelMetrics(Calling):
    """One model over the period. ``model`` is its SHA-256, empty for questions that never reached one."""

    model: str
    name: str = ""
    turns: int = 0
    answered: Rate = _rate("Answered", "questions answered, of questions asked")
    abstained: Rate = _rate("Your documents do not say", "questions so answered, of questions asked of documents")
    stopped: Rate = _rate("Stopped", "answers stopped by you, of questions asked")
    failed: Rate = _rate("Failed", "questions that ended in an error, of questions asked")
    asked_back: Rate = _rate("Asked back", "questions answered with a question, of questions asked")
    quotes_verified: Rate = _rate("Quotes word for word", "quotes found in their source, of quotes kept")
    supported: Rate = _rate("Sentences supported", "sentences that a verified quote bears, of sentences answered")
    fully_supported: Rate = _rate("Answers supported", "answers whose every sentence is, of answers from documents")
    tool_call: Rate = _rate("Called a tool", "questions in which a tool was called, of questions asked")
    structured: Rate = _rate("Structured answers valid", "answers valid under their schema, of structured answers")
    cached: Rate = _rate("Prompt reused", "tokens of the prompt read before, of tokens of prompts")
    loads: Rate = _rate("Loaded", "loads that succeeded, of loads tried")
    errors: tuple[Part, ...] = _parts("Errors", "questions, by the code of their error")
    prompt_tokens: int = 0
    completion_tokens: int = 0
    first_token_seconds: Spread = _spread("First word after", "of answers that began")
    total_seconds: Spread = _spread("Whole answer after", "of all questions, stopped and failed ones included")
    load_seconds: Spread = _spread("Loaded in", "of loads that succeeded")


class Metrics(Frozen):
    """Everything measured from ``since`` on.

    Attributes:
        since: the beginning asked for; None is all that is kept. first: the oldest event there is for it.
    """

    since: datetime | None = None
    first: datetime | None = None
    events: int = 0
    interrupted: int = Field(
        default=0, title="Answers interrupted", description="begun and never ended, because Carrel ended first"
    )
    lost: int = Field(default=0, title="Not written down", description="events lost, on a full disk for example")
    models: tuple[ModelMetrics, ...] = ()
    tools: tuple[ToolMetrics, ...] = ()
    children: tuple[Part, ...] = _parts("Confined processes that ended badly", "by role and reason")
    permissions: tuple[Part, ...] = _parts("Questions to you", "by answer")
    admissions: tuple[Part, ...] = _parts("Model files", "judged, by outcome")
    connections: Rate = _rate("Connections", "allowed by you, of those asked about")
    readings: tuple[Part, ...] = _parts("Files read", "by outcome")
    deleted: int = Field(default=0, title="Documents deleted", description="taken out of every store")
