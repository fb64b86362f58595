"""ElevenLabs' live transcription: Scribe realtime, told by us when to commit (`/v1/speech-to-text/realtime`).

Scribe names no commit in its answers: their order is all there is, so every commit is counted here, and none is
left to the vendor. Must not know sockets, time or turns; `stt/socket.py` does.
"""

import base64
import json
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import exp
from typing import Any, ClassVar

import numpy as np
from pydantic import Field
from websockets.asyncio.client import ClientConnection

from studio.model.conversation import TimedWord
from studio.model.errors import ErrorCategory, ProviderError
from studio.providers.elevenlabs_errors import reported
from studio.providers.endpoint import Endpoint, Query
from studio.providers.stt.socket import Frame, Heard, Partial, Segment, SocketStt, SocketSttSettings, SttDialect

RATE_HZ = 16_000
_LEAST_MS = 350
"""The vendor hangs up on a commit of less than 300 ms of sound."""
_LONG_MS, _LONGEST_MS = 20_000, 30_000
"""The vendor commits by itself after 36 s and wants a commit every 20 to 30: at a quiet moment, else in mid-speech."""
_QUIET = 200
"""A chunk whose 16-bit samples are all below this is quiet."""


class ScribeSettings(SocketSttSettings):
    """Scribe's model, language and what it is told about the words to expect."""

    model: str = "scribe_v2_realtime"
    language: str = "en"
    """Two or three letters; empty: Scribe finds it out."""
    keyterms: tuple[str, ...] = Field(default=(), strict=False, max_length=50)
    """Names and words that it would not know, at most 20 characters each; they cost extra."""
    word_times: bool = True
    """Times of words come in a message of their own, some 15 ms after the words, which are waited for."""
    verbatim: bool = True
    """False: without "um" and false starts."""


class Scribe(SocketStt):
    """Speech to text with ElevenLabs Scribe."""

    Settings: ClassVar = ScribeSettings

    def __init__(self, settings: ScribeSettings) -> None:
        super().__init__(settings, lambda: ScribeDialect(settings))

    async def _connect(self, server: Endpoint) -> tuple[ClientConnection, SttDialect]:
        """A connection whose session has started: only then does the vendor tell of a refused key or used-up quota."""
        connection, dialect = await super()._connect(server)
        started = False
        try:
            async with server.patience(self._settings.answer_timeout_s):
                list(dialect.read(await connection.recv()))
            started = True
        except (ValueError, KeyError, TypeError) as error:
            message = f"{server.host} sent something that is no message of its protocol; check base_url."
            raise ProviderError(message, ErrorCategory.BROKEN_ANSWER) from error
        finally:
            if not started:
                connection.transport.abort()
        return connection, dialect


@dataclass(frozen=True, slots=True)
class _Commit:
    answers: bool
    """It tells of a pause, so that what comes for it is an answer."""
    padded_ms: float
    """Silence that was put in before the sound that it ends; the vendor's clock counts it."""


class ScribeDialect:
    """Messages of `/v1/speech-to-text/realtime`, as elevenlabs 2.78 defines them."""

    rate_hz = RATE_HZ
    chunk_ms = 32

    def __init__(self, settings: ScribeSettings) -> None:
        self._settings = settings
        self._uncommitted_ms = 0.0
        self._padded_ms = 0.0
        self._commits: deque[_Commit] = deque()
        """Those that nothing has come for yet, oldest first."""
        self._untimed: tuple[Segment, _Commit] | None = None
        """Committed words whose times are still to come."""
        self._echo = ""
        """What was committed last: the next partial repeats it."""

    def path(self) -> str:
        """Live transcription."""
        return "/v1/speech-to-text/realtime"

    def query(self) -> Query:
        """The vendor's own judgement of pauses is off."""
        settings = self._settings
        return {
            "model_id": settings.model,
            "audio_format": f"pcm_{RATE_HZ}",
            "commit_strategy": "manual",
            "include_timestamps": settings.word_times,
            **({"language_code": settings.language} if settings.language else {}),
            **({"keyterms": settings.keyterms} if settings.keyterms else {}),
            **({} if settings.verbatim else {"no_verbatim": True}),
        }

    def headers(self) -> Mapping[str, str]:
        """None beside the key's."""
        return {}

    def greeting(self) -> Sequence[Frame]:
        """Nothing: everything is in the query."""
        return ()

    def sound(self, pcm: bytes) -> Frame:
        """With a commit where the last one is long ago."""
        self._uncommitted_ms += len(pcm) / 2 / RATE_HZ * 1000
        commit = self._uncommitted_ms >= _LONGEST_MS or (self._uncommitted_ms >= _LONG_MS and _is_quiet(pcm))
        if commit:
            self._commit(answers=False)
        return _chunk(pcm, commit)

    def paused(self) -> Sequence[Frame]:
        """A commit, with as much silence as it takes to be let through."""
        missing_ms = max(0.0, _LEAST_MS - self._uncommitted_ms)
        self._commit(answers=True)
        self._padded_ms += missing_ms
        return (_chunk(bytes(int(missing_ms * RATE_HZ / 1000) * 2), commit=True),)

    def goodbye(self) -> Sequence[Frame]:
        """None is wanted."""
        return ()

    def read(self, message: Frame) -> Iterator[Heard]:
        """Words so far, committed words, their times, and errors; the rest is for the curious."""
        content = json.loads(message)
        match content["message_type"]:
            case "partial_transcript":
                text, echo, self._echo = content["text"].strip(), self._echo, ""
                if text and text != echo:
                    yield Partial(text)
            case "committed_transcript":
                yield from self._committed(content["text"].strip())
            case "committed_transcript_with_timestamps":
                yield from self._timed(content)
            case kind if "error" in content:
                raise reported(kind, content["error"], self._settings)

    def _commit(self, answers: bool) -> None:
        self._commits.append(_Commit(answers, self._padded_ms))
        self._uncommitted_ms = 0.0

    def _committed(self, text: str) -> Iterator[Heard]:
        if self._untimed is not None:  # their times never came
            yield self._untimed[0]
            self._untimed = None
        if not self._commits:  # the vendor's own
            self._commit(answers=False)
        commit = self._commits.popleft()
        self._echo = text
        segment = Segment(text, answers=commit.answers)
        if text and self._settings.word_times:
            self._untimed = segment, commit
            yield Partial(text)
        elif text or commit.answers:
            yield segment

    def _timed(self, content: Mapping[str, Any]) -> Iterator[Heard]:
        if self._untimed is not None:
            segment, commit = self._untimed
            self._untimed = None
            words = [word for word in content["words"] or () if word["type"] == "word" and word["start"] is not None]
            yield replace(
                segment,
                words=tuple(_word(word, commit.padded_ms) for word in words),
                confidence=_confidence([word.get("logprob") for word in words]),
            )


def _chunk(pcm: bytes, commit: bool) -> str:
    audio = base64.b64encode(pcm).decode()
    return json.dumps(
        {"message_type": "input_audio_chunk", "audio_base_64": audio, "commit": commit, "sample_rate": RATE_HZ}
    )


def _is_quiet(pcm: bytes) -> bool:
    return bool(np.all(np.abs(np.frombuffer(pcm, dtype="<i2").astype(np.int32)) < _QUIET))


def _word(word: Mapping[str, Any], padded_ms: float) -> TimedWord:
    return TimedWord(word["text"], word["start"] * 1000 - padded_ms, word["end"] * 1000 - padded_ms)


def _confidence(logprobs: Sequence[float | None]) -> float | None:
    """The words' mean probability, geometric; None where one has none."""
    known = [logprob for logprob in logprobs if logprob is not None]
    return exp(sum(known) / len(known)) if known and len(known) == len(logprobs) else None
