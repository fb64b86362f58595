"""Deepgram's conversational transcription: Flux, which judges turns by itself (`/v2/listen`).

Must not know sockets, time or who holds the floor; `stt/socket.py` does.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, Self

from pydantic import Field, model_validator

from studio.model.conversation import TimedWord
from studio.providers.deepgram_errors import reported
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


class FluxSettings(SocketSttSettings):
    """Flux's model and when it holds a turn for over; what is None is left to the vendor."""

    model: str = "flux-general-en"
    eot_threshold: float = Field(default=0.7, ge=0.5, le=1)
    """How sure Flux must be that the turn is over; 1: it never ends one because it is sure."""
    eager_eot_threshold: float | None = Field(default=None, ge=0.3, le=0.9)
    """How sure it must be to say early that the turn may be over; None: it does not."""
    eot_timeout_ms: int = Field(default=5000, ge=500, le=60_000)
    """Silence that ends a turn however sure it is."""
    keyterms: tuple[str, ...] = Field(default=(), strict=False)
    """Names and words that it would not know."""
    language_hints: tuple[str, ...] = Field(default=(), strict=False)
    """Two letters each: languages to expect, for the multilingual model only."""

    @model_validator(mode="after")
    def _early_is_less_sure(self) -> Self:
        if self.eager_eot_threshold is not None and self.eager_eot_threshold > self.eot_threshold:
            raise ValueError("eager_eot_threshold must not be above eot_threshold")
        return self


class Flux(SocketStt):
    """Speech to text with Deepgram Flux."""

    Settings: ClassVar = FluxSettings

    def __init__(self, settings: FluxSettings) -> None:
        super().__init__(settings, lambda: FluxDialect(settings))


class FluxDialect:
    """Messages of `/v2/listen`, as deepgram-sdk 7.17 defines them."""

    rate_hz = RATE_HZ
    chunk_ms = 80  # what the vendor recommends strongly

    def __init__(self, settings: FluxSettings) -> None:
        self._settings = settings
        self._said = ""
        """The vendor's turn so far."""

    def path(self) -> str:
        """Conversational transcription."""
        return "/v2/listen"

    def query(self) -> Query:
        """The language is in the model's name."""
        settings = self._settings
        eager = settings.eager_eot_threshold
        return {
            "model": settings.model,
            "encoding": "linear16",
            "sample_rate": RATE_HZ,
            "eot_threshold": settings.eot_threshold,
            "eot_timeout_ms": settings.eot_timeout_ms,
            **({"eager_eot_threshold": eager} if eager is not None else {}),
            "keyterm": settings.keyterms,
            "language_hint": settings.language_hints,
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
        """The turn ends at once, with the words so far.

        Where Flux has not heard a turn begin it only warns: words that are still on their way come with its own
        end of the turn, and a noise without words with none, so the warning is no answer.
        """
        return (json.dumps({"type": "ForceEndTurn"}),)

    def goodbye(self) -> Sequence[Frame]:
        """The end of the stream."""
        return (json.dumps({"type": "CloseStream"}),)

    def read(self, message: Frame) -> Iterator[Heard]:
        """The state of the turn, and errors; the rest is for the curious."""
        content = json.loads(message)
        match content["type"]:
            case "TurnInfo":
                yield from self._turn(content)
            case "Error":
                raise reported(content)

    def _turn(self, turn: Mapping[str, Any]) -> Iterator[Heard]:
        before, self._said = self._said, turn["transcript"]
        words = tuple(_timed(turn["words"]))
        match turn["event"]:
            case "StartOfTurn":
                yield SpeechHeard()
                yield Partial(self._said, words)
            case "Update" if self._said != before:
                yield Partial(self._said, words)
            case "EagerEndOfTurn":
                yield MaybeOver(self._said)
            case "TurnResumed":
                yield GoesOn()
                yield Partial(self._said, words)
            case "EndOfTurn":
                told, self._said = self._said, ""
                answers = turn.get("trigger") == "manual"
                yield Segment(told, words, _sure(turn["words"]), answers, ends_turn=True)


def _timed(words: Sequence[Mapping[str, Any]]) -> Iterator[TimedWord]:
    for word in words:
        start, end = word.get("start"), word.get("end")
        if start is not None and end is not None:
            yield TimedWord(word["word"], start * 1000, end * 1000)


def _sure(words: Sequence[Mapping[str, Any]]) -> float | None:
    """Flux rates words only; a text is as sure as they are on average."""
    return sum(word["confidence"] for word in words) / len(words) if words else None
