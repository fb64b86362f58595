"""Any server that speaks like OpenAI's `/audio/speech`: the vendor's own, Groq's, a voice on one's own machine.

Each clause is one request, whose raw PCM is heard as it comes. Must not know what a reply is, nor retry a request.
"""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, suppress
from typing import Any, ClassVar

import httpx
import numpy as np
from pydantic import Field

from studio.model.audio import to_float
from studio.model.errors import ErrorCategory, ProviderError
from studio.pipeline.ports import Sound
from studio.providers import catalog
from studio.providers.endpoint import Endpoint, endpoint
from studio.providers.settings import HostedSettings

_NO_SOUND = ("application/json", "text/")


class SpeechSettings(HostedSettings):
    """The server and its voice."""

    model: str = "gpt-4o-mini-tts"
    voice: str = "alloy"
    instructions: str = ""
    """How to speak, in words; only newer models heed it."""
    speed: float | None = Field(default=None, ge=0.25, le=4)
    """1: the voice's own pace; None: the server's default."""
    rate_hz: int = Field(default=24_000, ge=8_000, le=48_000)
    """Of the PCM that the server sends: OpenAI's has 24 kHz."""


class Speech:
    """Text to speech over HTTP."""

    Settings: ClassVar = SpeechSettings

    def __init__(self, settings: SpeechSettings) -> None:
        self._settings = settings
        self._server: Endpoint | None = None
        self._http: httpx.AsyncClient | None = None

    @property
    def rate_hz(self) -> int:
        """Rate of what `speak` yields."""
        return self._settings.rate_hz

    async def open(self) -> None:
        """Connect, and learn now rather than in the first turn that the key is refused.

        Raises:
            ProviderError: no key, no connection, or no access.
        """
        self._server = await endpoint(self._settings)
        self._http = self._server.http()
        check = catalog.provider(self._settings.provider).check or "/models"
        try:
            response = await self._send(self._http.build_request("GET", check.lstrip("/")))
        except ProviderError as error:
            if error.category is not ErrorCategory.INVALID_REQUEST:  # a small server may have no such list
                raise
        else:
            async with self._server.patience(self._settings.answer_timeout_s), aclosing(response):
                await response.aread()

    async def close(self) -> None:
        """Hang up. Safe to call twice."""
        if self._http is not None:
            await self._http.aclose()
            self._http = None

    async def speak(self, text: str) -> AsyncGenerator[Sound, None]:
        """The voice of one clause as it comes. Closing the iterator hangs up at once.

        Raises:
            ProviderError: any failure, before the first piece or between two.
        """
        settings = self._settings
        body: dict[str, Any] = {
            "model": settings.model,
            "voice": settings.voice,
            "input": text,
            "response_format": "pcm",
        }
        if settings.instructions:
            body["instructions"] = settings.instructions
        if settings.speed is not None:
            body["speed"] = settings.speed
        server, http = self._open()
        response = await self._send(http.build_request("POST", "audio/speech", json=body))
        pieces = response.aiter_bytes()
        odd = b""
        try:
            if response.headers.get("content-type", "").startswith(_NO_SOUND):
                raise ProviderError(f"{server.host} sent no sound; check base_url.", ErrorCategory.BROKEN_ANSWER)
            while (piece := await self._next(server, pieces)) is not None:
                pcm = odd + piece
                whole = len(pcm) // 2 * 2
                odd = pcm[whole:]
                if whole:
                    yield Sound(to_float(np.frombuffer(pcm[:whole], dtype="<i2")))
        finally:
            await response.aclose()
            with suppress(httpx.TransportError, httpx.StreamError):  # ends httpx's nested generators now, not some time
                await anext(pieces, None)

    async def _next(self, server: Endpoint, pieces: AsyncIterator[bytes]) -> bytes | None:
        async with server.patience(self._settings.stall_timeout_s):
            return await anext(pieces, None)

    async def _send(self, request: httpx.Request) -> httpx.Response:
        server, http = self._open()
        return await server.send(http, request, self._settings.answer_timeout_s)

    def _open(self) -> tuple[Endpoint, httpx.AsyncClient]:
        if self._server is None or self._http is None:
            raise RuntimeError("Speech is used before open() or after close()")
        return self._server, self._http
