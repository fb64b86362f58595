"""Speech for tests, made by the TTS engine whose voice is part of its package."""

from functools import cache
from typing import Any

import numpy as np
import soxr

from studio.model.audio import LISTENING_RATE_HZ, Samples, silence

SENTENCES = (
    "What time does the library open on Saturday?",
    "Can you tell me the weather in London today?",
    "Please turn off the kitchen lights.",
    "How far away is the moon?",
    "I ordered a blue jacket last week, but it has not arrived yet.",
    "What is the capital of France?",
)
NOISES: dict[str, Samples] = {
    "nothing": silence(0),
    "a blink": silence(100),
    "silence": silence(2 * LISTENING_RATE_HZ),
    "hiss": np.random.default_rng(1).normal(0, 0.02, 2 * LISTENING_RATE_HZ).astype(np.float32),
    "loud hiss": np.random.default_rng(2).normal(0, 0.2, 3 * LISTENING_RATE_HZ).astype(np.float32),
    "a tone": (0.3 * np.sin(np.arange(2 * LISTENING_RATE_HZ) * 0.2)).astype(np.float32),
}


@cache
def spoken(text: str) -> Samples:
    """`text` at 16 kHz with half a second of silence on each side."""
    voice = np.concatenate(list(_voice().stream(text)))
    pause = silence(LISTENING_RATE_HZ // 2)
    return np.concatenate([pause, soxr.resample(voice, 24_000, LISTENING_RATE_HZ), pause]).astype(np.float32)


@cache
def _voice() -> Any:
    from hibari import Hibari

    return Hibari()


def words(text: str) -> list[str]:
    """The words of a text without marks and capitals."""
    return "".join(mark if mark.isalnum() or mark == "'" else " " for mark in text.lower()).split()
