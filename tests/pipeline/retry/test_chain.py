import pytest

from studio.model.errors import ErrorCategory, ProviderError
from studio.model.provider_events import FellBack, Retried
from studio.pipeline.retry.chain import PASSING, Chain
from tests.pipeline.retry.calls import failure, with_chain


async def attempt(chain: Chain[str], *errors: ProviderError) -> list[str]:
    """Who is asked after each of these failures."""
    attempts = chain.attempts()
    asked = [chain.engine]
    for error in errors:
        await attempts.after(error)
        asked.append(chain.engine)
    return asked


def test_what_may_pass_is_tried_three_times_with_growing_waits_and_then_the_next_one_is_asked() -> None:
    asked, reader, took_s = with_chain(["a", "b"], lambda chain: attempt(chain, failure(), failure(), failure()))
    assert asked == ["a", "a", "a", "b"]
    assert [event.wait_ms for event in reader.of(Retried)] == [250, 500]
    [fell] = reader.of(FellBack)
    assert (fell.provider, fell.to, fell.reason) == ("vendor/0", "vendor/1", "It failed.")
    assert took_s == 0.75


@pytest.mark.parametrize("category", sorted(set(ErrorCategory) - PASSING))
def test_what_will_not_pass_is_not_tried_again(category: ErrorCategory) -> None:
    asked, reader, took_s = with_chain(["a", "b"], lambda chain: attempt(chain, failure(category)))
    assert (asked, reader.of(Retried), took_s) == (["a", "b"], [], 0)


@pytest.mark.parametrize(
    ("engines", "retry_after_s", "asked", "took_s"),
    [
        (["a"], 2.0, ["a", "a"], 2.0),
        (["a", "b"], 0.8, ["a", "a"], 0.8),
        (["a", "b"], 2.0, ["a", "b"], 0.0),
    ],
    ids=["nobody else: as long as asked", "a short wait", "a long one, and another is there"],
)
def test_a_wait_that_the_vendor_asks_for_is_kept(
    engines: list[str], retry_after_s: float, asked: list[str], took_s: float
) -> None:
    error = failure(ErrorCategory.RATE_LIMIT, retry_after_s)
    found, _, took = with_chain(engines, lambda chain: attempt(chain, error))
    assert (found, took) == (asked, took_s)


def test_no_vendor_is_called_before_the_time_it_asked_for_has_come() -> None:
    """A wait beyond the budget is not cut short: the failure is told at once."""
    error = failure(ErrorCategory.RATE_LIMIT, 30)
    with pytest.raises(ProviderError, match="It failed"):
        with_chain(["a"], lambda chain: attempt(chain, error))


def test_where_nobody_is_left_the_last_failure_is_told() -> None:
    last = failure(ErrorCategory.QUOTA)
    with pytest.raises(ProviderError) as caught:
        with_chain(["a", "b"], lambda chain: attempt(chain, failure(ErrorCategory.AUTHENTICATION), last))
    assert caught.value is last


def test_whoever_has_taken_over_stays() -> None:
    async def two_requests(chain: Chain[str]) -> str:
        await attempt(chain, failure(ErrorCategory.AUTHENTICATION))
        chain.attempts()
        return f"{chain.engine} {chain.use} {chain.first} {chain.has_next}"

    assert with_chain(["a", "b"], two_requests)[0] == "b vendor/1 a False"
