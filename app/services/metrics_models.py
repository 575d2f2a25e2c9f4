"""What is measured of each model."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from app.domain.audit import CallRecord, ModelRecord, RepairRecord, StructureRecord, TurnRecord
from app.domain.messages import AnswerState
from app.domain.metrics import ModelMetrics, Rate
from app.services.metrics_calls import called
from app.services.metrics_structure import parts, spread, structured

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass
class _Of:
    """The events of one model."""

    turns: list[TurnRecord] = field(default_factory=list)
    calls: list[CallRecord] = field(default_factory=list)
    repairs: list[RepairRecord] = field(default_factory=list)
    structures: list[StructureRecord] = field(default_factory=list)
    loads: list[ModelRecord] = field(default_factory=list)


def model_metrics(
    turns: Sequence[TurnRecord],
    calls: Sequence[CallRecord],
    repairs: Sequence[RepairRecord],
    structures: Sequence[StructureRecord],
    loads: Sequence[ModelRecord],
    names: Mapping[str, str],
) -> tuple[ModelMetrics, ...]:
    """One for each model that did something, the most asked first.

    A call belongs to the model that answered its question; calls that no question led to are no model's.
    """
    rows: dict[str, _Of] = defaultdict(_Of)
    asked = {turn.exchange: turn.model for turn in turns}
    for turn in turns:
        rows[turn.model].turns.append(turn)
    for call in calls:
        if call.exchange in asked:
            rows[asked[call.exchange]].calls.append(call)
    for repair in repairs:
        rows[repair.model or asked.get(repair.exchange, "")].repairs.append(repair)
    for structure in structures:
        rows[structure.model].structures.append(structure)
    for load in loads:
        rows[load.model].loads.append(load)
    made = [_one(model, row, names.get(model, "")) for model, row in rows.items()]
    return tuple(sorted(made, key=lambda row: (-row.turns, row.name, row.model)))


def _one(model: str, of: _Of, name: str) -> ModelMetrics:
    turns = of.turns
    done = [turn for turn in turns if turn.state is AnswerState.DONE and not turn.asked_back]
    cited = [turn for turn in done if turn.documents]
    loaded = [load for load in of.loads if not load.code]

    def ended(state: AnswerState) -> Rate:
        return Rate(count=sum(turn.state is state for turn in turns), of=len(turns))

    return ModelMetrics(
        model=model,
        name=name,
        turns=len(turns),
        answered=Rate(count=len(done), of=len(turns)),
        abstained=Rate(
            count=sum(turn.state is AnswerState.ABSTAINED for turn in turns if turn.documents),
            of=sum(turn.documents for turn in turns),
        ),
        stopped=ended(AnswerState.STOPPED),
        failed=ended(AnswerState.FAILED),
        asked_back=Rate(count=sum(turn.asked_back for turn in turns), of=len(turns)),
        quotes_verified=Rate(count=sum(turn.verified for turn in done), of=sum(turn.quotes for turn in done)),
        supported=Rate(count=sum(turn.supported for turn in cited), of=sum(turn.sentences for turn in cited)),
        fully_supported=Rate(
            count=sum(bool(turn.sentences) and turn.supported == turn.sentences for turn in cited), of=len(cited)
        ),
        tool_call=Rate(count=sum(bool(turn.calls) for turn in turns), of=len(turns)),
        structured=Rate(count=sum(one.valid for one in of.structures), of=len(of.structures)),
        cached=Rate(count=sum(turn.cached_tokens for turn in turns), of=sum(turn.prompt_tokens for turn in turns)),
        loads=Rate(count=len(loaded), of=len(of.loads)),
        errors=parts(turn.error_code for turn in turns if turn.error_code),
        prompt_tokens=sum(turn.prompt_tokens for turn in turns) + sum(one.prompt_tokens for one in of.structures),
        completion_tokens=sum(turn.completion_tokens for turn in turns)
        + sum(one.completion_tokens for one in of.structures),
        first_token_seconds=spread(turn.first_token_seconds for turn in turns),
        total_seconds=spread(turn.total_seconds for turn in turns),
        load_seconds=spread(load.seconds for load in loaded),
        **called(of.calls),
        **structured(of.calls, of.repairs, len(of.structures)),
    )
