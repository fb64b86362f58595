"""Parts that follow a script instead of thinking: every delay is a setting, every answer is known.

For demonstrations without models and for tests of everything else. On a virtual clock a scripted
call is instantaneous and always the same. They make no real sound: a tone stands for speech.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from studio.model.audio import Samples, peak
from studio.model.conversation import Message, Tokens, Tool
from studio.model.terms import TranscriptKind
from studio.pipeline.ports import ReplyPiece, Sound, SttStream, Transcript
from studio.providers.settings import ProviderSettings

SPEECH_PEAK = 0.02
"""A scripted VAD takes anything louder for speech."""

Lines = Annotated[tuple[str, ...], Field(min_length=1, strict=False)]
"""A script: a preset gives it as a list."""

_TTS_RATE_HZ = 24_000
_TONE_HZ = 220.0


class _Scripted:
    """Nothing to load, nothing to free."""

    async def open(self) -> None:
        """Ready at once."""

    async def close(self) -> None:
        """Nothing to free."""


class VadSettings(ProviderSettings):
    """Frame length as Silero's."""

    model: str = "loudness"
    frame_samples: int = 512


class ScriptedVad(_Scripted):
    """Hears speech in every frame that is not quiet."""

    Settings: ClassVar = VadSettings

    def __init__(self, settings: VadSettings) -> None:
        self.frame_samples = settings.frame_samples

    def speech_probability(self, frame: Samples) -> float:
        """0.99 for a loud frame, 0.01 for a quiet one."""
        return 0.99 if peak(frame) > SPEECH_PEAK else 0.01

    def reset(self) -> None:
        """It remembers nothing."""


class TurnSettings(ProviderSettings):
    """What every pause is judged to be."""

    model: str = "fixed"
    probability: float = 0.95
    delay_ms: float = 25.0


class ScriptedTurn(_Scripted):
    """Judges every pause alike, after a delay."""

    Settings: ClassVar = TurnSettings

    def __init__(self, settings: TurnSettings) -> None:
        self._settings = settings

    async def end_probability(self, audio: Samples) -> float:  # noqa: ARG002
        """The set probability, whatever was said."""
        await asyncio.sleep(self._settings.delay_ms / 1000)
        return self._settings.probability


class SttSettings(ProviderSettings):
    """What the caller says: one text a turn, the last one for ever."""

    model: str = "script"
    texts: Lines = ("Hello.",)
    delay_ms: float = 60.0


class ScriptedStt(_Scripted):
    """Knows what the caller will say."""

    Settings: ClassVar = SttSettings

    def __init__(self, settings: SttSettings) -> None:
        self._settings = settings

    async def stream(self) -> SttStream:
        """A stream that answers every pause with the turn's text."""
        return _ScriptedStream(self._settings)


class _ScriptedStream:
    def __init__(self, settings: SttSettings) -> None:
        self._settings = settings
        self._turn = 0
        self._heard = False
        self.billed_ms = 0.0
        self._answers: asyncio.Queue[Transcript | None] = asyncio.Queue()
        self._due: asyncio.TimerHandle | None = None

    def push(self, block: Samples) -> None:
        pass

    def speech_started(self) -> None:
        self._heard = True
        self._cancel()

    def speech_paused(self) -> None:
        self._cancel()
        text = self._settings.texts[min(self._turn, len(self._settings.texts) - 1)]
        answer = Transcript(TranscriptKind.END, text, 1.0)
        delay = self._settings.delay_ms / 1000
        self._due = asyncio.get_running_loop().call_later(delay, self._answers.put_nowait, answer)

    def turn_committed(self) -> None:
        self._cancel()
        self._turn += self._heard  # a greeting is a turn in which the caller says nothing
        self._heard = False

    async def transcripts(self) -> AsyncGenerator[Transcript, None]:
        while (answer := await self._answers.get()) is not None:
            yield answer

    async def close(self) -> None:
        self._cancel()
        self._answers.put_nowait(None)

    def _cancel(self) -> None:
        if self._due is not None:
            self._due.cancel()
            self._due = None


class LlmSettings(ProviderSettings):
    """What the agent says: one reply a request, the last one for ever."""

    model: str = "script"
    replies: Lines = ("I see. Tell me more about it.",)
    first_token_ms: float = 100.0
    token_ms: float = 20.0


class ScriptedLlm(_Scripted):
    """Knows what it will say, word by word."""

    Settings: ClassVar = LlmSettings

    def __init__(self, settings: LlmSettings) -> None:
        self._settings = settings
        self._asked = 0

    async def warm(self, messages: Sequence[Message]) -> None:
        """Nothing to warm."""

    async def reply(self, messages: Sequence[Message], tools: Sequence[Tool] = ()) -> AsyncGenerator[ReplyPiece, None]:  # noqa: ARG002
        """The next scripted reply, a word at a time."""
        reply = self._settings.replies[min(self._asked, len(self._settings.replies) - 1)]
        self._asked += 1
        words = reply.split(" ")
        await asyncio.sleep(self._settings.first_token_ms / 1000)
        for index, word in enumerate(words):
            if index:
                await asyncio.sleep(self._settings.token_ms / 1000)
            yield ReplyPiece(word if index == 0 else f" {word}")
        prompt = sum(len(message.text.split()) for message in messages)
        yield ReplyPiece(tokens=Tokens(prompt, len(words)))


class TtsSettings(ProviderSettings):
    """How fast the voice comes and how slowly it speaks."""

    model: str = "tone"
    first_audio_ms: float = 50.0
    character_ms: float = 60.0
    """Length of the sound a character; people speak at about this rate."""


class ScriptedTts(_Scripted):
    """Speaks in a tone, as long as the words would take."""

    Settings: ClassVar = TtsSettings

    rate_hz = _TTS_RATE_HZ

    def __init__(self, settings: TtsSettings) -> None:
        self._settings = settings

    async def speak(self, text: str) -> AsyncGenerator[Sound, None]:
        """One tone for the whole clause."""
        await asyncio.sleep(self._settings.first_audio_ms / 1000)
        count = round(len(text) * self._settings.character_ms * _TTS_RATE_HZ / 1000)
        phase = np.arange(count, dtype=np.float32) * np.float32(2 * np.pi * _TONE_HZ / _TTS_RATE_HZ)
        yield Sound(np.float32(0.3) * np.cos(phase, dtype=np.float32))
