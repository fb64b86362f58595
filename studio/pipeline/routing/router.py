"""How hard a question is, with the reason in words a person can read. Must not know which model answers it."""

import time

import numpy as np
from numpy.typing import NDArray

from studio.model.terms import Level
from studio.pipeline.routing.classifier import Classifier
from studio.pipeline.routing.features import HASHED, Features, features, of_word, plain
from studio.pipeline.routing.traits import TRAITS

_TRAITS_TOLD = 2
_WORDS_TOLD = 2
_LEAST_EVIDENCE = 0.15
"""Logits below which something is no reason."""
_WORDS_LOOKED_AT = 60
_UNTOLD = frozenset({"speaks of you", "speaks of me", "asks", "Korean"})
"""Traits that help to count but would be no reason to a person."""


class Router:
    """Tells the level of what a user says, and why."""

    def __init__(self, levels: Classifier, always: Level | None = None) -> None:
        """`always`: what the preset has decided, whatever is said."""
        self._levels = levels
        self._always = always

    def route(self, text: str) -> tuple[Level, str]:
        """The level of these words, and the reason: one short sentence without its full stop."""
        if self._always is not None:
            return self._always, "the preset always says so"
        seen = features(text)
        probabilities = self._levels.probabilities(seen)
        chosen = int(np.argmax(probabilities))
        told = [*self._traits(seen, chosen), *self._words(text, seen, chosen)]
        sure = f"{100 * float(probabilities[chosen]):.0f} % sure"
        return Level(self._levels.classes[chosen]), f"{', '.join(told)} ({sure})" if told else sure

    def _traits(self, seen: Features, level: int) -> list[str]:
        """The readable traits that speak for the level, the strongest first."""
        found = []
        for place, value in zip(seen.places, seen.values, strict=True):
            if place >= HASHED and (name := TRAITS[place - HASHED]) not in _UNTOLD:
                found.append((self._levels.evidence(place[None], level) * float(value), name))
        return [name for weight, name in sorted(found, reverse=True) if weight >= _LEAST_EVIDENCE][:_TRAITS_TOLD]

    def _words(self, text: str, seen: Features, level: int) -> list[str]:
        """The words that speak for the level, the strongest first."""
        worth = float(seen.values[0]) if seen.values.size else 0.0  # of a place that occurs once, about
        found = []
        for word in dict.fromkeys(plain(text)[:_WORDS_LOOKED_AT]):
            places: NDArray[np.int32] = np.fromiter(of_word(word), np.int32)
            found.append((self._levels.evidence(places, level) * worth, word))
        return [f"“{word}”" for weight, word in sorted(found, reverse=True) if weight >= _LEAST_EVIDENCE][:_WORDS_TOLD]


def took_ms(since: float) -> float:
    """Milliseconds since a moment of `time.perf_counter`: what it really took, also where time is virtual."""
    return round((time.perf_counter() - since) * 1000, 3)
