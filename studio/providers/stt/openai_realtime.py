"""OpenAI's realtime transcription: a session that only listens; a pause commits what was said as an item.

Items may be finished out of order; they are said in the order of their commits, and none is taken for another's.
Must not know sockets, time or turns; `stt/socket.py` does.
"""

import base64
import json
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from pydantic import Field
from websockets.asyncio.client import ClientConnection

from studio.model.errors import ErrorCategory, ProviderError
from studio.providers import catalog
from studio.providers.endpoint import Endpoint, Query
from studio.providers.http_errors import MESSAGE_LIMIT
from studio.providers.settings import HostedSettings
from studio.providers.stt.socket import Frame, Heard, Partial, Segment, SocketStt, SocketSttSettings, SttDialect

RATE_HZ = 24_000
"""The only rate of PCM that the vendor takes."""
SHORTEST_MS = 100
"""The vendor refuses to commit less sound than this."""
_EMPTY = "input_audio_buffer_commit_empty"
"""The vendor's answer to a commit of too little sound: there was nothing to say about it."""
_NO_WORDS = "audio_unintelligible"
"""What the vendor calls an item in which it understood nothing; the session goes on."""
_CATEGORIES = {
    "invalid_api_key": ErrorCategory.AUTHENTICATION,
    "insufficient_quota": ErrorCategory.QUOTA,
    "rate_limit_exceeded": ErrorCategory.RATE_LIMIT,
    "session_expired": ErrorCategory.CONNECTION,
    "authentication_error": ErrorCategory.AUTHENTICATION,
    "rate_limit_error": ErrorCategory.RATE_LIMIT,
    "invalid_request_error": ErrorCategory.INVALID_REQUEST,
}
"""By the vendor's code for an error, or else its type; all others are failures of its server."""
_TRANSCRIPTION = "conversation.item.input_audio_transcription"


class RealtimeSettings(SocketSttSettings):
    """The model, and what it is told about the words to expect; what is empty or None is left to the vendor.

    Which of these a model heeds is the vendor's to say: it refuses the others when the session begins.
    """

    model: str = "gpt-realtime-whisper"
    language: str | None = "en"
    """Two letters; None: found out."""
    prompt: str = ""
    """What the conversation is about, or words that it would not know."""
    keywords: tuple[str, ...] = Field(default=(), strict=False)
    """Names and words that it would not know."""
    noise_reduction: Literal["near_field", "far_field"] | None = None
    """For a headset, or for a microphone in the room."""
    delay: Literal["minimal", "low", "medium", "high", "xhigh"] | None = None
    """How long the model listens ahead before it says a word: longer makes fewer errors."""
    final_timeout_s: float = Field(default=2, gt=0)
    """The vendor answers each commit, some of them late; before that there may be no words at all."""


class Realtime(SocketStt):
    """Speech to text with OpenAI's realtime models."""

    Settings: ClassVar = RealtimeSettings

    def __init__(self, settings: RealtimeSettings) -> None:
        super().__init__(settings, lambda: RealtimeDialect(settings))

    async def _connect(self, server: Endpoint) -> tuple[ClientConnection, SttDialect]:
        """A connection whose session listens: only then is a key, a model or a setting known to be accepted."""
        connection, dialect = await super()._connect(server)
        listening = False
        try:
            async with server.patience(self._settings.answer_timeout_s):
                while not listening:
                    message = await connection.recv()
                    list(dialect.read(message))
                    listening = json.loads(message)["type"] == "session.updated"
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            message = f"{server.host} sent something that is no message of its protocol; check base_url."
            raise ProviderError(message, ErrorCategory.BROKEN_ANSWER) from error
        finally:
            if not listening:
                connection.transport.abort()
        return connection, dialect


@dataclass(slots=True)
class _Item:
    """What was said between two commits."""

    text: str = ""
    committed: bool = False
    done: bool = False
    wanted: bool = True
    """False: it is about a turn that is over."""


class RealtimeDialect:
    """Messages of `/realtime`, as openai 3.54 types them."""

    rate_hz = RATE_HZ
    chunk_ms = 32

    def __init__(self, settings: RealtimeSettings) -> None:
        self._settings = settings
        self._items: dict[str, _Item] = {}
        """Those that are not said yet, in the order of their commits."""
        self._commits: deque[bool] = deque()
        """Commits that the vendor has not given an item yet, and whether its words will still be wanted."""
        self._uncommitted_ms = 0

    def path(self) -> str:
        """A realtime session."""
        return "/realtime"

    def query(self) -> Query:
        """One that transcribes; with a model it would be a conversation."""
        return {"intent": "transcription"}

    def headers(self) -> Mapping[str, str]:
        """None beside the key's."""
        return {}

    def greeting(self) -> Sequence[Frame]:
        """What to listen with; the vendor's own turn detection is off, since pauses are told."""
        settings = self._settings
        hints = {"language": settings.language, "prompt": settings.prompt, "delay": settings.delay}
        listening: dict[str, Any] = {
            "format": {"type": "audio/pcm", "rate": RATE_HZ},
            "transcription": {
                "model": settings.model,
                **{name: hint for name, hint in hints.items() if hint},
                **({"keywords": settings.keywords} if settings.keywords else {}),
            },
            "turn_detection": None,
            "noise_reduction": {"type": settings.noise_reduction} if settings.noise_reduction else None,
        }
        session = {"type": "transcription", "audio": {"input": listening}}
        return (json.dumps({"type": "session.update", "session": session}),)

    def sound(self, pcm: bytes) -> Frame:
        """As base64."""
        self._uncommitted_ms += len(pcm) // 2 * 1000 // RATE_HZ
        return json.dumps({"type": "input_audio_buffer.append", "audio": base64.b64encode(pcm).decode()})

    def paused(self) -> Sequence[Frame]:
        """What was said becomes an item; what is too short to be committed is filled up with silence."""
        frames = []
        while self._uncommitted_ms < SHORTEST_MS:
            frames.append(self.sound(bytes(RATE_HZ * self.chunk_ms // 1000 * 2)))
        self._uncommitted_ms = 0
        self._commits.append(True)
        return (*frames, json.dumps({"type": "input_audio_buffer.commit"}))

    def turn_committed(self) -> None:
        """What was committed is about a turn that is over; what is still being said is not."""
        self._commits = deque(False for _ in self._commits)
        for item in self._items.values():
            item.wanted = item.wanted and not item.committed

    def goodbye(self) -> Sequence[Frame]:
        """Nothing: hanging up is enough."""
        return ()

    def read(self, message: Frame) -> Iterator[Heard]:
        """Words of items, commits and errors; the rest is for sessions that answer."""
        content = json.loads(message)
        match content["type"]:
            case "input_audio_buffer.committed":
                item = self._item(content)
                item.committed, item.wanted = True, self._commits.popleft() if self._commits else True
                if item.text and not item.wanted:
                    yield Partial(self._so_far())
            case kind if kind == f"{_TRANSCRIPTION}.delta":
                item = self._item(content)
                item.text += content.get("delta") or ""
                if item.wanted:
                    yield Partial(self._so_far())
            case kind if kind == f"{_TRANSCRIPTION}.completed":
                item = self._item(content)
                item.text, item.done = content["transcript"].strip(), True
                yield from self._finished()
            case kind if kind == f"{_TRANSCRIPTION}.failed":
                item = self._item(content)
                if item.wanted and content["error"].get("code") != _NO_WORDS:
                    raise _reported(content["error"], self._settings)
                item.done = True
                yield from self._finished()
            case "error":
                if content["error"].get("code") != _EMPTY:
                    raise _reported(content["error"], self._settings)
                if self._commits and self._commits.popleft():
                    yield Segment("", answers=True)

    def _item(self, content: Mapping[str, Any]) -> _Item:
        return self._items.setdefault(content["item_id"], _Item())

    def _finished(self) -> Iterator[Heard]:
        """Items that are done and that no earlier one of this turn keeps waiting."""
        for name, item in list(self._items.items()):
            if item.done:
                del self._items[name]
                if item.wanted:
                    yield Segment(item.text, answers=True)
            elif item.wanted:
                return

    def _so_far(self) -> str:
        return " ".join(item.text.strip() for item in self._items.values() if item.text and item.wanted)


def _reported(error: Mapping[str, Any], settings: HostedSettings) -> ProviderError:
    """The error that a message stands for; what the vendor says of a refused key has a part of it."""
    kind = str(error.get("code") or error.get("type") or "failure")
    category = _CATEGORIES.get(kind) or _CATEGORIES.get(str(error.get("type"))) or ErrorCategory.SERVER
    if category is ErrorCategory.AUTHENTICATION:
        name = settings.key_env if settings.key_env is not None else catalog.provider(settings.provider).env_key
        hint = f"check the key in {name}" if name else "it wants an API key"
        return ProviderError(f"OpenAI refused access ({kind}): {hint}.", category)
    words = " ".join(str(error.get("message") or "").split())[:MESSAGE_LIMIT].rstrip(". ")
    return ProviderError(f"OpenAI reports {kind}{f': {words}' if words else ''}.", category)
