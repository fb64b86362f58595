"""Whether what was guessed of a turn while it was spoken was what the whole turn came to. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from studio.model.time import Duration
from studio.model.turn_events import IntentGuessed


@dataclass(frozen=True, slots=True)
class IntentScore:
    """The intent of a whole turn, and how good the guesses before it were."""

    intent: str
    confidence: float
    """0 to 1: of the whole turn."""
    guess: str | None
    """The last guess from words that were not yet whole; None where there was none."""
    ahead: Duration | None
    """How long before the turn was over it was first guessed right; None where it never was."""

    @property
    def right(self) -> bool | None:
        """Whether the last guess was it; None where nothing was guessed."""
        return None if self.guess is None else self.guess == self.intent


def score(guesses: Sequence[IntentGuessed]) -> IntentScore | None:
    """The score of a turn's guesses, in the order they were made; None while its words are not whole.

    A guess from the very words that were final is early, but cannot be wrong: it is timed and not counted.
    """
    final = next((place for place in reversed(range(len(guesses))) if guesses[place].final), None)
    if final is None:
        return None
    whole, earlier = guesses[final], [each for each in guesses[:final] if not each.final]
    first = next((each for each in earlier if each.intent == whole.intent), None)
    partial = [each for each in earlier if _letters(each.text) != _letters(whole.text)]
    return IntentScore(
        intent=whole.intent,
        confidence=whole.confidence,
        guess=partial[-1].intent if partial else None,
        ahead=Duration(whole.at - first.at) if first is not None else None,
    )


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))
