"""How often levels and intents are told right, and how long that takes on this machine.

    python -m benchmarks.routing [--calls N] [--json FILE]

Measured on `assets/routing/utterances.tsv`, whose held-out rows were never trained on. The set is our own, written for
voice agents by one hand: real callers of a real agent will be told right less often. Two figures to hold it
against: the commonest class, and for levels the number of words alone. Confidence and accuracy that are alike mean that
the confidence can be believed.
"""

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.machine import machine_line
from studio.app.routing import UTTERANCES, classifiers
from studio.model.preset import Routing
from studio.pipeline.routing.classifier import Classifier
from studio.pipeline.routing.examples import SHARES, Utterance, prefix, utterances
from studio.pipeline.routing.features import features, plain
from studio.pipeline.routing.intents import Intents
from studio.pipeline.routing.router import Router, took_ms

Label = Callable[[Utterance], str]
_BINS = 10


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--calls", type=int, default=2000, help="how many utterances are timed")
    parser.add_argument("--json", type=Path, help="write the figures here, too")
    chosen = parser.parse_args()
    machine, trained = machine_line(), classifiers()
    every = utterances(UTTERANCES.read_text("utf-8"))
    sides = {
        name: [each for each in every if each.held_out is held] for name, held in (("train", False), ("held", True))
    }
    figures: dict[str, Any] = {
        "machine": machine,
        "n": {name: len(rows) for name, rows in sides.items()},
        "levels": _figures(trained.levels, sides, lambda each: each.level, [1.0]),
        "intents": _figures(trained.intents, sides, lambda each: each.intent, SHARES),
        "latency": {
            "router.route, with its reason": _latency(Router(trained.levels, Routing()).route, every, chosen.calls),
            "intents.guess": _latency(Intents(trained, {}).guess, every, chosen.calls),
        },
    }
    figures["levels"]["accuracy"] |= _beside_length(trained.levels, sides)
    _print(figures)
    if chosen.json:
        chosen.json.write_text(json.dumps(figures, indent=2, ensure_ascii=False))
    return 0


def _figures(
    classifier: Classifier, sides: dict[str, list[Utterance]], label: Label, shares: Sequence[float]
) -> dict[str, Any]:
    held = sides["held"]
    guesses = {share: [_guess(classifier, prefix(each.text, share)) for each in held] for share in shares}
    wanted, whole = [label(each) for each in held], [name for name, _ in guesses[1.0]]
    commonest = Counter(label(each) for each in sides["train"]).most_common(1)[0][0]
    languages = {"English": [not each.korean for each in held], "Korean": [each.korean for each in held]}
    shown = [_guess(classifier, each.text)[0] for each in sides["train"]]
    return {
        "accuracy": {
            "train": _share(shown, [label(each) for each in sides["train"]]),
            "held out": _share(whole, wanted),
            **{
                f"held out, {name}": _share(*(_where(of, rows) for of in (whole, wanted)))
                for name, rows in languages.items()
            },
            "the commonest class": _share([commonest] * len(wanted), wanted),
        },
        "by share of the words": {
            f"{share:.0%}": {
                "accuracy": _share([name for name, _ in told], wanted),
                **{
                    f"accuracy, {name}": _share(*(_where(of, rows) for of in ([g for g, _ in told], wanted)))
                    for name, rows in languages.items()
                },
                "mean confidence": round(float(np.mean([sure for _, sure in told])), 3),
                "calibration error": _calibration_error(told, wanted),
            }
            for share, told in guesses.items()
        },
        "by class": {name: _of_class(name, whole, wanted) for name in classifier.classes},
        "confusion": {
            name: dict(Counter(guess for guess, want in zip(whole, wanted, strict=True) if want == name))
            for name in classifier.classes
        },
    }


def _guess(classifier: Classifier, text: str) -> tuple[str, float]:
    probabilities = classifier.probabilities(features(text))
    best = int(np.argmax(probabilities))
    return classifier.classes[best], float(probabilities[best])


def _share(guessed: Sequence[str], wanted: Sequence[str]) -> float:
    return round(float(np.mean([guess == want for guess, want in zip(guessed, wanted, strict=True)])), 3)


def _where(values: Sequence[str], rows: Sequence[bool]) -> list[str]:
    return [value for value, here in zip(values, rows, strict=True) if here]


def _of_class(name: str, guessed: Sequence[str], wanted: Sequence[str]) -> dict[str, float]:
    right = sum(guess == want == name for guess, want in zip(guessed, wanted, strict=True))
    told, there = list(guessed).count(name), list(wanted).count(name)
    return {"n": there, "precision": round(right / max(1, told), 3), "recall": round(right / max(1, there), 3)}


def _calibration_error(told: Sequence[tuple[str, float]], wanted: Sequence[str]) -> float:
    """Mean distance of confidence and accuracy over ten bins of confidence, each weighed by its rows."""
    sure = np.array([confidence for _, confidence in told])
    right = np.array([name == want for (name, _), want in zip(told, wanted, strict=True)], float)
    bins = np.minimum((sure * _BINS).astype(int), _BINS - 1)
    gaps = [abs(sure[bins == b].sum() - right[bins == b].sum()) for b in range(_BINS)]
    return round(float(sum(gaps)) / len(told), 3)


def _beside_length(classifier: Classifier, sides: dict[str, list[Utterance]]) -> dict[str, float]:
    """How often the commonest level of utterances with as many words is right, and what is right where that is not."""
    levels: dict[tuple[bool, int], Counter[str]] = {}
    for each in sides["train"]:
        levels.setdefault(_length(each), Counter())[each.level] += 1
    guessed = [levels.get(_length(each), Counter(["complex"])).most_common(1)[0][0] for each in sides["held"]]
    misled = [each for each, guess in zip(sides["held"], guessed, strict=True) if guess != each.level]
    return {
        "the number of words alone": _share(guessed, [each.level for each in sides["held"]]),
        f"where that misleads, n = {len(misled)}": _share(
            [_guess(classifier, each.text)[0] for each in misled], [each.level for each in misled]
        ),
    }


def _length(each: Utterance) -> tuple[bool, int]:
    return each.korean, len(plain(each.text)) // 2


def _latency(work: Callable[[str], object], every: Sequence[Utterance], calls: int) -> dict[str, float]:
    """By the clock, which is what a call waits, and of this thread's own, whoever else works on the machine."""
    took, own = [], []
    for number in range(calls):
        began, worked = time.perf_counter(), time.thread_time()
        work(every[number % len(every)].text)
        took.append(took_ms(began))
        own.append((time.thread_time() - worked) * 1000)
    p50, p95, p99 = (round(float(figure), 3) for figure in np.percentile(took, (50, 95, 99)))
    own_p50, own_p95 = (round(float(figure), 3) for figure in np.percentile(own, (50, 95)))
    return {
        "n": calls,
        "p50_ms": p50,
        "p95_ms": p95,
        "p99_ms": p99,
        "max_ms": max(took),
        "own_p50_ms": own_p50,
        "own_p95_ms": own_p95,
    }


def _print(figures: dict[str, Any]) -> None:
    print(f"{figures['n']['train']} utterances learned, {figures['n']['held']} held out; {figures['machine']}")
    for head in ("levels", "intents"):
        print(f"\n{head}")
        for name, value in figures[head]["accuracy"].items():
            print(f"  {name:32}{value:8.1%}")
        for share, row in figures[head]["by share of the words"].items():
            print(f"  {share:>4} of the words: " + ", ".join(f"{name} {value:.3f}" for name, value in row.items()))
        print(f"  {'class':14}{'n':>5}{'precision':>11}{'recall':>8}   told instead")
        for name, row in figures[head]["by class"].items():
            others = {
                k: v for k, v in sorted(figures[head]["confusion"][name].items(), key=lambda i: -i[1]) if k != name
            }
            instead = ", ".join(f"{other} {count}" for other, count in others.items())
            print(f"  {name:14}{row['n']:5}{row['precision']:11.1%}{row['recall']:8.1%}   {instead}")
    print(f"\n  {'ms':32}{'n':>7}{'p50':>9}{'p95':>9}{'p99':>9}{'max':>9}{'own p50':>9}{'own p95':>9}")
    for name, row in figures["latency"].items():
        columns = "".join(f"{figure:9.3f}" for column, figure in row.items() if column != "n")
        print(f"  {name:32}{row['n']:7}{columns}")


if __name__ == "__main__":
    sys.exit(main())
