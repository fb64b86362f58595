"""Whisper's log-mel spectrogram of 8 s of sound, in numpy. Pure; must not know of any model.

The numbers are those of Hugging Face transformers' `WhisperFeatureExtractor(chunk_length=8)` with
`do_normalize=True` (Apache-2.0), which Smart Turn was trained on; compared against the numpy version
in Pipecat 1.14.0 (`pipecat.audio.turn.smart_turn._whisper_features`, BSD-2-Clause).
"""

from functools import cache

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from studio.model.audio import LISTENING_RATE_HZ, Samples

WINDOW_SAMPLES = 8 * LISTENING_RATE_HZ
"""What is looked at: the latest 8 s; less is filled up with silence in front."""
_FFT_SAMPLES = 400
_HOP_SAMPLES = 160
_MELS = 80
_FRAMES_AT_ONCE = 16
"""Small enough a product that OpenBLAS calls no second thread, which would spin for 50 ms after it."""
_TINY_VARIANCE = 1e-7
_TINY_POWER = 1e-10
_DYNAMIC_RANGE = 8.0
"""Powers of ten below the loudest value at which the spectrogram is cut off."""


def log_mel(audio: Samples) -> Samples:
    """The latest 8 s of `audio` (16 kHz) as 80 mel bands x 800 frames, float32, about -1..1."""
    latest = audio[-WINDOW_SAMPLES:]
    front = WINDOW_SAMPLES - latest.size
    window = np.pad(latest, (front, 0))
    normal = (window - window.mean()) / np.sqrt(window.var() + _TINY_VARIANCE)
    padded = np.pad(normal.astype(np.float64), _FFT_SAMPLES // 2, mode="reflect")
    # Frames of nothing but the silence in front are all alike: one of them stands for the rest.
    alike = max(0, front - _FFT_SAMPLES // 2) // _HOP_SAMPLES // _FRAMES_AT_ONCE * _FRAMES_AT_ONCE
    frames = sliding_window_view(padded, _FFT_SAMPLES)[::_HOP_SAMPLES][alike:-1]
    spectrum = np.fft.rfft(frames * np.hanning(_FFT_SAMPLES + 1)[:-1])
    power = spectrum.real**2 + spectrum.imag**2
    bands = (power.reshape(-1, _FRAMES_AT_ONCE, power.shape[1]) @ _mel_filters()).reshape(-1, _MELS)
    heard = np.log10(np.maximum(bands, _TINY_POWER)).T
    mel = np.concatenate([np.repeat(heard[:, :1], alike, axis=1), heard], axis=1)
    scaled: Samples = ((np.maximum(mel, mel.max() - _DYNAMIC_RANGE) + 4.0) / 4.0).astype(np.float32)
    return scaled


@cache
def _mel_filters() -> npt.NDArray[np.float64]:
    """Triangles on Slaney's mel scale, each of area 1: frequency bins x mel bands."""
    nyquist = LISTENING_RATE_HZ / 2
    corners = _to_hertz(np.linspace(0.0, _to_mel(nyquist), _MELS + 2))
    bins = np.linspace(0.0, nyquist, _FFT_SAMPLES // 2 + 1)[:, np.newaxis]
    low, centre, high = corners[:-2], corners[1:-1], corners[2:]
    rising = (bins - low) / (centre - low)
    falling = (high - bins) / (high - centre)
    filters: npt.NDArray[np.float64] = np.maximum(0.0, np.minimum(rising, falling)) * 2.0 / (high - low)
    return filters


_LINEAR_UP_TO_HZ = 1000.0
_MELS_PER_HZ = 3.0 / 200.0
_MELS_PER_E_FOLD = 27.0 / np.log(6.4)
_LINEAR_UP_TO_MEL = _LINEAR_UP_TO_HZ * _MELS_PER_HZ


def _to_mel(hertz: float) -> float:
    """Slaney's scale above 1 kHz, where it is logarithmic."""
    return float(_LINEAR_UP_TO_MEL + np.log(hertz / _LINEAR_UP_TO_HZ) * _MELS_PER_E_FOLD)


def _to_hertz(mels: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Slaney's scale back to hertz."""
    logarithmic = _LINEAR_UP_TO_HZ * np.exp((mels - _LINEAR_UP_TO_MEL) / _MELS_PER_E_FOLD)
    return np.where(mels < _LINEAR_UP_TO_MEL, mels / _MELS_PER_HZ, logarithmic)
