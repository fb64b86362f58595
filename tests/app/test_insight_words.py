import pytest

from studio.app.insight_words import insight_lines, intent_sentence, routing_sentence
from studio.model.report import IntentReport, RoutingReport, Tally
from studio.model.terms import Level
from studio.model.turn_events import IntentGuessed, Routed
from tests.model.test_measures import exchange


@pytest.mark.parametrize(
    ("reason", "words", "confidence", "told"),
    [
        (("asks to compare",), ("why", "loan"), 0.941, "asks to compare, “why”, “loan”; 94% sure"),
        ((), (), 0.4, "40% sure"),
        (("always",), (), 1.0, "the preset always says so"),
        (("intent",), ("complaint",), 0.8, "the preset says so for complaint; 80% sure"),
    ],
)
def test_a_model_answers_for_a_reason(
    reason: tuple[str, ...], words: tuple[str, ...], confidence: float, told: str
) -> None:
    routing = RoutingReport(
        level=Level.COMPLEX, model="a/large", reason=reason, words=words, confidence=confidence, took_ms=0.3
    )
    assert routing_sentence(routing) == f"a/large answers: complex ({told})"


@pytest.mark.parametrize(
    ("guess", "right", "ahead_ms", "told"),
    [
        ("change", True, 420.4, ", guessed right 420 ms ahead"),
        ("booking", False, None, ", guessed wrong: booking"),
        ("booking", False, 900.0, ", guessed wrong: booking"),
        (None, None, 80.0, ", known 80 ms ahead"),
        (None, None, None, ""),
    ],
)
def test_an_intent_is_told_with_how_soon_it_was_known(
    guess: str | None, right: bool | None, ahead_ms: float | None, told: str
) -> None:
    intent = IntentReport(name="change", confidence=0.972, guess=guess, right=right, ahead_ms=ahead_ms)
    assert intent_sentence(intent) == f"intent: change (97% sure){told}"


def test_of_a_turn_what_is_known_is_told() -> None:
    tally = Tally()
    events = exchange()
    for event in events:
        tally.on_event(event)
    plain = tally.turn_report(0)
    assert plain is not None
    assert list(insight_lines(plain)) == []
    at = events[-1].at
    tally.on_event(Routed(at, 0, Level.SIMPLE, "a/small", ("few words",), (), 0.9, 0.2))
    tally.on_event(IntentGuessed(at, 0, "greeting", 0.9, "hello", True, 0.2))
    told = tally.turn_report(0)
    assert told is not None
    assert [line.partition(":")[0] for line in insight_lines(told)] == ["a/small answers", "intent"]
    assert tally.turn_report(7) is None
