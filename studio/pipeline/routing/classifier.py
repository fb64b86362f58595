"""A linear classifier over the features of an utterance: one row of weights per class, and a softmax.

Must not know what its classes mean, nor where its weights come from.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.pipeline.routing.features import HASHED, SIZE, Features


@dataclass(frozen=True, slots=True)
class Classifier:
    """Trained weights."""

    classes: tuple[str, ...]
    weights: NDArray[np.float32]
    """A row for each place of the features, a column for each class."""
    bias: NDArray[np.float32]

    def __post_init__(self) -> None:
        """Refuse weights that do not fit the features."""
        if self.weights.shape != (SIZE, len(self.classes)) or self.bias.shape != (len(self.classes),):
            raise ValueError(f"weights of shape {self.weights.shape} do not fit {SIZE} features")

    def probabilities(self, seen: Features) -> NDArray[np.float32]:
        """0 to 1 for each class; they sum to 1."""
        return softmax(seen.values @ self.weights[seen.places] + self.bias)

    def evidence(self, places: NDArray[np.int32], label: int) -> float:
        """How strongly these places speak for a class rather than for the others, in logits of a value of 1 each."""
        rows = self.weights[places]
        return float(np.sum(rows[:, label]) - np.sum(rows) / len(self.classes))


@dataclass(frozen=True, slots=True)
class Classifiers:
    """The two that a call may use, and what both were trained on."""

    levels: Classifier
    intents: Classifier
    rarity: NDArray[np.float32]
    """How telling each hashed place is: the logarithm of how few of the utterances have it."""

    def __post_init__(self) -> None:
        """Refuse what does not fit the features."""
        if self.rarity.shape != (HASHED,):
            raise ValueError(f"rarity of shape {self.rarity.shape} does not fit {HASHED} places")


def softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Logits as probabilities, along the last axis."""
    shifted = np.exp(logits - np.max(logits, axis=-1, keepdims=True))
    result: NDArray[np.float32] = (shifted / np.sum(shifted, axis=-1, keepdims=True)).astype(np.float32)
    return result
