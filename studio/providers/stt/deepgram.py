"""Deepgram's live transcription: Nova, whose words become final piece by piece (`/v1/listen`).

Must not know sockets, time or turns; `stt/socket.py` does.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from pydantic import Field

from studio.model.conversation import TimedWord
from studio.providers.deepgram_errors import reported
from studio.providers.endpoint import Query
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


class NovaSettings(SocketSttSettings):
    """Nova's model, language and what it is told about the words to expect."""

    model: str = "nova-3"
    language: str = "en"
    """Two letters, with a region where it matters, or `multi`."""
    keyterms: tuple[str, ...] = Field(default=(), strict=False)
    """Names and words that it would not know; Nova-3 only."""
    smart_format: bool = False
    """Numbers and dates as people write them; final words come later for it."""


class Nova(SocketStt):
    """Speech to text with Deepgram Nova."""

    Settings: ClassVar = NovaSettings

    def __init__(self, settings: NovaSettings) -> None:
        super().__init__(settings, lambda: NovaDialect(settings))


class NovaDialect:
    """Messages of `/v1/listen`, as deepgram-sdk 7.17 defines them."""

    rate_hz = RATE_HZ
    chunk_ms = 10  # the vendor recommends 20 to 250; as they come, words are there 5 ms sooner

    def __init__(self, settings: NovaSettings) -> None:
        self._settings = settings

    def path(self) -> str:
        """Live transcription."""
        return "/v1/listen"

    def query(self) -> Query:
        """Endpointing stays on as a safety net; the local one is always sooner."""
        return {
            "model": self._settings.model,
            "language": self._settings.language,
            "encoding": "linear16",
            "sample_rate": RATE_HZ,
            "channels": 1,
            "interim_results": True,
            "punctuate": True,
            "smart_format": self._settings.smart_format,
            "vad_events": True,
            "endpointing": 300,
            "keyterm": self._settings.keyterms,
        }

    def headers(self) -> Mapping[str, str]:
        """None beside the key's."""
        return {}

    def greeting(self) -> Sequence[Frame]:
        """Nothing: everything is in the query."""
        return ()

    def sound(self, pcm: bytes) -> Frame:
        """As it is."""
        return pcm

    def paused(self) -> Sequence[Frame]:
        """The words so far become final at once."""
        return (json.dumps({"type": "Finalize"}),)

    def goodbye(self) -> Sequence[Frame]:
        """The end of the stream."""
        return (json.dumps({"type": "CloseStream"}),)

    def read(self, message: Frame) -> Iterator[Heard]:
        """Results, the beginning of speech, and errors; the rest is for the curious."""
        content = json.loads(message)
        match content["type"]:
            case "Results":
                yield _heard(content)
            case "SpeechStarted":
                yield SpeechHeard()
            case "Error":
                raise reported(content)


def _heard(result: Mapping[str, Any]) -> Heard:
    best = result["channel"]["alternatives"][0]
    text, words = best["transcript"], tuple(map(_word, best.get("words", ())))
    if not result["is_final"]:
        return Partial(text, words)
    return Segment(text, words, best.get("confidence"), answers=bool(result.get("from_finalize")))


def _word(word: Mapping[str, float | str]) -> TimedWord:
    text = str(word.get("punctuated_word") or word["word"])
    return TimedWord(text, float(word["start"]) * 1000, float(word["end"]) * 1000)
