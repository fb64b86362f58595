"""Changes the rate of mono sound, in one go or as it streams. Must not know where the sound comes from."""

from functools import cache
from math import gcd
from typing import Any

import numpy as np
import numpy.typing as npt

from studio.model.audio import Samples, silence

_KEPT = 0.9
"""Share of the lower rate's band that is kept whole; above the band nothing is left."""
_ATTENUATION_DB = 80


def resample(samples: Samples, from_hz: int, to_hz: int) -> Samples:
    """The whole of `samples` at another rate."""
    if from_hz == to_hz:
        return samples
    import soxr

    changed: Samples = soxr.resample(samples, from_hz, to_hz)
    return changed


class StreamResampler:
    """A stream at another rate; what goes in at time t comes out at time t.

    Every wait for the user's words and for the agent's voice passes through two of these, so it is one filter of the
    least length instead of soxr's stream, which holds back 10 to 14 ms (36 ms at a fixed ratio): 3 ms at 16 kHz, 2 ms
    from 24 to 48 kHz.
    """

    def __init__(self, from_hz: int, to_hz: int) -> None:
        common = gcd(from_hz, to_hz)
        self._up, self._down = to_hz // common, from_hz // common
        self._kernels = _kernels(self._up, self._down)
        self._half = self._kernels.shape[1] // 2
        self._kept = silence(self._half - 1)
        self._begin = 1 - self._half
        """Index of the first kept sample in the stream that goes in."""
        self._next = 0
        """Index of the next sample that comes out."""

    def push(self, samples: Samples) -> Samples:
        """The next samples in; what is ready out."""
        if self._up == self._down:
            return samples
        self._kept = np.concatenate((self._kept, samples))
        ends = self._begin + self._kept.size - self._half
        return self._until(-(-ends * self._up // self._down))

    def flush(self) -> Samples:
        """The stream is over: what was held back. Nothing may be pushed afterwards."""
        return silence(0) if self._up == self._down else self.push(silence(self._half))

    def _until(self, end: int) -> Samples:
        if end <= self._next:
            return silence(0)
        changed = np.empty(end - self._next, dtype=np.float32)
        windows = np.lib.stride_tricks.sliding_window_view(self._kept, 2 * self._half)
        if self._up < changed.size:
            for offset in range(self._up):  # all that lie alike between the samples that go in, without a copy
                first, phase = self._place(self._next + offset)
                alike = changed[offset :: self._up]
                np.einsum("ij,j->i", windows[first :: self._down][: alike.size], self._kernels[phase], out=alike)
        else:
            first, phase = self._place(np.arange(self._next, end))
            np.einsum("ij,ij->i", windows[first], self._kernels[phase], out=changed)
        self._next = end
        done = self._place(end)[0]
        self._kept, self._begin = self._kept[done:], self._begin + done
        return changed

    def _place(self, index: Any) -> Any:
        """Where in what is kept the window of a sample (or of many) that comes out begins, and its kernel."""
        at = index * self._down
        return at // self._up - self._half + 1 - self._begin, at % self._up


@cache
def _kernels(up: int, down: int) -> npt.NDArray[np.float32]:
    """For each position between two samples that go in (`up` of them) the weights of those around it.

    A sinc in Kaiser's window (F. Kuo and J. F. Kaiser, System Analysis by Digital Computer, 1966), whose length and
    shape follow from the attenuation and the width of the band in which it sets in.
    """
    band = min(1.0, up / down)
    half = int(np.ceil((_ATTENUATION_DB - 7.95) / (2.285 * np.pi * (1 - _KEPT) * band) / 2))
    distance = np.arange(1 - half, half + 1) - np.arange(up)[:, np.newaxis] / up
    inside = np.sqrt(np.maximum(0, 1 - (distance / half) ** 2))
    window = np.i0(0.1102 * (_ATTENUATION_DB - 8.7) * inside) / np.i0(0.1102 * (_ATTENUATION_DB - 8.7))
    cutoff = band * (1 + _KEPT) / 2
    weights = cutoff * np.sinc(cutoff * distance) * window
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), dtype=np.float32)
