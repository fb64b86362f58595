"""Coughs and household noises, shaped out of noise with a given generator: no recording of any was at hand. Pure."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from studio.model.audio import LISTENING_RATE_HZ, Samples

_Hertz = npt.NDArray[np.floating[Any]]

_COUGH_BANDS = ((500, 250, 1.0), (1400, 500, 0.8), (3000, 1200, 0.5))
"""Centre and width in hertz, and strength: an open throat."""


def cough(chance: np.random.Generator) -> Samples:
    """One to three bursts, each with its hiss and a voiced tail."""
    bursts = [_burst(chance) for _ in range(int(chance.integers(1, 4)))]
    gaps = [np.zeros(int(chance.integers(800, 3200)), dtype=np.float32) for _ in bursts]
    return np.concatenate([piece for pair in zip(bursts, gaps, strict=True) for piece in pair][:-1])


def noise(chance: np.random.Generator) -> Samples:
    """A door, keys, or a cup that is put down."""
    kind = int(chance.integers(0, 3))
    if kind == 0:
        return _shaped(chance, 0.35, ((90, 60, 1.0), (300, 200, 0.3)), 0.08)
    if kind == 1:
        clicks = [_shaped(chance, 0.1, ((2500, 1500, 1.0), (6000, 1000, 0.6)), 0.008) for _ in range(8)]
        return np.concatenate([click * chance.uniform(0.4, 1.0) for click in clicks]).astype(np.float32)
    return _shaped(chance, 0.5, ((2100, 60, 1.0), (4300, 90, 0.7), (700, 300, 0.3)), 0.06)


def background(chance: np.random.Generator, count: int, level_db: float) -> Samples:
    """Noise of a room: softer the higher, at `level_db` below full scale."""
    pink = _filtered(chance, count, lambda hertz: 1 / np.sqrt(np.maximum(hertz, 40)))
    return np.asarray(pink * 10 ** (level_db / 20) / np.sqrt(np.mean(pink**2)), dtype=np.float32)


def _burst(chance: np.random.Generator) -> Samples:
    hiss = _shaped(chance, 0.28, _COUGH_BANDS, 0.07)
    seconds = np.arange(int(0.16 * LISTENING_RATE_HZ)) / LISTENING_RATE_HZ
    pitch = chance.uniform(120, 260) * (1 - 0.8 * seconds)
    phase = 2 * np.pi * np.cumsum(pitch) / LISTENING_RATE_HZ
    voiced = sum(np.sin(phase * harmonic) / harmonic for harmonic in range(1, 8)) * np.hanning(seconds.size) * 0.15
    begin = int(0.05 * LISTENING_RATE_HZ)
    hiss[begin : begin + voiced.size] += voiced.astype(np.float32)
    return hiss


def _shaped(
    chance: np.random.Generator, length_s: float, bands: tuple[tuple[float, float, float], ...], decay_s: float
) -> Samples:
    count = int(length_s * LISTENING_RATE_HZ)
    shape = _filtered(
        chance,
        count,
        lambda hertz: np.sum(
            [strength * np.exp(-(((hertz - centre) / width) ** 2)) for centre, width, strength in bands], axis=0
        ),
    )
    seconds = np.arange(count) / LISTENING_RATE_HZ
    sound = shape * np.minimum(1, seconds / 0.004) * np.exp(-seconds / decay_s)
    return np.asarray(sound / np.max(np.abs(sound)), dtype=np.float32)


def _filtered(chance: np.random.Generator, count: int, gain: Callable[[_Hertz], _Hertz]) -> Samples:
    spectrum = np.fft.rfft(chance.standard_normal(count))
    hertz = np.fft.rfftfreq(count, 1 / LISTENING_RATE_HZ)
    return np.asarray(np.fft.irfft(spectrum * gain(hertz), count), dtype=np.float32)
