"""Trains the two classifiers of `studio/pipeline/routing` on `assets/routing/utterances.tsv` and writes their weights.

    python packaging/train_routing.py

Multinomial logistic regression with a penalty on large weights, by Nesterov's method over all rows at once: nothing is
random, so that it comes out the same each time. Rows that are held out are never seen. Intents are learned from the
beginnings of utterances, too, so that a guess from half the words is only as sure as half the words allow.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.app.routing import UTTERANCES, WEIGHTS, fingerprint
from studio.model.terms import Intent, Level
from studio.pipeline.routing.classifier import Classifier, Classifiers, softmax
from studio.pipeline.routing.examples import Utterance, prefixes, utterances
from studio.pipeline.routing.features import HASHED, SIZE, features

PENALTY = {"levels": 4e-4, "intents": 5e-5}
"""Of the squared weights; chosen by cross-validation within the training rows."""
ROUNDS = 300


@dataclass(frozen=True, slots=True)
class Row:
    """An example: words, class, and how much it counts."""

    text: str
    label: str
    weight: float = 1.0


class _Matrix:
    """The features of all rows, in both orders, so that each pass is one sum over neighbours."""

    def __init__(self, texts: Sequence[str]) -> None:
        seen = [features(text) for text in texts]
        self._places = np.concatenate([each.places for each in seen])
        self._values = np.concatenate([each.values for each in seen])[:, None]
        lengths = [len(each.places) for each in seen]
        self._row_starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
        rows = np.repeat(np.arange(len(seen)), lengths)
        order = np.argsort(self._places, kind="stable")
        self._rows_by_place, self._values_by_place = rows[order], self._values[order]
        self.used, self._place_starts = np.unique(self._places[order], return_index=True)

    def times(self, weights: NDArray[np.float32]) -> NDArray[np.float32]:
        """Logits of each row."""
        product: NDArray[np.float32] = np.add.reduceat(
            weights[self._places] * self._values, self._row_starts, axis=0, dtype=np.float32
        )
        return product

    def transposed_times(self, errors: NDArray[np.float32]) -> NDArray[np.float32]:
        """What each used place has to answer for."""
        product: NDArray[np.float32] = np.add.reduceat(
            errors[self._rows_by_place] * self._values_by_place, self._place_starts, axis=0, dtype=np.float32
        )
        return product


def fit(rows: Sequence[Row], classes: Sequence[str], penalty: float, rounds: int = ROUNDS) -> Classifier:
    """A classifier that has learned `rows`."""
    matrix = _Matrix([row.text for row in rows])
    wanted = np.zeros((len(rows), len(classes)), np.float32)
    wanted[np.arange(len(rows)), [classes.index(row.label) for row in rows]] = 1
    share = np.array([row.weight for row in rows], np.float32)[:, None]
    share /= share.sum()
    weights = ahead = np.zeros((SIZE, len(classes)), np.float32)
    bias = ahead_bias = np.zeros(len(classes), np.float32)
    step = np.float32(0.8)  # below two over the largest curvature of a softmax over rows of length about 1.7
    for number in range(rounds):
        errors = (softmax(matrix.times(ahead) + ahead_bias) - wanted) * share
        gradient = np.float32(penalty) * ahead
        gradient[matrix.used] += matrix.transposed_times(errors)
        before, before_bias = weights, bias
        weights, bias = ahead - step * gradient, ahead_bias - step * errors.sum(axis=0)
        momentum = np.float32(number / (number + 3))
        ahead, ahead_bias = weights + momentum * (weights - before), bias + momentum * (bias - before_bias)
    return Classifier(tuple(classes), weights, bias)


def level_rows(examples: Sequence[Utterance]) -> list[Row]:
    """What levels are learned from: whole utterances, each level counting the same."""
    count = {level: sum(each.level is level for each in examples) for level in Level}
    return [Row(each.text, each.level, (len(examples) / (3 * count[each.level])) ** 0.5) for each in examples]


def intent_rows(examples: Sequence[Utterance]) -> list[Row]:
    """What intents are learned from: the beginnings of utterances, the whole counting for half."""
    rows = []
    for each in examples:
        *beginnings, whole = prefixes(each.text)
        rows += [Row(text, each.intent, 0.5 / len(beginnings)) for text in beginnings]
        rows.append(Row(whole, each.intent, 0.5 if beginnings else 1.0))
    return rows


def train(examples: Sequence[Utterance]) -> Classifiers:
    """Both classifiers, from the rows that are not held out."""
    learned = [each for each in examples if not each.held_out]
    levels = fit(level_rows(learned), [level.value for level in Level], PENALTY["levels"])
    intents = fit(intent_rows(learned), [intent.value for intent in Intent], PENALTY["intents"])
    return Classifiers(levels, intents, rarity([each.text for each in learned]))


def rarity(texts: Sequence[str]) -> NDArray[np.float32]:
    """How few of `texts` have each hashed place."""
    having = np.zeros(HASHED, np.float32)
    for text in texts:
        places = features(text).places
        having[places[places < HASHED]] += 1
    return np.log((1 + len(texts)) / (1 + having))


def main() -> int:
    """Train and write."""
    table = UTTERANCES.read_text("utf-8")
    trained = train(utterances(table))
    arrays: dict[str, NDArray[np.generic]] = {
        "fingerprint": np.array(fingerprint(table)),
        "rarity": trained.rarity.astype(np.float16),
    }
    for name, classifier in (("levels", trained.levels), ("intents", trained.intents)):
        arrays[f"{name}_weights"] = classifier.weights.astype(np.float16)
        arrays[f"{name}_bias"] = classifier.bias
        arrays[f"{name}_classes"] = np.array(classifier.classes)
    np.savez_compressed(WEIGHTS, **arrays)  # type: ignore[arg-type]
    print(f"{WEIGHTS.name}: {WEIGHTS.stat().st_size / 1000:.0f} kB, {HASHED} places")
    return 0


if __name__ == "__main__":
    sys.exit(main())
