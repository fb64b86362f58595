"""The sound that stands for an answer where no voice can be had. Pure."""

import numpy as np

from studio.model.audio import Samples

_TONES_HZ = (440.0, 330.0)
"""Falling, as a question that fails."""
_TONE_S = 0.16
_FADE_S = 0.02
_PEAK = 0.12


def trouble_sound(rate_hz: int) -> Samples:
    """Two soft tones, 0.32 s at `rate_hz`, without a click."""
    times = np.arange(round(_TONE_S * rate_hz)) / rate_hz
    fade = np.minimum(1, np.minimum(times, times[::-1]) / _FADE_S)
    tones = [_PEAK * fade * np.sin(2 * np.pi * tone * times) for tone in _TONES_HZ]
    return np.concatenate(tones).astype(np.float32)
