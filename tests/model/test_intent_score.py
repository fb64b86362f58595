from dataclasses import replace

import pytest

from studio.model.intent_score import score
from studio.model.time import Instant
from studio.model.turn_events import IntentGuessed


def guesses(*told: tuple[int, str, bool]) -> list[IntentGuessed]:
    return [
        IntentGuessed(Instant(at), 3, intent, 0.8, "A table!" if final else "a", final, 0.1)
        for at, intent, final in told
    ]


@pytest.mark.parametrize(
    ("told", "guess", "right", "ahead"),
    [
        ([(90, "booking", True)], None, None, None),
        ([(10, "booking", False), (90, "booking", True)], "booking", True, 80),
        ([(10, "question", False), (40, "booking", False), (90, "booking", True)], "booking", True, 50),
        ([(10, "question", False), (90, "booking", True)], "question", False, None),
        ([(10, "booking", False), (40, "question", False), (90, "booking", True)], "question", False, 80),
    ],
)
def test_the_last_guess_is_scored_and_the_first_right_one_timed(
    told: list[tuple[int, str, bool]], guess: str | None, right: bool | None, ahead: int | None
) -> None:
    found = score(guesses(*told))
    assert found is not None
    assert (found.intent, found.guess, found.right, found.ahead) == ("booking", guess, right, ahead)


def test_while_the_words_are_not_whole_there_is_no_score() -> None:
    assert score([]) is None
    assert score(guesses((10, "booking", False))) is None


def test_a_turn_that_went_on_is_scored_by_its_last_words() -> None:
    found = score(guesses((10, "deny", False), (20, "deny", True), (30, "change", False), (40, "change", True)))
    assert found is not None
    assert (found.intent, found.guess, found.ahead) == ("change", "change", 10)


def test_a_guess_from_the_final_words_is_early_but_cannot_be_wrong() -> None:
    partial, whole = guesses((10, "question", False), (90, "booking", True))
    same = replace(whole, at=Instant(40), text="a table", final=False)
    found = score([partial, same, whole])
    assert found is not None
    assert (found.guess, found.right, found.ahead) == ("question", False, 50)
    alone = score([same, whole])
    assert alone is not None
    assert (alone.right, alone.ahead) == (None, 50)
