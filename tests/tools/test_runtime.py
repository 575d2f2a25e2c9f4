import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.documents.chunking import Cut
from app.documents.store import missing
from app.domain.documents import Outcome, Parsed, Span
from app.domain.tool import ErrorType, Grant, ToolOutcome
from app.sandbox.nursery import Nursery
from app.services.retrieval import Retrieval
from app.services.tool_documents import ScopedDocuments
from app.tools.registry import Registry
from app.tools.runtime import ToolRuntime
from tests.documents.conftest import open_desk


def in_runtime(job: Callable[[ToolRuntime, Registry], Awaitable[ToolOutcome]]) -> ToolOutcome:
    async def main() -> ToolOutcome:
        launcher = Nursery()
        registry = Registry.shipped()
        try:
            return await job(ToolRuntime(launcher, registry), registry)
        finally:
            await launcher.close()

    return asyncio.run(main())


GRANT = Grant(tools=("calculate", "search_documents", "read_document"), collections=("k",))
LONG = "The garden opens at noon. " * 200


def run(name: str, arguments: dict[str, Any]) -> ToolOutcome:
    return in_runtime(lambda runtime, registry: runtime.run(registry.spec(name), arguments, GRANT))


def run_over_papers(
    folder: Path, name: str, arguments: dict[str, Any], timeout_seconds: float | None = None
) -> ToolOutcome:
    """Call a tool over a collection of two files; the passage of the first is longer than a model is shown."""
    garden, fees = folder / "Garden.txt", folder / "Fees.txt"
    garden.write_text("The garden opens at noon.")
    fees.write_text("The fee is 5 euros.")

    async def job(runtime: ToolRuntime, registry: Registry) -> ToolOutcome:
        async with open_desk(folder / "home") as desk:
            await desk.add(garden, fees)
            kept = await desk.store.kept(desk.collection.id, str(garden))
            assert kept is not None
            cut = Cut(Span(0, len(LONG)), LONG, 3, (), "")
            parsed = Parsed(outcome=Outcome.INDEXED, reason="", title="", text=LONG, pages=4)
            vectors = await desk.rooms.embedder.embed([LONG])
            written = await desk.store.put(kept.source, kept.versions, parsed, [cut], vectors)
            await desk.index.upsert(np.array(written.added, np.int64), vectors)
            documents = ScopedDocuments(Retrieval(desk.search, desk.store), desk.store, (desk.collection.id,))
            spec = registry.spec(name)
            if timeout_seconds is not None:
                spec = spec.model_copy(update={"timeout_seconds": timeout_seconds})
            return await runtime.run(spec, arguments, GRANT, documents=documents)

    return in_runtime(job)


def test_calculate_runs_in_its_child() -> None:
    outcome = run("calculate", {"expression": "0.1 + 0.2"})
    assert outcome.error is None
    assert outcome.result == {"expression": "0.1 + 0.2", "value": "0.3", "exact": True}
    assert outcome.seconds > 0


def test_what_cannot_be_worked_out_is_an_error_the_model_can_use() -> None:
    error = run("calculate", {"expression": "1 / 0"}).error
    assert error is not None
    assert (error.error_type, error.error_code, error.retryable) == (
        ErrorType.VALIDATION,
        "carrel.tool.unworkable",
        True,
    )
    assert error.user_message == "The expression divides by zero."


def test_invalid_arguments_start_no_child() -> None:
    error = run("calculate", {"formula": "1"}).error
    assert error is not None
    assert error.error_code in {"carrel.tool.field_unknown", "carrel.tool.field_missing"}


def test_an_expression_is_digits_and_signs_not_words() -> None:
    for written in ("3 * 250 euros", "1 = 1", "__import__('os')"):
        error = run("calculate", {"expression": written}).error
        assert error is not None
        assert error.error_code == "carrel.tool.value_invalid"
    assert run("calculate", {"expression": "15% of 200"}).result["value"] == "30"  # type: ignore[index]


def test_a_tool_that_takes_too_long_is_stopped(tmp_path: Path) -> None:
    error = run_over_papers(tmp_path, "search_documents", {"query": "fee"}, timeout_seconds=1e-6).error
    assert error is not None
    assert (error.error_type, error.retryable) == (ErrorType.TIMEOUT, True)
    assert error.user_message.startswith("Search documents was stopped after ")


def test_search_answers_through_its_port_and_is_trimmed(tmp_path: Path) -> None:
    outcome = run_over_papers(tmp_path, "search_documents", {"query": " garden ", "most_passages": 1})
    assert outcome.result is not None
    (long,) = outcome.result["passages"]
    assert (long["title"], long["page"], long["text"]) == ("Garden", 4, LONG[:2_000])
    outcome = run_over_papers(tmp_path, "search_documents", {"query": "fee", "most_passages": 1})
    assert outcome.result is not None
    (short,) = outcome.result["passages"]
    assert (short["title"], short["page"], short["text"]) == ("Fees", None, "The fee is 5 euros.")


def test_search_without_documents_is_refused() -> None:
    error = run("search_documents", {"query": "x"}).error
    assert error is not None
    assert error.error_code == "carrel.tool.scope"


def test_a_failing_port_says_its_own_sentence(tmp_path: Path) -> None:
    error = run_over_papers(tmp_path, "read_document", {"document": "0" * 32}).error
    assert error is not None
    assert (error.error_code, error.hints) == (missing().code, (missing().hint,))


def test_cancelling_a_call_ends_its_child() -> None:
    async def main() -> int:
        launcher = Nursery()
        registry = Registry.shipped()
        call = asyncio.ensure_future(
            ToolRuntime(launcher, registry).run(registry.spec("calculate"), {"expression": "1"}, GRANT)
        )
        await asyncio.sleep(0)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await launcher.close()
        return sum(child.alive for child in launcher._children)

    assert asyncio.run(main()) == 0
