"""How hard a question is, with the reason as what spoke for it. Must not know which model answers it."""

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.model.preset import Routing
from studio.model.terms import Level
from studio.model.turn_events import IntentGuessed
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
ALWAYS, BY_INTENT = "always", "intent"
REASONS = (ALWAYS, BY_INTENT, *(name for name in TRAITS if name not in _UNTOLD))
"""All that a reason may name; whoever tells people has a phrase for each."""


@dataclass(frozen=True, slots=True)
class Route:
    """A level and what spoke for it; as of the event `Routed`."""

    level: Level
    reason: tuple[str, ...]
    words: tuple[str, ...]
    confidence: float


class Router:
    """Tells the level of what a user says, and why."""

    def __init__(self, levels: Classifier, settings: Routing) -> None:
        """`settings`: what the preset has decided, whatever is said."""
        self._levels = levels
        self._settings = settings

    def route(self, text: str, intent: IntentGuessed | None = None) -> Route:
        """The level of these words; `intent`: what they surely want, if that is known."""
        settings = self._settings
        if settings.always is not None:
            return Route(settings.always, (ALWAYS,), (), 1.0)
        if intent is not None and (level := settings.by_intent.get(intent.intent)) is not None:
            return Route(level, (BY_INTENT,), (intent.intent,), intent.confidence)
        seen = features(text)
        probabilities = self._levels.probabilities(seen)
        chosen = int(np.argmax(probabilities))
        return Route(
            Level(self._levels.classes[chosen]),
            self._traits(seen, chosen),
            self._words(text, seen, chosen),
            float(probabilities[chosen]),
        )

    def _traits(self, seen: Features, level: int) -> tuple[str, ...]:
        """The readable traits that speak for the level, the strongest first."""
        found = []
        for place, value in zip(seen.places, seen.values, strict=True):
            if place >= HASHED and (name := TRAITS[place - HASHED]) not in _UNTOLD:
                found.append((self._levels.evidence(place[None], level) * float(value), name))
        return _strongest(found, _TRAITS_TOLD)

    def _words(self, text: str, seen: Features, level: int) -> tuple[str, ...]:
        """The words that speak for the level, the strongest first."""
        worth = float(seen.values[0]) if seen.values.size else 0.0  # of a place that occurs once, about
        found = []
        for word in dict.fromkeys(plain(text)[:_WORDS_LOOKED_AT]):
            places: NDArray[np.int32] = np.fromiter(of_word(word), np.int32)
            found.append((self._levels.evidence(places, level) * worth, word))
        return _strongest(found, _WORDS_TOLD)


def _strongest(found: list[tuple[float, str]], most: int) -> tuple[str, ...]:
    return tuple(name for weight, name in sorted(found, reverse=True)[:most] if weight >= _LEAST_EVIDENCE)


def took_ms(since: float) -> float:
    """Milliseconds since a moment of `time.perf_counter`: what it really took, also where time is virtual."""
    return round((time.perf_counter() - since) * 1000, 3)
