import runpy
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from studio.app.routing import UTTERANCES, classifiers
from studio.model.terms import Intent, Level
from studio.pipeline.routing.classifier import Classifier
from studio.pipeline.routing.examples import prefix, utterances
from studio.pipeline.routing.features import features, plain

ROOT = Path(__file__).parents[2]
train_routing = runpy.run_path(str(ROOT / "packaging" / "train_routing.py"))
SET = utterances(UTTERANCES.read_text("utf-8"))
HELD_OUT = [each for each in SET if each.held_out]


def fitted(rounds: int = 60) -> Classifier:
    row = train_routing["Row"]
    rows = [row("red apples", "fruit"), row("green pears", "fruit"), row("a hammer", "tool"), row("two saws", "tool")]
    found: Classifier = train_routing["fit"](rows, ["fruit", "tool"], 1e-3, rounds)
    return found


def right(classifier: Classifier, texts: list[str], labels: list[str]) -> float:
    guessed = [classifier.classes[int(np.argmax(classifier.probabilities(features(text))))] for text in texts]
    return float(np.mean([guess == label for guess, label in zip(guessed, labels, strict=True)]))


def test_what_was_shown_is_learned_and_comes_out_the_same_each_time() -> None:
    first, again = fitted(), fitted()
    assert np.array_equal(first.weights, again.weights)
    assert first.probabilities(features("apples"))[0] > 0.6
    assert first.probabilities(features("hammer"))[1] > 0.6


def test_the_set_is_large_enough_varied_and_has_each_utterance_once() -> None:
    assert len(SET) >= 900
    assert sum(each.korean for each in SET) >= len(SET) / 3
    assert len({" ".join(plain(each.text)) for each in SET}) == len(SET)
    for counts in (Counter(each.intent for each in SET), Counter(each.intent for each in HELD_OUT)):
        assert set(counts) == set(Intent)
    assert set(Counter(each.level for each in HELD_OUT)) == set(Level)
    assert 0.2 < len(HELD_OUT) / len(SET) < 0.3


def test_what_is_held_out_is_told_as_well_as_was_reported() -> None:
    """Floors a little under the figures of `python -m benchmarks.routing`."""
    trained, texts = classifiers(), [each.text for each in HELD_OUT]
    assert right(trained.levels, texts, [each.level for each in HELD_OUT]) >= 0.84
    intents = [each.intent.value for each in HELD_OUT]
    assert right(trained.intents, texts, intents) >= 0.74
    assert right(trained.intents, [prefix(text, 0.5) for text in texts], intents) >= 0.58


@pytest.mark.slow
def test_the_weights_are_what_the_command_makes() -> None:
    """Up to the rounding of the file and of another processor's sums."""
    made, kept = train_routing["train"](SET), classifiers()
    for name in ("levels", "intents"):
        np.testing.assert_allclose(getattr(made, name).weights, getattr(kept, name).weights, atol=5e-3)
    np.testing.assert_allclose(made.rarity, kept.rarity, atol=5e-3)
