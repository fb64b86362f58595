"""AssemblyAI's realtime transcription: Universal, whose turns end when they are told to (`/v3/ws`).

Must not know sockets, time or the conversation; `stt/socket.py` does.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from pydantic import Field

from studio.model.conversation import TimedWord
from studio.model.errors import ErrorCategory, ProviderError
from studio.providers.stt.socket import (
    Frame,
    Heard,
    Partial,
    Segment,
    SocketStt,
    SocketSttSettings,
    SpeechHeard,
)

RATE_HZ = 16_000
API_VERSION = "2025-05-12"


class UniversalSettings(SocketSttSettings):
    """Universal's model, when it holds a turn for over, and what it is told about the words to expect.

    What is None is left to the vendor. A local pause ends a turn at once, so the vendor's own endings matter only
    where they come sooner.
    """

    model: str = "universal-streaming-english"
    end_of_turn_confidence_threshold: float | None = Field(default=None, ge=0, le=1)
    """How sure it must be of a turn's end to end it after `min_turn_silence`; Universal-Streaming only."""
    min_turn_silence: int | None = Field(default=None, ge=0)
    """Milliseconds of silence before a turn may end."""
    max_turn_silence: int | None = Field(default=None, ge=0)
    """Milliseconds of silence that end a turn in any case."""
    vad_threshold: float | None = Field(default=None, ge=0, le=1)
    """How sure it must be that a sound is speech."""
    keyterms: tuple[str, ...] = Field(default=(), max_length=100, strict=False)
    """Names and words that it would not know."""
    languages: tuple[str, ...] = Field(default=(), strict=False)
    """Two letters each, for models that know several; empty: any of theirs."""
    mode: str | None = Field(default=None, pattern="^(min_latency|balanced|max_accuracy)$")
    """What the Pro models favour: `min_latency`, `balanced` or `max_accuracy`."""
    prompt: str | None = None
    """What the Pro models are told about the conversation."""


class Universal(SocketStt):
    """Speech to text with AssemblyAI Universal."""

    Settings: ClassVar = UniversalSettings

    def __init__(self, settings: UniversalSettings) -> None:
        super().__init__(settings, lambda: UniversalDialect(settings))


class UniversalDialect:
    """Messages of `/v3/ws`, as assemblyai 1.8 defines them."""

    rate_hz = RATE_HZ
    chunk_ms = 50  # the least that the vendor takes; the most is 1000

    def __init__(self, settings: UniversalSettings) -> None:
        self._settings = settings
        self._turn = -1
        self._over = -1
        """The last turn that the vendor has ended."""
        self._said = 0
        """Words of the vendor's turn so far."""
        self._taken = 0
        """Those of them that belong to a turn of the conversation that is over."""

    def path(self) -> str:
        """Realtime transcription."""
        return "/v3/ws"

    def query(self) -> Mapping[str, str | int | float | bool]:
        """Turns stay unformatted: where they are formatted, each one ends twice."""
        settings = self._settings
        wanted = {
            "end_of_turn_confidence_threshold": settings.end_of_turn_confidence_threshold,
            "min_turn_silence": settings.min_turn_silence,
            "max_turn_silence": settings.max_turn_silence,
            "vad_threshold": settings.vad_threshold,
            "keyterms_prompt": json.dumps(settings.keyterms) if settings.keyterms else None,
            "language_codes": json.dumps(settings.languages) if settings.languages else None,
            "mode": settings.mode,
            "prompt": settings.prompt,
        }
        return {
            "sample_rate": RATE_HZ,
            "encoding": "pcm_s16le",
            "speech_model": settings.model,
            "format_turns": False,
            **{name: value for name, value in wanted.items() if value is not None},
        }

    def headers(self) -> Mapping[str, str]:
        """The protocol's version."""
        return {"AssemblyAI-Version": API_VERSION}

    def greeting(self) -> Sequence[Frame]:
        """Nothing: everything is in the query."""
        return ()

    def sound(self, pcm: bytes) -> Frame:
        """As it is."""
        return pcm

    def paused(self) -> Sequence[Frame]:
        """The turn ends at once."""
        return (json.dumps({"type": "ForceEndpoint"}),)

    def goodbye(self) -> Sequence[Frame]:
        """The end of the session, which is billed until then."""
        return (json.dumps({"type": "Terminate"}),)

    def turn_committed(self) -> None:
        """The vendor's turn goes on where it has not ended it; its words so far are not said again."""
        self._taken = self._said

    def read(self, message: Frame) -> Iterator[Heard]:
        """Turns, the beginning of speech, and errors; the rest is for the curious."""
        content = json.loads(message)
        match content.get("type", "Error" if "error" in content else None):
            case "Turn":
                yield from self._turn_said(content)
            case "SpeechStarted":
                yield SpeechHeard()
            case "Error":
                raise _error(int(content.get("error_code") or 0), str(content["error"]))
            case None:
                raise ValueError("a message without a type")

    def _turn_said(self, turn: Mapping[str, Any]) -> Iterator[Heard]:
        number, ends, all_words = turn["turn_order"], turn["end_of_turn"], turn["words"]
        if number <= self._over:
            return
        if number != self._turn:
            self._turn, self._taken = number, 0
        self._said = len(all_words)
        new = all_words[self._taken :]
        text = " ".join(word["text"] for word in new)
        words = tuple(TimedWord(word["text"], float(word["start"]), float(word["end"])) for word in new)
        if ends:
            self._over = number
            if text or not self._taken:
                text = text if self._taken else turn["transcript"]
                sure = sum(word["confidence"] for word in new) / len(new) if new else None
                yield Segment(text, words, sure, ends_turn=True)
        elif text:
            yield Partial(text, words)


_CATEGORIES = {
    1008: ErrorCategory.AUTHENTICATION,
    4001: ErrorCategory.AUTHENTICATION,
    4002: ErrorCategory.QUOTA,
    4003: ErrorCategory.QUOTA,
    1013: ErrorCategory.RATE_LIMIT,
    3009: ErrorCategory.RATE_LIMIT,
    4029: ErrorCategory.RATE_LIMIT,
    4102: ErrorCategory.RATE_LIMIT,
    1011: ErrorCategory.SERVER,
    3005: ErrorCategory.SERVER,
    3008: ErrorCategory.CONNECTION,
    4008: ErrorCategory.CONNECTION,
    4010: ErrorCategory.CONNECTION,
    4031: ErrorCategory.CONNECTION,
    4103: ErrorCategory.CONNECTION,
}
"""What the vendor's codes mean for whoever may ask again; all others say that the request was wrong."""


def _error(code: int, words: str) -> ProviderError:
    category = _CATEGORIES.get(code, ErrorCategory.INVALID_REQUEST)
    if category is ErrorCategory.AUTHENTICATION:
        if "concurrent" in words.lower():
            return ProviderError("AssemblyAI allows no more sessions at once.", ErrorCategory.RATE_LIMIT)
        return ProviderError(f"AssemblyAI refused access (code {code}): check the API key and the account.", category)
    return ProviderError(f"AssemblyAI reports: {' '.join(words.split())[:200].rstrip('. ')} (code {code}).", category)
