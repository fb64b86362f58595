import pytest

from studio.pipeline.routing.intents import Intents
from tests.pipeline.routing.trained import TRAINED

OWN = {
    "loyalty": ["how many points do I have", "can I pay with my points", "do I get points for this"],
    "포인트": ["포인트 얼마 있어요", "포인트로 결제할 수 있나요", "제 포인트 언제 없어져요"],
}


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("I'd like to book a table for two", "booking"),
        ("please cancel my appointment", "change"),
        ("could you say that again", "repeat"),
        ("예약 취소해 주세요", "change"),
        ("네 맞아요", "confirm"),
        ("안녕하세요", "greeting"),
    ],
)
@pytest.mark.parametrize("own", [{}, OWN], ids=["usual", "own"])
def test_the_usual_intents(text: str, intent: str, own: dict[str, list[str]]) -> None:
    found, confidence = Intents(TRAINED, own).guess(text)
    assert found == intent
    assert confidence > 0.5


@pytest.mark.parametrize(
    ("text", "intent"), [("how many points are there", "loyalty"), ("포인트 쓸 수 있어요", "포인트")]
)
def test_a_presets_own_intents_are_found_by_likeness(text: str, intent: str) -> None:
    found, confidence = Intents(TRAINED, OWN).guess(text)
    assert found == intent
    assert 0.5 < confidence <= 1


def test_words_of_which_nothing_is_known_are_guessed_without_confidence() -> None:
    assert Intents(TRAINED, OWN).guess("")[1] < 0.3
