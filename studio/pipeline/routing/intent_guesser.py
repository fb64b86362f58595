"""Guesses the intent of a turn while its words still come, and judges it when they are all there.

It takes a fraction of a millisecond, so it is done where the words arrive: a thread would cost more than it saves.
Must not know what is made of a guess.
"""

import time

from studio.model.intent_settings import IntentSettings
from studio.model.turn_events import IntentGuessed
from studio.pipeline.bus import Bus
from studio.pipeline.clock import Clock
from studio.pipeline.routing.classifier import Classifiers
from studio.pipeline.routing.intents import Intents
from studio.pipeline.routing.router import took_ms

_NOTABLE = 0.1
"""A change of confidence that is worth an event."""
_SURE = 0.5
"""Confidence from which something is said or decided because of a guess."""


class IntentGuesser:
    """One call's guesses."""

    def __init__(self, classifiers: Classifiers | None, settings: IntentSettings, clock: Clock, bus: Bus) -> None:
        """Without classifiers, or where the preset wants none, nothing is guessed."""
        own = {each.name: each.examples for each in settings.own}
        self._intents = Intents(classifiers, own) if classifiers is not None and settings.enabled else None
        self._fillers = dict(settings.fillers)
        self._clock = clock
        self._bus = bus
        self._last: IntentGuessed | None = None

    @property
    def last(self) -> IntentGuessed | None:
        """The latest guess, of the latest turn."""
        return self._last

    def heard(self, turn: int, text: str) -> None:
        """The words of a turn up to now, final or not; a guess is told if it changed notably."""
        if text:
            self._guess(turn, text, final=False)

    def committed(self, turn: int, text: str) -> None:
        """The whole turn: what earlier guesses are scored against."""
        self._guess(turn, text, final=True)

    def filler(self, turn: int) -> str:
        """What the preset says while a tool works for what this turn wants; empty: nothing of its own."""
        guess = self.sure(turn)
        return self._fillers.get(guess.intent, "") if guess is not None else ""

    def sure(self, turn: int) -> IntentGuessed | None:
        """What this turn wants, where that may decide something."""
        last = self._last
        if last is None or last.turn != turn:
            return None
        return last if last.final or last.confidence >= _SURE else None

    def _guess(self, turn: int, text: str, final: bool) -> None:
        if self._intents is None:
            return
        began = time.perf_counter()
        intent, confidence = self._intents.guess(text)
        before = self._last if self._last is not None and self._last.turn == turn else None
        same = before is not None and before.intent == intent and abs(before.confidence - confidence) < _NOTABLE
        if same and not final:
            return
        now = self._clock.now()
        self._last = IntentGuessed(now, turn, intent, round(confidence, 3), text, final, took_ms(began))
        self._bus.publish(self._last)
