"""Whisper through faster-whisper, on the CPU or CUDA. Must not know when it is asked, or why."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar, Literal

from studio.model.audio import LISTENING_RATE_HZ, Samples, silence
from studio.model.errors import ErrorCategory, ProviderError
from studio.providers.stt.segmented import Segmentation, SegmentedStream
from studio.providers.weights import locate

_WEIGHTS = {"tiny.en": "whisper-tiny.en", "base": "whisper-base"}
"""The models whose weights we bring; faster-whisper fetches any other from the hub, or takes it from a folder."""


class WhisperSettings(Segmentation):
    """Whisper's model, where it runs, and its segments."""

    model: str = "tiny.en"
    """A size as faster-whisper calls it (`large-v3-turbo`), a hub repository, or a folder."""
    language: str | None = "en"
    """Two letters; None: found out for each segment, by the multilingual models."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """auto: CUDA where there is a device."""
    compute_type: Literal["auto", "int8", "int8_float16", "float16", "float32"] = "auto"
    """auto: int8 on the CPU, float16 on CUDA."""


class Whisper:
    """Speech to text with faster-whisper: 260 ms with tiny.en on two cores, however short the speech."""

    Settings: ClassVar = WhisperSettings

    def __init__(self, settings: WhisperSettings) -> None:
        self._settings = settings
        self._model: Any = None
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="whisper")

    async def open(self) -> None:
        """Load, fetching a model that is not ours from the hub, and warm up.

        Raises:
            WeightsError: our weights are missing or damaged.
            ProviderError: faster-whisper is not installed, or cannot load or run the model.
        """
        try:
            await asyncio.get_running_loop().run_in_executor(self._executor, self._load)
        except ImportError as error:
            raise ProviderError(
                "Whisper needs faster-whisper; run `pip install voice-agent-studio[whisper]`.",
                ErrorCategory.NOT_INSTALLED,
            ) from error
        except (OSError, ValueError, RuntimeError) as error:
            raise ProviderError(
                f"Whisper cannot load {self._settings.model!r} on device {self._settings.device!r}: {_reason(error)}.",
                ErrorCategory.INVALID_REQUEST,
            ) from error

    async def close(self) -> None:
        """Wait for the decoding under way and drop the model."""
        await asyncio.to_thread(self._executor.shutdown)
        self._model = None

    async def stream(self) -> SegmentedStream:
        """Start transcribing one call."""
        return SegmentedStream(self, self._settings)

    async def transcribe(self, samples: Samples) -> str:
        """The words in a stretch of sound at 16 kHz.

        Raises:
            ProviderError: the library failed, for instance for lack of memory.
        """
        try:
            return await asyncio.get_running_loop().run_in_executor(self._executor, self._recognise, samples)
        except RuntimeError as error:
            raise ProviderError(f"Whisper failed: {_reason(error)}.", ErrorCategory.SERVER) from error

    def _load(self) -> None:
        import ctranslate2
        from faster_whisper import WhisperModel

        settings = self._settings
        has_cuda = ctranslate2.get_cuda_device_count() > 0
        device = settings.device if settings.device != "auto" else "cuda" if has_cuda else "cpu"
        exact = settings.compute_type if settings.compute_type != "auto" else "int8" if device == "cpu" else "float16"
        ours = _WEIGHTS.get(settings.model)
        self._model = WhisperModel(str(locate(ours)) if ours else settings.model, device=device, compute_type=exact)
        self._recognise(silence(LISTENING_RATE_HZ))

    def _recognise(self, samples: Samples) -> str:
        segments, _ = self._model.transcribe(
            samples,
            language=self._settings.language,
            beam_size=1,
            temperature=0.0,
            without_timestamps=True,
            condition_on_previous_text=False,
        )
        return " ".join(segment.text.strip() for segment in segments).strip()


def _reason(error: Exception) -> str:
    """The first line of what a library says."""
    return str(error).partition("\n")[0].rstrip(".")
