"""Any server that speaks like OpenAI's `/audio/speech`: the vendor's own, Groq's, a voice on one's own machine.

Each clause is one request, whose sound is heard as it comes. Must not know what a reply is, nor retry a request.
"""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, suppress
from textwrap import wrap
from typing import ClassVar, Literal

import httpx
from pydantic import Field, JsonValue

from studio.model.errors import ErrorCategory, ProviderError
from studio.pipeline.ports import Sound
from studio.providers.kept_connection import KeptConnection
from studio.providers.settings import HostedSettings
from studio.providers.tts.pcm_stream import PcmStream

_NOT_PCM = ("application/json", "text/", "audio/aac", "audio/flac", "audio/mp", "audio/ogg", "audio/opus", "audio/webm")
"""What the answers begin to be called that are no sound, or sound that would have to be decoded."""


class SpeechSettings(HostedSettings):
    """The server and its voice; what is empty or None is left to the server."""

    model: str = "gpt-4o-mini-tts"
    voice: str = "alloy"
    instructions: str = ""
    """How to speak, in words; only some models heed it."""
    speed: float | None = Field(default=None, ge=0.25, le=4)
    """1: the voice's own pace."""
    response_format: Literal["pcm", "wav"] = "pcm"
    """What is asked for. A WAV file may have any rate."""
    rate_hz: int = Field(default=24_000, ge=8_000, le=48_000)
    """Of the raw PCM that the server sends: OpenAI's has 24 kHz."""
    longest_input: int = Field(default=4096, ge=50)
    """Characters that the server takes at once; a longer clause is several requests."""


class Speech:
    """Text to speech over HTTP."""

    Settings: ClassVar = SpeechSettings

    def __init__(self, settings: SpeechSettings) -> None:
        self._settings = settings
        self._connection = KeptConnection(settings)

    @property
    def rate_hz(self) -> int:
        """Rate of what `speak` yields."""
        return self._settings.rate_hz

    async def open(self) -> None:
        """Connect, and learn now rather than in the first turn that the key is refused.

        Raises:
            ProviderError: no key, no connection, or no access.
        """
        await self._connection.open()

    async def close(self) -> None:
        """Hang up. Safe to call twice."""
        await self._connection.close()

    async def speak(self, text: str) -> AsyncGenerator[Sound, None]:
        """The voice of one clause as it comes. Closing the iterator hangs up at once, and connects anew.

        Raises:
            ProviderError: any failure, before the first piece or between two.
        """
        for part in wrap(text, self._settings.longest_input, break_on_hyphens=False):
            async with aclosing(self._voice(part)) as voice:
                async for sound in voice:
                    yield sound

    async def _voice(self, text: str) -> AsyncGenerator[Sound, None]:
        host = self._connection.server.host
        response = await self._connection.post("audio/speech", request_body(self._settings, text))
        pieces, pcm = response.aiter_bytes(), PcmStream(self._settings.rate_hz)
        heard = over = False
        try:
            kind = response.headers.get("content-type", "").lower()
            if kind.startswith(_NOT_PCM):
                message = f"{host} sent {kind[:50]} where PCM was asked for; check base_url and response_format."
                raise ProviderError(message, ErrorCategory.BROKEN_ANSWER)
            while not over:
                piece = await self._next(pieces)
                over = piece is None
                samples = pcm.end() if piece is None else pcm.push(piece)
                if samples.size:
                    heard = True
                    yield Sound(samples)
            if not heard:
                raise ProviderError(f"{host} sent no sound; check the voice.", ErrorCategory.BROKEN_ANSWER)
        except ValueError as error:
            raise ProviderError(f"{host} sent {error}; set response_format.", ErrorCategory.BROKEN_ANSWER) from error
        finally:
            await response.aclose()
            with suppress(httpx.TransportError, httpx.StreamError):  # ends httpx's nested generators now, not some time
                await anext(pieces, None)
            if not over:
                self._connection.warm(hung_up=True)

    async def _next(self, pieces: AsyncIterator[bytes]) -> bytes | None:
        async with self._connection.server.patience(self._settings.stall_timeout_s):
            return await anext(pieces, None)


def request_body(settings: SpeechSettings, text: str) -> JsonValue:
    """What asks for the voice of a text."""
    body: dict[str, JsonValue] = {
        "model": settings.model,
        "voice": settings.voice,
        "input": text,
        "response_format": settings.response_format,
    }
    if settings.instructions:
        body["instructions"] = settings.instructions
    if settings.speed is not None:
        body["speed"] = settings.speed
    return body
