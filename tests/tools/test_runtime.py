import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from app.domain.documents import Label, Passage, Source, Span
from app.domain.tool import ErrorType, Grant, ToolOutcome
from app.kernel.errors import Known
from app.sandbox.nursery import Nursery
from app.tools.registry import Registry
from app.tools.runtime import ToolRuntime


def passage(text: str, page: int | None = 3) -> Passage:
    return Passage(
        chunk="c1",
        source="s1",
        collection="k",
        path="/papers/handbook.pdf",
        title="Handbook",
        page=page,
        span=Span(0, len(text)),
        text=text,
        label=Label.INTERNAL,
        score=1.0,
    )


def in_runtime(job: Callable[[ToolRuntime, Registry], Awaitable[ToolOutcome]]) -> ToolOutcome:
    async def main() -> ToolOutcome:
        launcher = Nursery()
        registry = Registry.shipped()
        try:
            return await job(ToolRuntime(launcher, registry), registry)
        finally:
            await launcher.close()

    return asyncio.run(main())


GRANT = Grant(tools=("calculate", "search_documents"), collections=("k",))
Search = Callable[[str, int], Awaitable[tuple[Passage, ...]]]


class Found:
    """Documents that can be searched only, by one function."""

    def __init__(self, search: Search) -> None:
        self._search = search

    async def search(self, query: str, most: int) -> tuple[Passage, ...]:
        return await self._search(query, most)

    async def list(self, contains: str, most: int) -> tuple[tuple[Source, ...], int]:
        return (), 0

    async def read(self, source: str) -> tuple[Source, str]:
        raise Known("carrel.source.missing", "Carrel does not know this document.", "List them.")


def run(name: str, arguments: dict[str, Any], search: Search | None = None) -> ToolOutcome:
    documents = Found(search) if search else None
    return in_runtime(lambda runtime, registry: runtime.run(registry.spec(name), arguments, GRANT, documents=documents))


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


def test_a_tool_that_takes_too_long_is_stopped() -> None:
    async def job(runtime: ToolRuntime, registry: Registry) -> ToolOutcome:
        async def search(_query: str, _most: int) -> tuple[Passage, ...]:
            await asyncio.Event().wait()
            return ()

        spec = registry.spec("search_documents").model_copy(update={"timeout_seconds": 0.05})
        return await runtime.run(spec, {"query": "x"}, GRANT, documents=Found(search))

    error = in_runtime(job).error
    assert error is not None
    assert (error.error_type, error.retryable) == (ErrorType.TIMEOUT, True)
    assert error.user_message == "Search documents was stopped after 0.05 s."


def test_search_answers_through_its_port_and_is_trimmed() -> None:
    asked: list[tuple[str, int]] = []

    async def search(query: str, most: int) -> tuple[Passage, ...]:
        asked.append((query, most))
        return (passage("x" * 5_000), passage("The fee is 5 euros.", page=None))

    outcome = run("search_documents", {"query": " fees ", "most_passages": 2}, search=search)
    assert asked == [("fees", 2)]
    assert outcome.result is not None
    long, short = outcome.result["passages"]
    assert len(long["text"]) == 2_000
    assert long["page"] == 4
    assert short == {"chunk": "c1", "title": "Handbook", "page": None, "text": "The fee is 5 euros."}


def test_search_without_documents_is_refused() -> None:
    error = run("search_documents", {"query": "x"}).error
    assert error is not None
    assert error.error_code == "carrel.tool.scope"


def test_a_failing_port_says_its_own_sentence() -> None:
    async def search(_query: str, _most: int) -> tuple[Passage, ...]:
        raise Known("carrel.index.gone", "The index is being rebuilt.", "Try again in a minute.")

    error = run("search_documents", {"query": "x"}, search=search).error
    assert error is not None
    assert (error.error_code, error.hints) == ("carrel.index.gone", ("Try again in a minute.",))


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
