"""Cartesia's realtime transcription: Ink, told of pauses (`/stt/websocket`) or judging turns (`/stt/turns/websocket`).

Cartesia separates the two. Where it judges turns it cannot be told of a pause: `turns = true` shows its turn events,
and a local pause is answered with the words so far, a short time later, since those may still grow.
Must not know sockets, time or the conversation; `stt/socket.py` does.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from pydantic import Field

from studio.model.conversation import TimedWord
from studio.providers.cartesia_errors import reported
from studio.providers.endpoint import Query
from studio.providers.stt.socket import (
    Frame,
    GoesOn,
    Heard,
    MaybeOver,
    Partial,
    Segment,
    SocketStt,
    SocketSttSettings,
    SpeechHeard,
)

RATE_HZ = 16_000


class InkSettings(SocketSttSettings):
    """Ink's model and language, and who judges turns; what is None is left to the vendor."""

    model: str = "ink-2"
    language: str = "en"
    """Two letters; without `turns` only."""
    keyterms: tuple[str, ...] = Field(default=(), max_length=100, strict=False)
    """Names and words that it would not know."""
    turns: bool = False
    """The vendor judges turns by what is said, and tells early that one may be over; Ink 2 only."""
    settle_s: float = Field(default=0.3, gt=0)
    """With `turns`: the words so far are taken for all of them this long after a local pause."""
    turn_start_threshold: float | None = Field(default=None, ge=0.5, le=0.9)
    """A turn begins where the vendor is this sure that the user has it (0.8)."""
    turn_eager_end_threshold: float | None = Field(default=None, ge=0.3, le=0.6)
    """It may be over where the vendor is less sure than this (0.4)."""
    turn_end_threshold: float | None = Field(default=None, ge=0.05, le=0.5)
    """It is over where the vendor is less sure than this (0.2)."""
    turn_end_timeout_ms: float | None = Field(default=None, ge=640, le=11_200)
    """It is over after this much silence in any case (5600)."""


class Ink(SocketStt):
    """Speech to text with Cartesia Ink."""

    Settings: ClassVar = InkSettings

    def __init__(self, settings: InkSettings) -> None:
        if settings.turns:
            super().__init__(
                settings.model_copy(update={"final_timeout_s": settings.settle_s}), lambda: TurnsDialect(settings)
            )
        else:
            super().__init__(settings, lambda: ManualDialect(settings))


class _InkDialect:
    """What both ways have in common, as cartesia 4.2 defines it."""

    rate_hz = RATE_HZ
    chunk_ms = 32

    def __init__(self, settings: InkSettings) -> None:
        self._settings = settings

    def _query(self) -> Query:
        keyterms = {"keyterm": self._settings.keyterms} if self._settings.keyterms else {}
        return {"model": self._settings.model, "encoding": "pcm_s16le", "sample_rate": RATE_HZ, **keyterms}

    def headers(self) -> Mapping[str, str]:
        """None beside those of all requests."""
        return {}

    def greeting(self) -> Sequence[Frame]:
        """Nothing: everything is in the query."""
        return ()

    def sound(self, pcm: bytes) -> Frame:
        """As it is."""
        return pcm


class ManualDialect(_InkDialect):
    """Messages of `/stt/websocket`.

    Final words come in parts that are cut anywhere and joined as they are; they are a whole when the vendor says so.
    """

    def __init__(self, settings: InkSettings) -> None:
        super().__init__(settings)
        self._text = ""
        self._words: tuple[TimedWord, ...] = ()

    def path(self) -> str:
        """Transcription that waits to be told of pauses."""
        return "/stt/websocket"

    def query(self) -> Query:
        """Only this way takes a language."""
        return {**self._query(), "language": self._settings.language}

    def paused(self) -> Sequence[Frame]:
        """All sound so far becomes words at once."""
        return ("finalize",)

    def goodbye(self) -> Sequence[Frame]:
        """The end of the stream."""
        return ("close",)

    def turn_committed(self) -> None:
        """What was said belongs to the turn that is over."""
        self._text, self._words = "", ()

    def read(self, message: Frame) -> Iterator[Heard]:
        """Parts of the transcript, the end of them, and errors."""
        content = json.loads(message)
        match content["type"]:
            case "transcript":
                text = self._text + content["text"]
                words = self._words + tuple(_timed(content.get("words") or ()))
                if content["is_final"]:
                    self._text, self._words = text, words
                yield Partial(text.strip(), words)
            case "flush_done":
                text, words = self._text.strip(), self._words
                self._text, self._words = "", ()
                yield Segment(text, words, answers=True)
            case "error":
                raise reported(content)


class TurnsDialect(_InkDialect):
    """Messages of `/stt/turns/websocket`: each repeats the whole turn, of which no word ever changes."""

    def __init__(self, settings: InkSettings) -> None:
        super().__init__(settings)
        self._said = ""
        """The vendor's turn so far."""
        self._taken = 0
        """Characters of it that belong to a turn of the conversation that is over."""

    def path(self) -> str:
        """Transcription that judges turns."""
        return "/stt/turns/websocket"

    def query(self) -> Query:
        """The thresholds of a turn, where they are set."""
        settings = self._settings
        wanted = {
            "turn_start_threshold": settings.turn_start_threshold,
            "turn_eager_end_threshold": settings.turn_eager_end_threshold,
            "turn_end_threshold": settings.turn_end_threshold,
            "turn_end_timeout_ms": settings.turn_end_timeout_ms,
        }
        return {**self._query(), **{name: value for name, value in wanted.items() if value is not None}}

    def paused(self) -> Sequence[Frame]:
        """Nothing: the vendor cannot be told."""
        return ()

    def goodbye(self) -> Sequence[Frame]:
        """The end of the stream."""
        return (json.dumps({"type": "close"}),)

    def turn_committed(self) -> None:
        """The vendor's turn may well go on; its words so far are not said again."""
        self._taken = len(self._said)

    def read(self, message: Frame) -> Iterator[Heard]:
        """The course of a turn, and errors; the rest is for the curious."""
        content = json.loads(message)
        kind = content["type"]
        if kind == "error":
            raise reported(content)
        if "transcript" in content:
            self._said = content["transcript"]
        new = self._said[self._taken :].strip()
        match kind:
            case "turn.start":
                self._said, self._taken = "", 0
                yield SpeechHeard()
            case "turn.update" if new:
                yield Partial(new)
            case "turn.eager_end" if new:
                yield MaybeOver(new)
            case "turn.resume":
                yield GoesOn()
            case "turn.end":
                stale = self._taken > 0 and not new
                self._said, self._taken = "", 0
                if not stale:
                    yield Segment(new, ends_turn=True)


def _timed(words: Sequence[Mapping[str, Any]]) -> Iterator[TimedWord]:
    """Words with their times, one by one (the documentation) or in lists (the SDK); in seconds."""
    for each in words:
        texts, starts, ends = (each["words"], each["start"], each["end"]) if "words" in each else _listed(each)
        for text, start, end in zip(texts, starts, ends, strict=True):
            yield TimedWord(text.strip(), start * 1000, end * 1000)


def _listed(word: Mapping[str, Any]) -> tuple[list[str], list[float], list[float]]:
    return [word["word"]], [word["start"]], [word["end"]]
