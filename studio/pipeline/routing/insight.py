"""What is made of the user's words before they are answered: what is wanted, and which model answers.

Must not know when words come, nor what is done with an answer.
"""

from studio.model.events import TurnCommitted
from studio.model.preset import Preset
from studio.pipeline.bus import Bus
from studio.pipeline.clock import Clock
from studio.pipeline.floor import VendorResume
from studio.pipeline.ports import Parts
from studio.pipeline.retry.llm import RetryingLlm
from studio.pipeline.routing.intent_guesser import IntentGuesser
from studio.pipeline.routing.model_choice import model_choice
from studio.pipeline.stages.transcribe import Words


class Insight:
    """One call's intents and models."""

    def __init__(self, parts: Parts, preset: Preset, clock: Clock, bus: Bus) -> None:
        self._models = model_choice(parts, preset, clock, bus)
        self._intents = IntentGuesser(parts.classifiers, preset.intent, clock, bus)
        self._turn = 0
        self.usual = self._models.usual
        """The preset's `[llm]`, which says what no user asked for."""
        self.filler = self._intents.filler
        """From a turn to what is said while a tool works for it; empty: nothing of its own."""

    def heard(self, turn: int, words: Words) -> None:
        """Words of a turn up to now; told before anything is decided by them."""
        self._turn = turn
        if not isinstance(words, VendorResume):
            self._intents.heard(turn, words.text)

    def likely(self, text: str) -> RetryingLlm:
        """Who would answer these words, which were just heard and may go on; says nothing."""
        return self._models.likely(text, self._intents.sure(self._turn))

    def choose(self, turn: int, text: str) -> RetryingLlm:
        """Who answers these words, which is told."""
        return self._models.choose(turn, text, self._intents.sure(turn))

    def committed(self, turn: TurnCommitted) -> RetryingLlm:
        """The turn is over: earlier guesses are scored. Who answers it."""
        self._intents.committed(turn.turn, turn.text)
        return self.choose(turn.turn, turn.text)
