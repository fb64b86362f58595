"""Deepgram's voices: Aura over `/v1/speak` and Flux over `/v2/speak`, where a voice is a model.

Neither names on the wire which clause a sound belongs to: the dialects know it from the order of what was said.
Must not know sockets, time or the conversation; `tts/socket.py` does.
"""

import json
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, Literal

import httpx
from pydantic import Field

from studio.model.errors import ErrorCategory, ProviderError
from studio.model.preset import Role
from studio.providers import catalog
from studio.providers.deepgram_errors import reported
from studio.providers.endpoint import endpoint
from studio.providers.http_errors import refusal
from studio.providers.settings import HostedSettings
from studio.providers.tts.socket import Frame, Piece, SocketTts, TtsDialect

PING_AFTER_S = 20.0
"""A quiet connection is closed after a minute, and only pings keep it."""


class AuraSettings(HostedSettings):
    """Aura's voice, which is the model, and how it speaks."""

    model: str = "aura-2-thalia-en"
    sample_rate: Literal[8000, 16_000, 24_000, 32_000, 48_000] = 24_000
    """In Hz."""
    speed: float = Field(default=1, ge=0.7, le=1.5)
    """1: the voice's own pace. English and Spanish voices of Aura-2 only."""


class FluxVoiceSettings(HostedSettings):
    """A Flux voice, which is the model, and how it speaks."""

    model: str = "flux-kit-en"
    sample_rate: Literal[8000, 16_000, 24_000, 32_000, 44_100, 48_000] = 24_000
    """In Hz."""
    speed: float = Field(default=1, ge=0.5, le=1.5, multiple_of=0.05)
    """1: the voice's own pace; in steps of 0.05."""
    expressivity: int = Field(default=0, ge=-2, le=2)
    """From calm to animated; 0 is the voice as its maker means it."""


class Aura(SocketTts[TtsDialect]):
    """Text to speech with Deepgram Aura."""

    Settings: ClassVar = AuraSettings

    def __init__(self, settings: AuraSettings) -> None:
        super().__init__(settings, lambda: AuraDialect(settings))

    async def voices(self) -> list[tuple[str, str]]:
        """Models that are Aura's voices, and what people call them; may be asked before `open`.

        Raises:
            ProviderError: any failure.
        """
        return await _listed(self._settings, "aura-")


class FluxVoice(SocketTts[TtsDialect]):
    """Text to speech with Deepgram Flux."""

    Settings: ClassVar = FluxVoiceSettings

    def __init__(self, settings: FluxVoiceSettings) -> None:
        super().__init__(settings, lambda: FluxVoiceDialect(settings))

    async def voices(self) -> list[tuple[str, str]]:
        """Models that are Flux voices, and what people call them; may be asked before `open`.

        The vendor's list has left them out so far; then they are those of the catalog.

        Raises:
            ProviderError: any failure.
        """
        models = catalog.provider(self._settings.provider).of_role(Role.TTS)
        known = [(model.name, model.title) for model in models if model.name.startswith("flux-")]
        return await _listed(self._settings, "flux-") or known


class AuraDialect:
    """Messages of `/v1/speak`, as deepgram-sdk 7.17 defines them."""

    keep_alive_s = PING_AFTER_S

    def __init__(self, settings: AuraSettings) -> None:
        self._settings = settings
        self._clauses: deque[str] = deque()
        """Those that are not yet spoken to their end, in order."""
        self._clearing = 0
        """How often the vendor was told to be silent and has not confirmed it: what comes until then is older."""

    @property
    def rate_hz(self) -> int:
        """As the preset wants it."""
        return self._settings.sample_rate

    def path(self) -> str:
        """Speech."""
        return "/v1/speak"

    def query(self) -> Mapping[str, str | int | float | bool]:
        """The voice and how it sounds."""
        settings = self._settings
        speed = {"speed": settings.speed} if settings.speed != 1 else {}  # most voices know no other
        return {"model": settings.model, "encoding": "linear16", "sample_rate": settings.sample_rate, **speed}

    def headers(self) -> Mapping[str, str]:
        """None beside the key's."""
        return {}

    def greeting(self) -> Sequence[Frame]:
        """Nothing: everything is in the query."""
        return ()

    def speak(self, context: str, text: str) -> Sequence[Frame]:
        """The text, and that nothing belongs to it any more."""
        self._clauses.append(context)
        return (json.dumps({"type": "Speak", "text": text}), json.dumps({"type": "Flush"}))

    def cancel(self, context: str) -> Sequence[Frame]:
        """Silences the vendor; where other clauses wait behind this one it is heard out instead."""
        if list(self._clauses) != [context]:
            return ()
        self._clauses.clear()
        self._clearing += 1
        return (json.dumps({"type": "Clear"}),)

    def keep_alive(self) -> Sequence[Frame]:
        """There is no such message."""
        return ()

    def goodbye(self) -> Sequence[Frame]:
        """The end of the session."""
        return (json.dumps({"type": "Close"}),)

    def read(self, message: Frame) -> Iterator[Piece]:
        """Sound, the end of a clause, and that one is refused; the rest is for the curious."""
        if isinstance(message, bytes):
            if self._clauses and not self._clearing:
                yield Piece(self._clauses[0], message)
            return
        content = json.loads(message)
        match content["type"]:
            case "Cleared":
                self._clearing = max(0, self._clearing - 1)
            case "Flushed" if self._clauses and not self._clearing:
                yield Piece(self._clauses.popleft(), last=True)
            case "Warning" if content.get("code") == "EXCESSIVE_FLUSH" and self._clauses and not self._clearing:
                # The vendor takes so many clauses a minute over one connection; a new one helps at once.
                worn = "Deepgram takes no more clauses over this connection for a minute; try again."
                yield Piece(self._clauses.pop(), error=ProviderError(worn, ErrorCategory.CONNECTION))
            case "Error":
                raise reported(content)


class FluxVoiceDialect:
    """Messages of `/v2/speak`, as deepgram-sdk 7.17 defines them: each clause is a turn, one after the other."""

    keep_alive_s = PING_AFTER_S

    def __init__(self, settings: FluxVoiceSettings) -> None:
        self._settings = settings
        self._turns: deque[str] = deque()
        """Clauses whose turns are not over; the first one's is active."""

    @property
    def rate_hz(self) -> int:
        """As the preset wants it."""
        return self._settings.sample_rate

    def path(self) -> str:
        """Speech in turns."""
        return "/v2/speak"

    def query(self) -> Mapping[str, str | int | float | bool]:
        """The voice and how it sounds."""
        settings = self._settings
        return {
            "model": settings.model,
            "encoding": "linear16",
            "sample_rate": settings.sample_rate,
            **({"speed": settings.speed} if settings.speed != 1 else {}),
            **({"expressivity": settings.expressivity} if settings.expressivity else {}),
        }

    def headers(self) -> Mapping[str, str]:
        """None beside the key's."""
        return {}

    def greeting(self) -> Sequence[Frame]:
        """Nothing: everything is in the query."""
        return ()

    def speak(self, context: str, text: str) -> Sequence[Frame]:
        """A turn of its own."""
        self._turns.append(context)
        return (json.dumps({"type": "Speak", "text": text}), json.dumps({"type": "Flush"}))

    def cancel(self, context: str) -> Sequence[Frame]:
        """Interrupts the active turn; the vendor lets no other be chosen, and speaks those to their end."""
        active = bool(self._turns) and self._turns[0] == context
        return (json.dumps({"type": "Interrupt"}),) if active else ()

    def keep_alive(self) -> Sequence[Frame]:
        """There is no such message."""
        return ()

    def goodbye(self) -> Sequence[Frame]:
        """The end of the session."""
        return (json.dumps({"type": "Close"}),)

    def read(self, message: Frame) -> Iterator[Piece]:
        """Sound and the end of a turn, whatever ended it; the rest is for the curious."""
        if isinstance(message, bytes):
            if self._turns:
                yield Piece(self._turns[0], message)
            return
        content = json.loads(message)
        match content["type"]:
            case "SpeechMetadata" | "SpeechInterrupted" if self._turns:
                yield Piece(self._turns.popleft(), last=True)
            case "Error":
                raise reported(content)


async def _listed(settings: HostedSettings, prefix: str) -> list[tuple[str, str]]:
    """The vendor's models for speech whose names begin so, by name."""
    server = await endpoint(settings)
    async with server.http() as client, server.patience(settings.answer_timeout_s):
        answer = await client.get("/v1/models")
    if answer.is_error:
        raise refusal(answer, server.key_name)
    try:
        return sorted(_titled(model) for model in _models(answer) if model["canonical_name"].startswith(prefix))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ProviderError(f"{server.host} sent no list of models.", ErrorCategory.BROKEN_ANSWER) from error


def _models(answer: httpx.Response) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = answer.json()["tts"] or []
    return listed


def _titled(model: Mapping[str, Any]) -> tuple[str, str]:
    """`Thalia (en-US)`."""
    languages = ", ".join(model.get("languages") or ())
    name = str(model["name"]).capitalize()
    return model["canonical_name"], f"{name} ({languages})" if languages else name
