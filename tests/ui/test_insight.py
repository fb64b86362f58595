from collections.abc import Iterator
from dataclasses import replace

import pytest

from studio.model.intent_score import IntentScore
from studio.model.measures import Turn, turns
from studio.model.terms import Intent, Level
from studio.model.time import Duration, Instant, milliseconds
from studio.model.turn_events import IntentGuessed, Routed
from studio.pipeline.routing.router import REASONS
from studio.ui import insight
from studio.ui.language import Language, Translation
from tests.model.test_measures import exchange

GUESS = IntentGuessed(Instant(0), 0, "change", 0.971, "cancel it", False, 0.1)
ROUTED = Routed(Instant(0), 0, Level.COMPLEX, "acme/large", ("asks to compare",), ("why",), 0.941, 0.1)


@pytest.fixture
def korean(translation: Translation) -> Iterator[None]:
    translation.speak(Language.KOREAN)
    yield
    translation.speak(Language.ENGLISH)


def of(intent: IntentScore | None, routed: Routed | None) -> Turn:
    return replace(turns(exchange())[0], intent=intent, routed=routed)


@pytest.mark.parametrize(
    ("intent", "routed", "told"),
    [
        (GUESS, None, "change 97%"),
        (None, ROUTED, "complex: asks to compare → large"),
        (GUESS, replace(ROUTED, model="acme"), "change 97%  ·  complex: asks to compare → acme"),
        (replace(GUESS, intent="loyalty-points"), None, "loyalty-points 97%"),
        (None, replace(ROUTED, reason=(), words=("loan",)), "complex: “loan” → large"),
        (None, replace(ROUTED, reason=(), words=()), "complex: 94% sure → large"),
        (None, None, ""),
    ],
)
def test_in_a_narrow_line_the_strongest_reason_is_told(
    intent: IntentGuessed | None, routed: Routed | None, told: str
) -> None:
    assert insight.brief(intent, routed) == told


@pytest.mark.parametrize(
    ("score", "told"),
    [
        (("change", 0.97, "change", 420), "Intent: change (97% sure), guessed right 420 ms before the turn was over"),
        (("deny", 0.6, "confirm", None), "Intent: no (60% sure), guessed wrong before: yes"),
        (("change", 0.97, None, 80), "Intent: change (97% sure), known 80 ms before the turn was over"),
        (("change", 0.97, None, None), "Intent: change (97% sure)"),
    ],
)
def test_an_intent_is_told_with_what_was_guessed(score: tuple[str, float, str | None, int | None], told: str) -> None:
    intent, confidence, guess, ahead = score
    turn = of(IntentScore(intent, confidence, guess, None if ahead is None else Duration(milliseconds(ahead))), None)
    assert list(insight.sentences(turn)) == [told]


@pytest.mark.parametrize(
    ("routed", "why"),
    [
        (ROUTED, "asks to compare, “why”, 94% sure"),
        (replace(ROUTED, reason=(), words=()), "94% sure"),
        (replace(ROUTED, reason=("always",), words=(), confidence=1.0), "the preset always says so"),
        (replace(ROUTED, reason=("intent",), words=("deny",)), "the preset says so for this intent: no, 94% sure"),
    ],
)
def test_a_model_is_told_with_its_reason(routed: Routed, why: str) -> None:
    assert list(insight.sentences(of(None, routed))) == [f"acme/large answers: complex ({why})"]


def test_of_a_turn_of_which_nothing_is_known_nothing_is_told() -> None:
    assert list(insight.sentences(of(None, None))) == []


@pytest.mark.usefixtures("korean")
def test_every_reason_intent_and_level_has_its_korean() -> None:
    for code in REASONS:
        assert insight.reason_name(code) != code, code
    for intent in Intent:
        assert insight.intent_name(intent) != intent
    for level in Level:
        assert insight.level_name(level) != level
    assert insight.reason_name("of another version") == "of another version"


@pytest.mark.usefixtures("korean")
def test_korean_sentences_have_everything_the_english_ones_have() -> None:
    score = IntentScore("change", 0.97, "change", Duration(milliseconds(420)))
    intent, routed = insight.sentences(of(score, ROUTED))
    assert "97%" in intent
    assert "420" in intent
    assert all(piece in routed for piece in ("acme/large", "“why”", "94%", insight.level_name(Level.COMPLEX)))
