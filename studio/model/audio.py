"""Sound as numbers: mono float32 arrays, their levels, and where speech is audible in them.

Pure functions over numpy arrays; must not know of devices, files or models.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from studio.model.time import Instant

Samples = npt.NDArray[np.float32]
"""Mono float32 samples in -1..1, one axis."""

LISTENING_RATE_HZ = 16_000
"""The rate of everything that listens: echo cancellation, VAD, turn detection, STT."""

AUDIBLE_DB = -40.0
"""A sample is audible down to this level below the loudest part of its utterance (reference: measures)."""

AUDIBLE_WINDOW_MS = 10
"""The window over which audibility is measured."""


@dataclass(frozen=True, slots=True)
class AudioBlock:
    """A run of consecutive samples of one track."""

    samples: Samples
    position: int
    """Index of the first sample in its track, counted from the track's start (64 bit)."""
    at: Instant
    """When the block's first sample was at the device."""


def silence(count: int) -> Samples:
    """`count` samples of silence."""
    return np.zeros(count, dtype=np.float32)


def to_float(pcm: npt.NDArray[np.int16]) -> Samples:
    """16-bit PCM to float32 in -1..1."""
    return (pcm.astype(np.float32)) / np.float32(32768.0)


def to_pcm16(samples: Samples) -> npt.NDArray[np.int16]:
    """float32 to 16-bit PCM; louder than full scale is clipped."""
    scaled = samples * np.float32(32768.0)
    np.rint(scaled, out=scaled)
    np.minimum(np.maximum(scaled, -32768, out=scaled), 32767, out=scaled)
    return scaled.astype(np.int16)


def peak(samples: Samples) -> float:
    """The largest magnitude, 0 for an empty array."""
    return float(np.maximum.reduce(np.abs(samples))) if samples.size else 0.0


def rms_windows(samples: Samples, rate_hz: int) -> Samples:
    """Root mean square of each `AUDIBLE_WINDOW_MS` window; the last, partial window counts too."""
    window = rate_hz * AUDIBLE_WINDOW_MS // 1000
    if samples.size == 0:
        return silence(0)
    padded = np.pad(samples, (0, -samples.size % window))
    power = np.mean(np.square(padded.reshape(-1, window), dtype=np.float64), axis=1)
    return np.asarray(np.sqrt(power), dtype=np.float32)


def audible_span(samples: Samples, rate_hz: int, noise_rms: float = 0.0) -> tuple[int, int] | None:
    """First and one-past-last audible sample, in whole windows; None when nothing is audible.

    Audible means within `AUDIBLE_DB` of the loudest window, and at least twice (6 dB above) the
    noise floor `noise_rms`, so that a noisy microphone does not stretch an utterance.
    """
    levels = rms_windows(samples, rate_hz)
    if levels.size == 0:
        return None
    threshold = max(float(levels.max()) * 10 ** (AUDIBLE_DB / 20), 2 * noise_rms, 1e-5)
    loud = np.flatnonzero(levels >= threshold)
    if loud.size == 0:
        return None
    window = rate_hz * AUDIBLE_WINDOW_MS // 1000
    return int(loud[0]) * window, min((int(loud[-1]) + 1) * window, samples.size)
