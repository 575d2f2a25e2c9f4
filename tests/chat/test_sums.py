"""Which calculations of a turn prove anything: those that were worked out, from figures of the question and of quotes."""

from app.chat import sums
from app.chat.calls import Calls
from app.chat.citations import Shown, Written, check_quotes
from app.domain.messages import Quote, ToolCall
from app.domain.tool import ErrorType, ToolError
from tests.chat.transcript import HANDBOOK, found

QUESTION = "What do 3 members pay?"
SUM = ToolCall(id="c1", tool="calculate", version=1, arguments={"expression": "250 * 3"}, result={"value": "750"})
FAILED = ToolError(
    error_type=ErrorType.INTERNAL, error_code="carrel.tool.failed", retryable=False, user_message="It failed."
)


def results(call: ToolCall, *quotes: Quote) -> tuple[str, ...]:
    return sums.results(Calls((), ended=[call]), QUESTION, quotes)


def quoted(text: str) -> Quote:
    one = found(HANDBOOK)
    (quote,) = check_quotes([Written(0, text)], (Shown(one, one.units()),))
    return quote


def test_a_sum_over_the_question_and_a_verified_quote_counts() -> None:
    assert results(SUM, quoted("The fee is 250 euros.")) == ("{'value': '750'}",)


def test_a_sum_over_a_quote_that_was_not_found_proves_nothing() -> None:
    assert results(SUM, quoted("fee is 250 euros.")) == ()


def test_a_sum_that_failed_proves_nothing() -> None:
    assert results(SUM.model_copy(update={"error": FAILED}), quoted("The fee is 250 euros.")) == ()
