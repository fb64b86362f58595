"""What the user wants, with how sure that is, from words that may be only the beginning.

A preset's own intents have no training: what is said is compared with their examples, by how much of what is
telling both have in common. Must not know when it is asked.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from studio.pipeline.routing.classifier import Classifiers
from studio.pipeline.routing.features import HASHED, Features, features

_LIKE = 0.22
"""Likeness to its examples at which an own intent is as likely as not; 99 of 100 other utterances have less."""
_STEEPNESS = 25.0


class Intents:
    """The trained intents and a preset's own."""

    def __init__(self, classifiers: Classifiers, own: Mapping[str, Sequence[str]]) -> None:
        """`own`: examples by name."""
        self._classifiers = classifiers
        self._own = {name: self._centre(examples) for name, examples in own.items()}

    def guess(self, text: str) -> tuple[str, float]:
        """The likeliest intent and its probability, 0 to 1."""
        seen = features(text)
        trained = self._classifiers.intents
        probabilities = trained.probabilities(seen)
        best = int(np.argmax(probabilities))
        own = max(((self._likeness(seen, centre), name) for name, centre in self._own.items()), default=None)
        if own is None:
            return trained.classes[best], float(probabilities[best])
        share = 1 / (1 + math.exp(-_STEEPNESS * (own[0] - _LIKE)))
        rest = (1 - share) * float(probabilities[best])
        return (own[1], share) if share > rest else (trained.classes[best], rest)

    def _centre(self, examples: Sequence[str]) -> NDArray[np.float32]:
        centre = np.zeros(HASHED, np.float32)
        for example in examples:
            places, values = self._telling(features(example))
            centre[places] += values
        return centre / (np.float32(np.linalg.norm(centre)) or np.float32(1))

    def _likeness(self, seen: Features, centre: NDArray[np.float32]) -> float:
        places, values = self._telling(seen)
        return float(values @ centre[places])

    def _telling(self, seen: Features) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """The hashed part, rare places weighing more, with length 1."""
        hashed = seen.places < HASHED
        places = seen.places[hashed]
        values = seen.values[hashed] * self._classifiers.rarity[places]
        return places, values / (np.float32(np.linalg.norm(values)) or np.float32(1))
