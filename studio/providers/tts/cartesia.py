"""Cartesia's voices: Sonic, over one websocket, a context for each clause or reply (`/tts/websocket`).

Must not know sockets, time or the conversation; `tts/socket.py` does.
"""

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import httpx
from pydantic import Field

from studio.model.conversation import TimedWord
from studio.model.errors import ErrorCategory, ProviderError
from studio.providers.cartesia_errors import reported
from studio.providers.endpoint import endpoint
from studio.providers.http_errors import refusal
from studio.providers.settings import HostedSettings
from studio.providers.tts.socket import Frame, Piece
from studio.providers.tts.text_stream import StreamingTts

RATE_HZ = 24_000
_MOST_VOICES = 100
"""The vendor lists no more at once."""


class SonicSettings(HostedSettings):
    """Sonic's model and voice, and how it speaks; what is None is left to the vendor."""

    model: str = "sonic-3.5"
    voice: str = Field(min_length=1)
    """The voice's id, from `voices` or the vendor's library."""
    language: str = "en"
    """Two letters: the language of the text."""
    speed: float | None = Field(default=None, ge=0.6, le=1.5)
    """1: the voice's own pace. Sonic 3 only, as `volume`."""
    volume: float | None = Field(default=None, ge=0.5, le=2)
    """1: the voice's own loudness."""
    emotion: str | None = Field(default=None, pattern="^[a-z]+$")
    """In the vendor's words, such as `calm`, `curious`, `excited` or `sympathetic`; Sonic 3 and later."""


class Sonic(StreamingTts):
    """Text to speech with Cartesia Sonic."""

    Settings: ClassVar = SonicSettings

    def __init__(self, settings: SonicSettings) -> None:
        super().__init__(settings, lambda: SonicDialect(settings))

    async def voices(self) -> list[tuple[str, str]]:
        """Ids of voices and what people call them, with the language; may be asked before `open`.

        Raises:
            ProviderError: any failure.
        """
        server = await endpoint(self._settings)
        async with server.http() as client, server.patience(self._settings.answer_timeout_s):
            answer = await client.get("/voices", params={"limit": _MOST_VOICES})
        if answer.is_error:
            raise refusal(answer, server.key_name)
        try:
            return [_titled(voice) for voice in _listed(answer)]
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise ProviderError(f"{server.host} sent no list of voices.", ErrorCategory.BROKEN_ANSWER) from error


class SonicDialect:
    """Messages of `/tts/websocket`, as cartesia 4.2 defines them."""

    rate_hz = RATE_HZ
    keep_alive_s = 240.0
    context_idle_s = 0.75
    """The vendor lets a context go a second after its last sound."""
    opening_words = (1, 3)
    """A context knows that more comes, and goes on in the same breath. The second piece is short because the first one
    lasts no longer than it takes to be written."""

    def __init__(self, settings: SonicSettings) -> None:
        self._settings = settings

    def path(self) -> str:
        """Speech."""
        return "/tts/websocket"

    def query(self) -> Mapping[str, str | int | float | bool]:
        """Nothing: every request says what it wants."""
        return {}

    def headers(self) -> Mapping[str, str]:
        """None beside those of all requests."""
        return {}

    def greeting(self) -> Sequence[Frame]:
        """None is wanted."""
        return ()

    def speak(self, context: str, text: str) -> Sequence[Frame]:
        """One request for the whole clause, which nothing is added to."""
        return self._request(context, text, goes_on=False)

    def add(self, context: str, text: str, first: bool) -> Sequence[Frame]:  # noqa: ARG002
        """A request that others follow, which look alike. The vendor would wait up to 3 s for more words."""
        return self._request(context, text, goes_on=True, max_buffer_delay_ms=0)

    def finish(self, context: str) -> Sequence[Frame]:
        """One that nothing follows."""
        return self._request(context, "", goes_on=False, max_buffer_delay_ms=0)

    def _request(self, context: str, text: str, goes_on: bool, **more: int) -> Sequence[Frame]:
        settings = self._settings
        wanted = {"speed": settings.speed, "volume": settings.volume, "emotion": settings.emotion}
        manner = {name: value for name, value in wanted.items() if value is not None}
        request = {
            "context_id": context,
            "model_id": settings.model,
            "transcript": text,
            "voice": {"id": settings.voice},
            "language": settings.language,
            "output_format": {"container": "raw", "encoding": "pcm_s16le", "sample_rate": RATE_HZ},
            "add_timestamps": True,
            "continue": goes_on,
            **more,
            **({"generation_config": manner} if manner else {}),
        }
        return (json.dumps(request, ensure_ascii=False),)

    def cancel(self, context: str) -> Sequence[Frame]:
        """Nothing more is made for the clause."""
        return (json.dumps({"context_id": context, "cancel": True}),)

    def keep_alive(self) -> Sequence[Frame]:
        """There is no such message: a connection that was idle for too long is replaced when it is needed."""
        return ()

    def goodbye(self) -> Sequence[Frame]:
        """None is wanted."""
        return ()

    def read(self, message: Frame) -> Iterator[Piece]:
        """Sound, when words are spoken, the end of a clause, and errors; the rest is for the curious."""
        content = json.loads(message)
        kind, context = content["type"], content.get("context_id")
        if kind == "error" and context is None:
            raise reported(content)
        match kind:
            case "chunk":
                yield Piece(context, base64.b64decode(content["data"], validate=True))
            case "timestamps":
                yield Piece(context, words=tuple(_timed(content.get("word_timestamps") or {})))
            case "done":
                yield Piece(context, last=True)
            case "error":
                yield Piece(context, error=reported(content))


def _timed(spoken: Mapping[str, Any]) -> Iterator[TimedWord]:
    """Words with their times, which come in seconds."""
    lists = (spoken.get(name, ()) for name in ("words", "start", "end"))
    for text, start, end in zip(*lists, strict=True):
        yield TimedWord(text, start * 1000, end * 1000)


def _listed(answer: httpx.Response) -> Sequence[Mapping[str, Any]]:
    content = answer.json()
    voices: Sequence[Mapping[str, Any]] = content["data"]
    return voices


def _titled(voice: Mapping[str, Any]) -> tuple[str, str]:
    """`Katie, Friendly Fixer (en-US)`."""
    spoken = next((each["locale"] for each in voice.get("locales") or () if each.get("is_native")), voice["language"])
    name = ", ".join(part for part in (voice["name"], voice.get("tagline")) if part)
    return str(voice["id"]), f"{name} ({spoken})"
