"""Cuts a spoken line where its speaker is to pause; the melody before a cut is that of a voice that goes on. Pure."""

from itertools import pairwise

import numpy as np

from benchmarks.turns.truth import PER_MS
from studio.model.audio import AUDIBLE_WINDOW_MS, LISTENING_RATE_HZ, Samples, audible_span, rms_windows

_WINDOW = AUDIBLE_WINDOW_MS * PER_MS
_QUIET_DB = -32.0
"""Below the loudest window: between words. Softer than what counts as audible, for a breath is no word."""
_SEARCH_MS = 900.0
"""How far from where it is expected a gap is looked for."""
_NEARNESS = 0.3
"""A gap this many milliseconds longer may be one millisecond farther away."""
_FADE = 5 * PER_MS


def trimmed(samples: Samples) -> Samples:
    """From the first audible sample to the last, both faded so that no click is added."""
    span = audible_span(samples, LISTENING_RATE_HZ)
    if span is None:
        raise ValueError("A line without any sound.")
    cut = samples[span[0] : span[1]].copy()
    ramp = np.linspace(0, 1, min(_FADE, cut.size), dtype=np.float32)
    cut[: ramp.size] *= ramp
    cut[cut.size - ramp.size :] *= ramp[::-1]
    return cut


def stretches(samples: Samples, shares: list[float]) -> list[Samples]:
    """The line in pieces, each trimmed; `shares` says how much of the text is before each pause, 0 to 1."""
    line = trimmed(samples)
    levels = rms_windows(line, LISTENING_RATE_HZ)
    quiet = levels < levels.max() * 10 ** (_QUIET_DB / 20)
    cuts: list[int] = []
    for share in shares:
        after = cuts[-1] + 10 if cuts else 5
        cuts.append(_cut(levels, quiet, share * levels.size, after))
    edges = [0, *(cut * _WINDOW for cut in cuts), line.size]
    return [trimmed(line[start:end]) for start, end in pairwise(edges)]


def _cut(levels: Samples, quiet: "np.ndarray[tuple[int], np.dtype[np.bool_]]", expected: float, after: int) -> int:
    """The window in the middle of the best gap after `after`, or the softest one where there is no gap."""
    best, best_score = None, -np.inf
    reach = _SEARCH_MS / AUDIBLE_WINDOW_MS
    for start, end in _runs(quiet):
        middle = (start + end) // 2
        score = (end - start) - _NEARNESS * abs(middle - expected)
        if middle >= after and abs(middle - expected) <= reach and score > best_score:
            best, best_score = middle, score
    if best is not None:
        return best
    low = max(after, round(expected) - 20)
    high = max(low + 1, min(levels.size - 5, round(expected) + 20))
    return low + int(np.argmin(levels[low:high]))


def _runs(quiet: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> list[tuple[int, int]]:
    """Where `quiet` holds for at least three windows: first and one past the last."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], quiet.astype(np.int8), [0]))))
    return [(int(start), int(end)) for start, end in edges.reshape(-1, 2) if end - start >= 3]
