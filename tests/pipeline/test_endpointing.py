import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.model.preset import TurnTaking, at_eagerness
from studio.model.time import NS_PER_MS
from studio.pipeline.endpointing import Evidence, endpoint

TIMERS = TurnTaking()
probabilities = st.floats(0, 1)
eagerness = st.floats(0, 1)
texts = st.sampled_from(["", "words", "and", "um", "Thanks.", "My number is one", "Really?"])
known = st.builds(Evidence, probabilities, texts, st.booleans(), st.integers(0, 2 * 10**9))


def wait_ms(known: Evidence, timers: TurnTaking = TIMERS) -> float:
    return endpoint(known, timers).wait_ns / NS_PER_MS


def test_a_sure_end_needs_the_least_silence_and_an_unknown_one_the_most() -> None:
    assert wait_ms(Evidence(0.95, "What is it")) == 160
    assert wait_ms(Evidence(0.5, "we go home")) == 160
    assert wait_ms(Evidence(None, "What is it?")) == 1200
    assert 1100 < wait_ms(Evidence(0.0, "I would like a table for")) < 1200
    assert 700 < wait_ms(Evidence(0.0, "we go home")) < 800  # a detector's no is no surer than its yes
    assert 400 < wait_ms(Evidence(0.25, "we go home")) < 480  # the geometric mean


@pytest.mark.parametrize(
    ("text", "least_ms", "reason"),
    [
        ("I would like a table for", 700, "unfinished words"),
        ("My number is one zero", 700, "unfinished words"),
        ("I would like, um", 900, "unfinished words"),
        ("예약하고 싶은데", 700, "unfinished words"),
        ("두 명", 160, "sure"),  # without a verb's ending there may be more, but need not be
        ("I would like a table", 160, "sure"),
    ],
)
def test_words_that_are_clearly_unfinished_outweigh_the_surest_detector(text: str, least_ms: int, reason: str) -> None:
    fits = endpoint(Evidence(1.0, text), TIMERS)
    assert fits.reason == reason
    assert least_ms * NS_PER_MS <= fits.wait_ns < (least_ms + 100) * NS_PER_MS


def test_words_that_are_complete_shorten_the_wait() -> None:
    assert wait_ms(Evidence(0.3, "Really?")) < wait_ms(Evidence(0.3, "we go home"))


def test_who_pauses_long_is_given_as_long_unless_the_end_is_beyond_doubt() -> None:
    slow = Evidence(0.6, "we go home", pace_ns=500 * NS_PER_MS)
    assert (endpoint(slow, TIMERS).reason, wait_ms(slow)) == ("slow speaker", 600)
    assert wait_ms(Evidence(0.95, "we go home", pace_ns=500 * NS_PER_MS)) == 160
    assert wait_ms(slow, TIMERS.model_copy(update={"learn_pace": False})) == 160


@given(known, eagerness)
def test_no_wait_is_outside_of_the_two_timers(known: Evidence, eager: float) -> None:
    timers = TurnTaking(eagerness=eager)
    assert timers.silence_ms <= round(wait_ms(known, timers), 3) <= timers.patience_ms


@given(known, probabilities)
def test_the_surer_the_shorter(known: Evidence, other: float) -> None:
    surer = Evidence(max(known.detector or 0, other), known.text, known.vendor_eager, known.pace_ns)
    assert wait_ms(surer) <= wait_ms(known)


@given(known, eagerness, eagerness)
def test_the_more_eager_the_shorter(known: Evidence, one: float, other: float) -> None:
    eager, patient = TurnTaking(eagerness=max(one, other)), TurnTaking(eagerness=min(one, other))
    assert wait_ms(known, eager) <= wait_ms(known, patient) + 1


def test_the_middle_of_the_slider_is_the_default_and_what_is_written_beside_it_stays() -> None:
    assert TurnTaking(eagerness=0.5) == TurnTaking()
    assert TurnTaking.model_validate(at_eagerness(0.5)) == TurnTaking()
    chosen = TurnTaking.model_validate({"eagerness": 1, "silence_ms": 300})
    assert (chosen.silence_ms, chosen.patience_ms) == (300, 600)
    assert TurnTaking.model_validate(chosen.model_dump()) == chosen
