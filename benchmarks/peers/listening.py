"""What an agent did, heard in the sound that came out of it, beside the truth about the caller.

Pure: samples and truth in, milliseconds out. Must not know which system spoke.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.peers.caller import Utterance, spoken_ms
from studio.model.audio import Samples, peak

AUDIBLE_DB = -40.0
"""A sample is audible down to this level below the loudest of the whole recording."""
MERGE_GAP_MS = 200
"""Sound with less silence between is one stretch."""
SAME_WORDS_MS = 150
SAME_WORDS_SHARE = 0.06
"""An answer that is longer or shorter than its text by more than the larger of these is not the same words."""


@dataclass(frozen=True)
class Stretch:
    """Sound without a silence of `MERGE_GAP_MS` in it, in milliseconds of the recording."""

    start_ms: float
    end_ms: float
    audible_ms: float
    """Without the shorter silences."""


@dataclass(frozen=True)
class Heard:
    """What an agent did about one utterance."""

    index: int
    v2v_ms: float | None
    """First audible sample of the answer minus the last of the utterance; None: cut in, or silent until the next."""
    cut_in: bool
    """The agent began to speak while the utterance was not over, its inner pause included."""
    stop_ms: float | None = None
    """Of an interruption: the agent's last audible sample before the user's end, minus the onset. Who falls silent and
    goes on against the user has not stopped."""
    missing_ms: float | None = None
    """How much less than the text's length was spoken; None where the answer is interrupted or there is none."""


def stretches(samples: Samples, rate_hz: int) -> list[Stretch]:
    """Where it is audible."""
    loud = np.flatnonzero(np.abs(samples) > peak(samples) * 10 ** (AUDIBLE_DB / 20))
    if not loud.size:
        return []
    gaps = np.diff(loud)
    cuts = np.flatnonzero(gaps > rate_hz * MERGE_GAP_MS // 1000)
    firsts, lasts = [0, *(cuts + 1)], [*cuts, len(loud) - 1]
    quiet = np.where(gaps > rate_hz // 100, gaps, 0)  # the zeros of a wave are no silence
    scale = 1000 / rate_hz
    return [
        Stretch(
            float(loud[first]) * scale,
            float(loud[last] + 1) * scale,
            float(loud[last] + 1 - loud[first] - quiet[first:last].sum()) * scale,
        )
        for first, last in zip(firsts, lasts, strict=True)
    ]


def hear(truth: Sequence[Utterance], sound: Sequence[Stretch], end_ms: float) -> list[Heard]:
    """Each utterance with what the agent did until the next, or until the recording's end."""
    nexts = [*(each.start_ms for each in truth[1:]), end_ms]
    return [_hear(index, said, until, sound) for index, (said, until) in enumerate(zip(truth, nexts, strict=True))]


def _hear(index: int, said: Utterance, until_ms: float, sound: Sequence[Stretch]) -> Heard:
    cut_in = any(said.start_ms < each.start_ms < said.end_ms for each in sound)
    answer = [each for each in sound if said.end_ms <= each.start_ms < until_ms]
    v2v_ms = answer[0].start_ms - said.end_ms if answer and not cut_in else None
    against = [each for each in sound if each.start_ms < said.end_ms and each.end_ms > said.start_ms]
    speaking = bool(against) and against[0].start_ms < said.start_ms
    stop_ms = against[-1].end_ms - said.start_ms if said.interrupts and speaking else None
    missing_ms = None
    if v2v_ms is not None and not said.interrupted:
        missing_ms = spoken_ms(said.reply) - sum(each.audible_ms for each in answer)
    return Heard(index, v2v_ms, cut_in, stop_ms, missing_ms)


def same_words(said: Utterance, heard: Heard) -> bool:
    """Whether all of the answer, and nothing else, was spoken, as far as its length tells."""
    allowed = max(SAME_WORDS_MS, SAME_WORDS_SHARE * spoken_ms(said.reply))
    return heard.missing_ms is None or abs(heard.missing_ms) <= allowed
