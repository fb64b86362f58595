"""Smart Turn v3.2 through onnxruntime, on the CPU: hears in the voice whether the user has finished.

Must not know of words, timers or what is decided with its probability.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from studio.model.audio import Samples, silence
from studio.providers.settings import ProviderSettings
from studio.providers.turn.log_mel import log_mel
from studio.providers.weights import locate

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

_WEIGHTS = {"v3.2": "smart-turn-v3.2"}


class SmartTurnSettings(ProviderSettings):
    """Nothing to choose but the model."""

    model: Literal["v3.2"] = "v3.2"


class SmartTurn:
    """Turn-end detection from sound: 25 to 35 ms on one core, however short the turn; two threads are slower."""

    Settings: ClassVar = SmartTurnSettings

    def __init__(self, settings: SmartTurnSettings) -> None:
        self._weights = _WEIGHTS[settings.model]
        self._session: InferenceSession | None = None
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="smart-turn")

    async def open(self) -> None:
        """Load and warm up.

        Raises:
            WeightsError: the weights are missing or damaged.
        """
        await asyncio.get_running_loop().run_in_executor(self._executor, self._load)
        await self.end_probability(silence(0))

    async def close(self) -> None:
        """Wait for the inference under way and drop the model."""
        await asyncio.to_thread(self._executor.shutdown)
        self._session = None

    async def end_probability(self, audio: Samples) -> float:
        """0 to 1 that the user has finished, from the latest 8 s of the turn at 16 kHz."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, self._judge, audio)

    def _load(self) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(
            str(locate(self._weights)), options, providers=["CPUExecutionProvider"]
        )

    def _judge(self, audio: Samples) -> float:
        if self._session is None:
            raise RuntimeError("Smart Turn was asked before it was opened.")
        (probability,) = self._session.run(None, {"input_features": log_mel(audio)[np.newaxis]})
        return float(probability.item())
