"""OpenAI's realtime transcription: a session that only listens; a pause commits what was said as an item.

Items may be finished out of order; they are said in the order of their commits. Must not know sockets, time or turns.
"""

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from studio.model.errors import ErrorCategory, ProviderError
from studio.providers.endpoint import Query
from studio.providers.stt.socket import Frame, Heard, Partial, Segment, SocketStt, SocketSttSettings

RATE_HZ = 24_000
"""The only rate of PCM that the vendor takes."""
SHORTEST_MS = 100
"""The vendor refuses to commit less sound than this."""
_CATEGORIES = {
    "invalid_api_key": ErrorCategory.AUTHENTICATION,
    "insufficient_quota": ErrorCategory.QUOTA,
    "rate_limit_exceeded": ErrorCategory.RATE_LIMIT,
    "invalid_request_error": ErrorCategory.INVALID_REQUEST,
}
_EMPTY = "input_audio_buffer_commit_empty"
"""The vendor's answer to a commit of too little sound: there was nothing to say about it."""


class RealtimeSettings(SocketSttSettings):
    """The model, and what it is told about the words to expect."""

    model: str = "gpt-realtime-whisper"
    language: str | None = "en"
    """Two letters; None: found out."""
    prompt: str = ""
    """Names and words that it would not know."""
    noise_reduction: Literal["near_field", "far_field"] | None = None
    """For a headset, or for a microphone in the room."""
    delay: Literal["minimal", "low", "medium", "high", "xhigh"] | None = "minimal"
    """How long the model listens ahead before it says a word; only gpt-realtime-whisper heeds it."""


class Realtime(SocketStt):
    """Speech to text with OpenAI's realtime models."""

    Settings: ClassVar = RealtimeSettings

    def __init__(self, settings: RealtimeSettings) -> None:
        super().__init__(settings, lambda: RealtimeDialect(settings))


@dataclass(slots=True)
class _Item:
    """What was said between two commits."""

    text: str = ""
    done: bool = False


class RealtimeDialect:
    """Messages of `/realtime`, as openai 3.54 types them."""

    rate_hz = RATE_HZ
    chunk_ms = 32

    def __init__(self, settings: RealtimeSettings) -> None:
        self._settings = settings
        self._items: dict[str, _Item] = {}
        """Those that are not said yet, in the order of their commits."""
        self._uncommitted_ms = 0

    def path(self) -> str:
        """A realtime session."""
        return "/realtime"

    def query(self) -> Query:
        """One that transcribes and does not answer."""
        return {"intent": "transcription"}

    def headers(self) -> Mapping[str, str]:
        """None beside the key's."""
        return {}

    def greeting(self) -> Sequence[Frame]:
        """What to listen with; the vendor's own turn detection is off, since pauses are told."""
        settings = self._settings
        transcription: dict[str, Any] = {"model": settings.model}
        if settings.language:
            transcription["language"] = settings.language
        if settings.prompt:
            transcription["prompt"] = settings.prompt
        if settings.delay and settings.model == "gpt-realtime-whisper":
            transcription["delay"] = settings.delay
        listening: dict[str, Any] = {
            "format": {"type": "audio/pcm", "rate": RATE_HZ},
            "transcription": transcription,
            "turn_detection": None,
            "noise_reduction": {"type": settings.noise_reduction} if settings.noise_reduction else None,
        }
        session = {"type": "transcription", "audio": {"input": listening}}
        return (json.dumps({"type": "session.update", "session": session}),)

    def sound(self, pcm: bytes) -> Frame:
        """As base64."""
        self._uncommitted_ms += self.chunk_ms
        return json.dumps({"type": "input_audio_buffer.append", "audio": base64.b64encode(pcm).decode()})

    def paused(self) -> Sequence[Frame]:
        """What was said becomes an item; a commit that is too short is filled up with silence."""
        frames = []
        while self._uncommitted_ms < SHORTEST_MS:
            frames.append(self.sound(b"\0" * (RATE_HZ * self.chunk_ms // 1000 * 2)))
        self._uncommitted_ms = 0
        return (*frames, json.dumps({"type": "input_audio_buffer.commit"}))

    def goodbye(self) -> Sequence[Frame]:
        """Nothing: hanging up is enough."""
        return ()

    def read(self, message: Frame) -> Iterator[Heard]:
        """Words of items, commits and errors; the rest is for sessions that answer."""
        content = json.loads(message)
        match content["type"]:
            case "input_audio_buffer.committed":
                self._items.setdefault(content["item_id"], _Item())
            case "conversation.item.input_audio_transcription.delta":
                item = self._items.setdefault(content["item_id"], _Item())
                item.text += content["delta"]
                yield Partial(self._so_far())
            case "conversation.item.input_audio_transcription.completed":
                item = self._items.setdefault(content["item_id"], _Item())
                item.text, item.done = content["transcript"].strip(), True
                yield from self._finished()
            case "conversation.item.input_audio_transcription.failed":
                self._items.setdefault(content["item_id"], _Item()).done = True
                yield from self._finished()
            case "error":
                yield from self._refused(content["error"])

    def _finished(self) -> Iterator[Heard]:
        """Items that are done and that no earlier one keeps waiting."""
        for name, item in list(self._items.items()):
            if not item.done:
                return
            del self._items[name]
            yield Segment(item.text, answers=True)

    def _so_far(self) -> str:
        return " ".join(item.text.strip() for item in self._items.values() if item.text)

    def _refused(self, error: Mapping[str, Any]) -> Iterator[Heard]:
        code = str(error.get("code") or error.get("type"))
        if code == _EMPTY:
            yield Segment("", answers=True)
            return
        said = " ".join(str(error.get("message", code)).split())[:200].rstrip(". ")
        if code == "invalid_api_key":
            said = "the key is refused"  # the vendor repeats a part of it
        raise ProviderError(f"OpenAI reports: {said}.", _CATEGORIES.get(code, ErrorCategory.SERVER))
