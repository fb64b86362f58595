"""How well voice and words tell a turn's end from a pause within it, before any timer: for whoever sets the weights.

    python -m benchmarks.turns.study [--part all|tuning|held-out]

Smart Turn hears the turn up to so many milliseconds of true silence; `words.cue` reads what was said until then.
Silero's hang is counted from the true last sample to the end of its last speech frame.
"""

import argparse
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.turns.compose import compose
from benchmarks.turns.hearing import Detectors, Hearing
from benchmarks.turns.simple import THRESHOLD
from benchmarks.turns.truth import OVER_AGENT, PER_MS, Item
from studio.pipeline import words

AFTER_MS = (100, 160, 200)


@dataclass(frozen=True, slots=True)
class Moment:
    """A silence: the end of a turn or of a stretch before an inner pause."""

    language: str
    engine: str
    ends: bool
    probabilities: tuple[float, ...]
    """Smart Turn's, after each of `AFTER_MS`."""
    cue: float
    hang_ms: float | None
    """None where Silero heard no end: a pause too short for it, or speech not heard at all."""


def moments(hearing: Hearing) -> list[Moment]:
    """Every silence of a call's turns; what is said over the agent is left out."""
    found = []
    for item in hearing.call.turns:
        if item.kind in OVER_AGENT:
            continue
        for pause in item.pauses:
            found.append(_moment(hearing, item, pause.start, pause.end))
        found.append(_moment(hearing, item, item.sound.end, None))
    return found


def _moment(hearing: Hearing, item: Item, at: int, until: int | None) -> Moment:
    said = " ".join(word.text for word in item.words if word.end <= at)
    heard = tuple(hearing.end_probability(item.sound.start, at + ms * PER_MS) for ms in AFTER_MS)
    engine = hearing.call.voice.partition("/")[0]
    hang_ms = _hang_ms(hearing, at, until)
    return Moment(hearing.call.language, engine, until is None, heard, words.cue(said), hang_ms)


def _hang_ms(hearing: Hearing, at: int, until: int | None) -> float | None:
    length = hearing.frame_samples
    first = at // length
    last = (until or at + 2000 * PER_MS) // length
    quiet = np.flatnonzero(hearing.probabilities[first:last] < THRESHOLD)
    return ((first + int(quiet[0])) * length - at) / PER_MS if quiet.size else None


def _rows(name: str, some: Sequence[Moment]) -> Iterable[str]:
    ends = [one for one in some if one.ends]
    pauses = [one for one in some if not one.ends]
    for index, after in enumerate(AFTER_MS):
        for what, group in (("ends", ends), ("pauses", pauses)):
            told = np.array([one.probabilities[index] for one in group])
            spread = " ".join(f"{value:5.2f}" for value in np.percentile(told, (10, 25, 50, 75, 90)))
            yield f"{name:14}{after:4} ms {what:7}{told.size:5}   {spread}   {100 * np.mean(told >= THRESHOLD):5.1f} %"
    for what, group in (("ends", ends), ("pauses", pauses)):
        cues = np.array([one.cue for one in group])
        yield (
            f"{name:14}cue     {what:7}{cues.size:5}   unfinished {100 * np.mean(cues < 0):5.1f} %, "
            f"nothing {100 * np.mean(cues == 0):5.1f} %, complete {100 * np.mean(cues > 0):5.1f} %"
        )
    hangs = [one.hang_ms for one in some if one.hang_ms is not None]
    spread = " ".join(f"{value:5.0f}" for value in np.percentile(hangs, (10, 50, 90, 100)))
    yield f"{name:14}Silero's hang  {len(hangs):5}   p10 p50 p90 max {spread} ms"


def main() -> int:
    """Print the distributions."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--part", choices=("all", "tuning", "held-out"), default="all")
    part = {"tuning": False, "held-out": True}.get(parser.parse_args().part)
    detectors = Detectors()
    found: list[Moment] = []
    for call in compose():
        if part in (None, call.held_out):
            hearing = detectors.hear(call)
            found += moments(hearing)
            hearing.keep()
    print(f"{'':14}{'silence':8}{'':7}{'n':>5}   p10   p25   p50   p75   p90     p >= {THRESHOLD}")
    for language in ("en", "ko"):
        here = [one for one in found if one.language == language]
        if here:
            print("\n".join(_rows(language, here)))
        for engine in sorted({one.engine for one in here}):
            print("\n".join(_rows(f"{language} {engine}", [one for one in here if one.engine == engine])))
    return 0


if __name__ == "__main__":
    sys.exit(main())
