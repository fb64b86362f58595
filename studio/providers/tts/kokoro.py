"""Kokoro-82M on the CPU: English, 24 kHz, many voices, the best sounding; two seconds for a sentence on two cores.

Must not know what a reply is; a text of several sentences is spoken sentence by sentence.
"""

import asyncio
import json
import textwrap
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from studio.model.audio import Samples
from studio.model.errors import PresetError
from studio.pipeline.ports import Sound
from studio.providers.settings import ProviderSettings
from studio.providers.weights import locate

_WEIGHTS = {"82m-int8": "kokoro-82m-int8"}
_LONGEST = 500
"""Phonemes that the model takes at once; its styles are for at most 509."""
_STYLE_SIZE = 256
_WARM_UP = "It is 7:30 in Zorblatville."
"""A number and a word in no dictionary, so that everything that is loaded on first use is."""


class KokoroSettings(ProviderSettings):
    """Voice and pace."""

    model: Literal["82m-int8"] = "82m-int8"
    voice: str = Field(default="af_heart", pattern=r"^[ab][fm]_[a-z]+$")
    """American or British, female or male, and a name: `af_heart`, `am_michael`, `bf_emma`."""
    speed: float = Field(default=1.0, ge=0.5, le=2)
    """1: the voice's own pace; 2: twice as fast."""
    threads: int = Field(default=2, ge=1)
    """Cores for one sentence."""


class Kokoro:
    """Text to speech with Kokoro's ONNX model and hibari's reading of English."""

    Settings: ClassVar = KokoroSettings
    rate_hz = 24_000

    def __init__(self, settings: KokoroSettings) -> None:
        self._settings = settings
        self._session: Any = None
        self._to_phonemes: Any = None
        self._ids: dict[str, int] = {}
        self._styles = np.zeros((0, 1, _STYLE_SIZE), dtype=np.float32)
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="kokoro")

    async def open(self) -> None:
        """Load and warm up: 3 s.

        Raises:
            WeightsError: the weights are missing or damaged.
            PresetError: there is no such voice.
        """
        await asyncio.get_running_loop().run_in_executor(self._executor, self._load)
        async for _ in self.speak(_WARM_UP):
            pass

    async def close(self) -> None:
        """Free the model. Safe to call twice."""
        await asyncio.to_thread(self._executor.shutdown, cancel_futures=True)
        self._session = None

    async def speak(self, text: str) -> AsyncGenerator[Sound, None]:
        """The voice, one array a sentence; closing the iterator stops the sentence under way."""
        from onnxruntime import RunOptions

        loop = asyncio.get_running_loop()
        options = RunOptions()
        try:
            for phonemes in await loop.run_in_executor(self._executor, self._phonemes, text):
                yield Sound(await loop.run_in_executor(self._executor, self._synthesise, phonemes, options))
        finally:
            options.terminate = True

    async def voices(self) -> list[tuple[str, str]]:
        """Names of the voices on this machine and what people call them, with the language; wants no `open`.

        Raises:
            WeightsError: the weights are missing or damaged.
        """
        folder = await asyncio.to_thread(locate, _WEIGHTS[self._settings.model])
        return [(name, _titled(name)) for name in _voices_in(folder)]

    def _load(self) -> None:
        from hibari.g2p import G2P
        from onnxruntime import InferenceSession, SessionOptions

        folder = locate(_WEIGHTS[self._settings.model])
        voice = folder / "voices" / f"{self._settings.voice}.bin"
        if not voice.is_file():
            there = ", ".join(_voices_in(folder))
            raise PresetError(f"tts: kokoro has no voice {self._settings.voice!r}; it has: {there}.")
        self._styles = np.fromfile(voice, dtype=np.float32).reshape(-1, 1, _STYLE_SIZE)
        self._ids = json.loads((folder / "vocab.json").read_text(encoding="utf-8"))["vocab"]
        self._to_phonemes = G2P(british=self._settings.voice.startswith("b"))
        options = SessionOptions()
        options.intra_op_num_threads = self._settings.threads
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # two cores, shared with the call
        self._session = InferenceSession(folder / "model.onnx", options, providers=["CPUExecutionProvider"])

    def _phonemes(self, text: str) -> list[str]:
        """Pieces the model can take, at least one a sentence that has words."""
        from hibari import Hibari

        sentences = [self._to_phonemes(sentence) for sentence in Hibari.split_sentences(text)]
        pieces = [piece for sentence in sentences for piece in textwrap.wrap(sentence, _LONGEST)]
        return [piece for piece in pieces if any(map(str.isalpha, piece))]

    def _synthesise(self, phonemes: str, options: Any) -> Samples:
        ids = [self._ids[phoneme] for phoneme in phonemes if phoneme in self._ids]
        inputs = {
            "tokens": np.array([[0, *ids, 0]], dtype=np.int64),
            "style": self._styles[len(ids)],
            "speed": np.array([self._settings.speed], dtype=np.float32),
        }
        (audio,) = self._session.run(None, inputs, options)
        return np.asarray(audio, dtype=np.float32).reshape(-1)


def _voices_in(folder: Path) -> list[str]:
    return sorted(path.stem for path in (folder / "voices").glob("[ab][fm]_*.bin"))


def _titled(name: str) -> str:
    """`Heart (en-US, female)` for `af_heart`."""
    kind, _, person = name.partition("_")
    language = "en-GB" if kind[0] == "b" else "en-US"
    return f"{person.capitalize()} ({language}, {'female' if kind[1] == 'f' else 'male'})"
