"""Hibari on the CPU: English, 24 kHz, 20 ms for a sentence. Reads numbers and abbreviations out as its library does.

Must not know what a reply is; a text of several sentences is spoken sentence by sentence.
"""

import asyncio
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from studio.model.audio import Samples
from studio.pipeline.ports import Sound
from studio.providers.settings import ProviderSettings
from studio.providers.weights import locate

_WEIGHTS = {"heart": "hibari-heart"}
_SEED = 0
"""Of the noise in the voice: the same text sounds the same, sample for sample."""
_WARM_UP = "It is 7:30 in Zorblatville."
"""A number and a word in no dictionary, so that everything that is loaded on first use is."""


class HibariSettings(ProviderSettings):
    """The voice, which is the model, and its pace."""

    model: Literal["heart"] = "heart"
    speed: float = Field(default=1.0, ge=0.5, le=2)
    """1: the voice's own pace; 2: twice as fast."""


class Hibari:
    """Text to speech with hibari-tts 0.2.1."""

    Settings: ClassVar = HibariSettings
    rate_hz = 24_000

    def __init__(self, settings: HibariSettings) -> None:
        self._settings = settings
        self._voice: Any = None
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="hibari")

    async def open(self) -> None:
        """Load and warm up: 0.6 s.

        Raises:
            WeightsError: the weights are missing or damaged.
        """
        await asyncio.get_running_loop().run_in_executor(self._executor, self._load)
        async for _ in self.speak(_WARM_UP):
            pass

    async def close(self) -> None:
        """Wait for the sentence under way and free the model. Safe to call twice."""
        await asyncio.to_thread(self._executor.shutdown, cancel_futures=True)
        self._voice = None

    async def speak(self, text: str) -> AsyncGenerator[Sound, None]:
        """The voice, one array a sentence, each as soon as it is there; nothing for a text without words."""
        loop = asyncio.get_running_loop()
        for phonemes in await loop.run_in_executor(self._executor, self._phonemes, text):
            yield Sound(await loop.run_in_executor(self._executor, self._synthesise, phonemes))

    def _load(self) -> None:
        import hibari

        model = locate(_WEIGHTS[self._settings.model]) / "hibari.onnx"
        self._voice = hibari.Hibari(voice=self._settings.model, model=str(model), threads=1)

    def _phonemes(self, text: str) -> list[str]:
        """One piece a sentence; marks alone would be voiced as a grunt."""
        return [piece for piece in self._voice.phonemize(text) if any(map(str.isalpha, piece))]

    def _synthesise(self, phonemes: str) -> Samples:
        return np.asarray(self._voice.from_phonemes(phonemes, self._settings.speed, _SEED), dtype=np.float32)
