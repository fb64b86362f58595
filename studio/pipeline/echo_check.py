"""Is what the microphone hears the agent itself? Compares it with what was played just before.

Pure: told what was played and what was heard, both with device times. Must not know what follows from it.
"""

from collections import deque
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from studio.model.audio import LISTENING_RATE_HZ, AudioBlock, Samples, silence
from studio.model.time import Instant, later, of_samples, to_samples
from studio.pipeline.resampling import resample

ECHO_LIKENESS = 0.5
"""From here on a sound is the agent's echo rather than a user's voice.

Likeness of 300 ms of speech, measured with synthetic voices in a reverberant room at delays of 0 to 250 ms
(`tests/pipeline/test_echo_check.py` measures it again): the median, between which values nine of ten lie, how many
of about 300 reach this threshold:

    a user while the agent speaks       0.01  0.00 to 0.28    0 %   (one of 310: 0.69, in the agent's own voice)
    echo, as it was played              1.00  0.94 to 1.00   99 %
    echo in a room                      0.84  0.69 to 0.95   98 %
    echo from an overdriven speaker     0.81  0.67 to 0.95   98 %
    echo from a small speaker           0.73  0.46 to 0.89   92 %
    echo and a user 12 dB below it      0.75  0.00 to 0.89   84 %
    echo and a user 6 dB below it       0.57  0.00 to 0.84   56 %
    echo and a user as loud             0.25  0.00 to 0.74   19 %
    echo and a user 6 dB above it       0.06  0.00 to 0.50    5 %
    echo and a user 12 dB above it      0.03  0.00 to 0.30    1 %

It finds echo that came through: cancellation that is off, or has not found the delay. What a working canceller leaves
(33 to 77 dB below the echo) is no longer like what was played (0.00 to 0.21), and too soft to be taken for speech.
"""

LATEST = LISTENING_RATE_HZ * 400 // 1000
"""How long after it was played an echo may be heard; what the echo canceller covers, too."""
EARLIEST = LISTENING_RATE_HZ * 30 // 1000
"""How long before: as wrong as two devices' times may be."""
_KEPT_S = 3
"""Seconds of what was played that are kept; a speaker tells them ahead of their time."""
_LONGEST = LISTENING_RATE_HZ // 2
"""Of a longer sound the latest half second is compared."""

_WINDOW = 512
_HOP = 128
_DELAYS_TRIED = 3
_APART = 40
"""Samples between two delays that are worth a try of their own."""
_SILENT = 1e-8
"""Mean power at -80 dB, in which nothing can be told."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """How much of a sound is what was played."""

    likeness: float
    """0 to 1: the share of its power that some filter, such as a room, can make of what was played."""
    delay_ms: float
    """How much later it was heard than played, in milliseconds; means nothing where the likeness is low."""


class EchoCheck:
    """Remembers what was played lately, and compares."""

    def __init__(self) -> None:
        self._played: deque[AudioBlock] = deque()
        """Each follows the one before it."""
        self._rate_hz = LISTENING_RATE_HZ

    def played(self, block: AudioBlock, rate_hz: int) -> None:
        """The next block that was played, always at the same rate."""
        self._rate_hz = rate_hz
        self._played.append(block)
        while self._played[0].position < block.position - _KEPT_S * rate_hz:
            self._played.popleft()

    def compare(self, heard: Samples, start: Instant) -> Likeness:
        """The user's sound at 16 kHz, whose first sample was at the microphone at `start`.

        From 200 ms of sound on the answer can be relied on. Takes 2 ms for 300 ms.
        """
        skipped = max(0, heard.size - _LONGEST)
        start = later(start, of_samples(skipped - LATEST, LISTENING_RATE_HZ))
        return likeness(heard[skipped:], self._since(start, LATEST + heard.size - skipped + EARLIEST))

    def _since(self, start: Instant, count: int) -> Samples:
        """What was played from then on, at 16 kHz; silence where nothing is known."""
        rate_hz = self._rate_hz
        whole = silence(-(-count * rate_hz // LISTENING_RATE_HZ))
        for block in self._played:
            at = block.position + to_samples(self._played[-1].at - start, rate_hz) - self._played[-1].position
            begin, end = max(at, 0), min(at + block.samples.size, whole.size)
            if begin < end:
                whole[begin:end] = block.samples[begin - at : end - at]
        return resample(whole, rate_hz, LISTENING_RATE_HZ)[:count]


def likeness(heard: Samples, played: Samples) -> Likeness:
    """Compare `heard` with `played`, of which 400 ms lie before it and 30 ms after it, at 16 kHz."""
    if heard.size < 2 * _WINDOW or min(np.mean(heard**2), np.mean(played**2)) < _SILENT:
        return Likeness(0.0, 0.0)
    size = 1 << (played.size - 1).bit_length()
    cross = np.fft.rfft(played, size) * np.conj(np.fft.rfft(heard, size))
    # Half whitened: as sharp as a room lets it be, and not only about the loudest pitch.
    alike = np.abs(np.fft.irfft(cross / (np.sqrt(np.abs(cross)) + 1e-9), size)[: LATEST + EARLIEST + 1])
    of_heard = _spectra(heard)
    best = Likeness(0.0, 0.0)
    for _ in range(_DELAYS_TRIED):
        shift = int(np.argmax(alike))
        share = _explained(of_heard, _spectra(played[shift : shift + heard.size]))
        if share > best.likeness:
            best = Likeness(share, (LATEST - shift) * 1000 / LISTENING_RATE_HZ)
        alike[max(0, shift - _APART) : shift + _APART + 1] = 0
    return best


def _spectra(samples: Samples) -> npt.NDArray[np.complexfloating[Any, Any]]:
    """One row for each window."""
    windows = np.lib.stride_tricks.sliding_window_view(samples, _WINDOW)[::_HOP]
    return np.fft.rfft(windows * np.hanning(_WINDOW).astype(np.float32), axis=1)


def _explained(
    heard: npt.NDArray[np.complexfloating[Any, Any]], played: npt.NDArray[np.complexfloating[Any, Any]]
) -> float:
    """The share of the heard power that is coherent with what was played, frequency by frequency.

    Few windows always look coherent, and where all the power is in one burst few windows count: by as much as chance
    would give, each frequency counts less.
    """
    power_heard, power_played = np.abs(heard) ** 2, np.abs(played) ** 2
    sum_heard, sum_played = power_heard.sum(axis=0) + 1e-12, power_played.sum(axis=0) + 1e-12
    coherence = np.abs((np.conj(played) * heard).sum(axis=0)) ** 2 / sum_heard / sum_played
    counting = np.minimum(
        sum_heard**2 / ((power_heard**2).sum(axis=0) + 1e-24), sum_played**2 / ((power_played**2).sum(axis=0) + 1e-24)
    )
    independent = np.maximum(1.0, counting * 2 * _HOP / _WINDOW)
    coherence = np.clip((independent * coherence - 1) / np.maximum(independent - 1, 0.5), 0, 1)
    return float((coherence * sum_heard).sum() / sum_heard.sum())
