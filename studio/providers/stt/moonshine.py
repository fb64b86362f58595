"""Moonshine on the CPU: English, about 25 ms for each second of speech. Must not know when it is asked, or why."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar, Literal

from studio.model.audio import LISTENING_RATE_HZ, Samples, silence
from studio.model.errors import ErrorCategory, ProviderError
from studio.providers.stt.segmented import Segmentation, SegmentedStream, SegmentSeconds
from studio.providers.weights import locate

_WEIGHTS = {"tiny-en": "moonshine-tiny-en"}
_OPTIONS = {
    "vad_threshold": "0.0",  # our own VAD has cut the segments; the built-in one cuts words
    "return_audio_data": "false",  # else every sample comes back as a Python float
}
_SHORTEST = LISTENING_RATE_HZ // 10
"""Less than 100 ms holds no word, and the library fails on less than 60 ms."""
_SAID_OF_NOISE = frozenset({"You", "Thank you for watching!"})
"""What the model makes of silence, hiss and hum, to the letter: with words it puts a mark at the end of a sentence."""


class MoonshineSettings(Segmentation):
    """Moonshine's model and its segments."""

    model: Literal["tiny-en"] = "tiny-en"
    segment_s: SegmentSeconds = 12
    """Shorter than the model allows: the END of endless speech then takes 300 ms, not 700."""


class Moonshine:
    """Speech to text with moonshine-voice 0.0.73."""

    Settings: ClassVar = MoonshineSettings

    def __init__(self, settings: MoonshineSettings) -> None:
        self._settings = settings
        self._transcriber: Any = None
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="moonshine")

    async def open(self) -> None:
        """Load and warm up.

        Raises:
            WeightsError: the weights are missing or damaged.
            ProviderError: the library cannot be loaded on this system.
        """
        await asyncio.get_running_loop().run_in_executor(self._executor, self._load)
        await self.transcribe(silence(LISTENING_RATE_HZ))

    async def close(self) -> None:
        """Wait for the decoding under way and free the model."""
        await asyncio.to_thread(self._executor.shutdown)
        if self._transcriber is not None:
            self._transcriber.close()
            self._transcriber = None

    async def stream(self) -> SegmentedStream:
        """Start transcribing one call."""
        return SegmentedStream(self, self._settings)

    async def transcribe(self, samples: Samples) -> str:
        """The words in a stretch of sound at 16 kHz.

        Raises:
            ProviderError: the library failed.
        """
        return await asyncio.get_running_loop().run_in_executor(self._executor, self._recognise, samples)

    def _load(self) -> None:
        from moonshine_voice import ModelArch, Transcriber
        from moonshine_voice.errors import MoonshineError

        weights = locate(_WEIGHTS[self._settings.model])
        try:
            self._transcriber = Transcriber(weights, ModelArch.TINY, options=_OPTIONS)
        except MoonshineError as error:
            raise ProviderError(f"Moonshine cannot be loaded: {error}.", ErrorCategory.NOT_INSTALLED) from error

    def _recognise(self, samples: Samples) -> str:
        if samples.size < _SHORTEST:
            return ""
        from moonshine_voice.errors import MoonshineError

        try:
            heard = self._transcriber.transcribe_without_streaming(samples.tolist(), LISTENING_RATE_HZ)
        except MoonshineError as error:
            raise ProviderError(f"Moonshine failed: {error}.", ErrorCategory.SERVER) from error
        text = " ".join(line.text.strip() for line in heard.lines).strip()
        return "" if text in _SAID_OF_NOISE else text
