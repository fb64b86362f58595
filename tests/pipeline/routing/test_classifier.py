import numpy as np
import pytest

from studio.pipeline.routing.classifier import Classifier, Classifiers, softmax
from studio.pipeline.routing.features import HASHED, SIZE, features


def telling(**words: str) -> Classifier:
    """A classifier of hand-set weights: each class speaks for the words it is given."""
    weights = np.zeros((SIZE, len(words)), np.float32)
    for column, text in enumerate(words.values()):
        weights[features(text).places, column] += 3.0
    return Classifier(tuple(words), weights, np.zeros(len(words), np.float32))


def test_the_class_whose_words_are_said_is_the_likeliest() -> None:
    classifier = telling(fruit="apples and pears", tool="hammer with nails")
    probabilities = classifier.probabilities(features("apples"))
    assert probabilities[0] > 0.9
    assert float(probabilities.sum()) == pytest.approx(1.0, abs=1e-5)


def test_evidence_is_for_a_class_rather_than_for_the_others() -> None:
    classifier = telling(fruit="apples", tool="hammers")
    places = features("apples").places
    assert classifier.evidence(places, 0) > 0 > classifier.evidence(places, 1)


def test_weights_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        Classifier(("a", "b"), np.zeros((SIZE - 1, 2), np.float32), np.zeros(2, np.float32))
    with pytest.raises(ValueError, match="do not fit"):
        Classifier(("a", "b"), np.zeros((SIZE, 2), np.float32), np.zeros(3, np.float32))
    good = telling(a="one", b="two")
    with pytest.raises(ValueError, match="does not fit"):
        Classifiers(good, good, np.zeros(HASHED + 1, np.float32))


def test_large_logits_do_not_overflow() -> None:
    assert softmax(np.array([1000.0, 0.0], np.float32)).tolist() == [1.0, 0.0]
