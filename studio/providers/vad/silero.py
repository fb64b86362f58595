"""Silero VAD through onnxruntime, on the CPU. Must not know what anyone does with its probabilities."""

import asyncio
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from studio.model.audio import Samples, silence
from studio.providers.settings import ProviderSettings
from studio.providers.weights import locate

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

FRAME_SAMPLES = 512
"""The only frame length the model knows at 16 kHz: 32 ms."""
_CONTEXT_SAMPLES = 64
"""Samples of the frame before, which the model wants in front of each frame."""
_STATE_SHAPE = (1, 1, 128)
_WEIGHTS = {"v6": "silero-vad"}


class SileroSettings(ProviderSettings):
    """Nothing to choose but the model."""

    model: Literal["v6"] = "v6"


class Silero:
    """Voice activity detection: 70 us for each frame of 32 ms on one core."""

    Settings: ClassVar = SileroSettings
    frame_samples = FRAME_SAMPLES

    def __init__(self, settings: SileroSettings) -> None:
        self._weights = _WEIGHTS[settings.model]
        self._session: InferenceSession | None = None
        self.reset()

    def reset(self) -> None:
        """Forget what was heard, so that a call hears the same whatever came before it."""
        self._hidden = self._cell = np.zeros(_STATE_SHAPE, dtype=np.float32)
        self._context = silence(_CONTEXT_SAMPLES)

    async def open(self) -> None:
        """Load and warm up.

        Raises:
            WeightsError: the weights are missing or damaged.
        """
        self._session = await asyncio.to_thread(self._load)
        self.speech_probability(silence(FRAME_SAMPLES))

    async def close(self) -> None:
        """Drop the model."""
        self._session = None

    def speech_probability(self, frame: Samples) -> float:
        """0 to 1 for the next frame of 512 samples at 16 kHz."""
        if self._session is None:
            raise RuntimeError("Silero was asked before it was opened.")
        if frame.shape != (FRAME_SAMPLES,):
            raise ValueError(f"Silero needs frames of {FRAME_SAMPLES} samples, not {frame.shape}.")
        heard = np.concatenate([self._context, frame])
        probability, self._hidden, self._cell = self._session.run(
            None, {"input": heard[np.newaxis], "h": self._hidden, "c": self._cell}
        )
        self._context = heard[-_CONTEXT_SAMPLES:]
        return float(probability[0])

    def _load(self) -> "InferenceSession":
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.add_free_dimension_override_by_name("sequence_length", 1)
        return onnxruntime.InferenceSession(str(locate(self._weights)), options, providers=["CPUExecutionProvider"])
