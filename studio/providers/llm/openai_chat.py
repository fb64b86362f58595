"""Any language model behind the OpenAI chat protocol: a vendor's, a company's, or one on this machine.

Speaks streamed `POST {base_url}/chat/completions`; must not know who runs the server, what its messages mean
(that is `chat_protocol`), nor retry a failed request.
"""

import asyncio
import os
import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, suppress
from typing import ClassVar

import httpx
from httpx_sse import EventSource, ServerSentEvent
from pydantic import JsonValue, ValidationError

from studio.model.conversation import Message, Tool
from studio.model.errors import ErrorCategory, ProviderError
from studio.pipeline.ports import ReplyPiece
from studio.providers import catalog
from studio.providers.endpoint import Endpoint, endpoint
from studio.providers.llm.chat_protocol import FIRST_SERVED, OpenAiChatSettings, Reading, first_model, request_body

END_OF_STREAM = "[DONE]"
IDLE_S = 20.0
"""A connection that was used within this time needs no warming; servers close idle ones after 30 s or more."""
END_TIMEOUT_S = 0.1
"""How long a complete answer is held up for the sake of the next one's connection, at most."""


class OpenAiChat:
    """A client that keeps one connection warm."""

    Settings: ClassVar = OpenAiChatSettings

    def __init__(self, settings: OpenAiChatSettings) -> None:
        self._settings = settings
        self._server: Endpoint | None = None
        self._http: httpx.AsyncClient | None = None
        self._kept: dict[str, JsonValue] = {}
        """What the server wants to see again with the tool calls of this conversation, by their ids."""
        self._used_at = 0.0

    async def open(self) -> None:
        """Connect, and learn now rather than in the first turn that the key is refused.

        Raises:
            ProviderError: no key, no connection, no access, or no model where the server shall choose it.
        """
        self._server = await endpoint(_served_elsewhere(self._settings))
        self._http = self._server.http()
        listing = await self._connect()
        if self._settings.model == FIRST_SERVED:
            model = first_model(listing, self._server.host)
            self._settings = self._settings.model_copy(update={"model": model})

    async def close(self) -> None:
        """Hang up. Safe to call twice."""
        if self._http is not None:
            await self._http.aclose()
            self._http = None

    async def warm(self, messages: Sequence[Message]) -> None:  # noqa: ARG002 - the port's signature
        """Have a connection ready; the prompt itself is not sent, for it would be paid for."""
        if time.monotonic() - self._used_at > IDLE_S:
            await self._connect()

    async def reply(self, messages: Sequence[Message], tools: Sequence[Tool] = ()) -> AsyncGenerator[ReplyPiece, None]:
        """Stream the reply, one piece per token as the server sends them; closing the iterator hangs up at once.

        Raises:
            ProviderError: any failure, before the first piece or between two.
        """
        loop = asyncio.get_running_loop()
        to_begin = loop.time() + self._settings.answer_timeout_s
        server, http = self._open()
        body = request_body(self._settings, messages, tools, self._kept)
        headers = {"Accept": "text/event-stream", "Cache-Control": "no-store"}
        reading = Reading(server.host, self._kept)
        response = await self._send(http.build_request("POST", "chat/completions", json=body, headers=headers))
        events = EventSource(response).aiter_sse()
        try:
            while (event := await _next(server, events, to_begin - loop.time())) is not None:
                if event.data == END_OF_STREAM:
                    reading.done()
                    with suppress(ProviderError):  # only a body read to its end leaves the connection usable
                        await _next(server, events, END_TIMEOUT_S)
                    break
                for piece in reading.read(event.data):
                    yield piece
                if reading.begun:
                    to_begin = loop.time() + self._settings.stall_timeout_s
            for piece in reading.end():
                yield piece
        finally:
            await response.aclose()
            with suppress(httpx.TransportError, httpx.StreamError):  # ends httpx's nested generators now, not some time
                await anext(events, None)

    async def _send(self, request: httpx.Request) -> httpx.Response:
        self._used_at = time.monotonic()
        server, http = self._open()
        return await server.send(http, request, self._settings.answer_timeout_s)

    async def _connect(self) -> bytes:
        """Use the connection for the cheapest request there is; only a refused key matters here. What it answers."""
        server, http = self._open()
        check = catalog.provider(self._settings.provider).check or "/models"
        try:
            response = await self._send(http.build_request("GET", check.lstrip("/")))
        except ProviderError as error:
            if error.category is not ErrorCategory.INVALID_REQUEST:
                raise
            return b""
        async with server.patience(self._settings.answer_timeout_s), aclosing(response):
            return await response.aread()

    def _open(self) -> tuple[Endpoint, httpx.AsyncClient]:
        if self._server is None or self._http is None:
            raise RuntimeError("OpenAiChat is used before open() or after close()")
        return self._server, self._http


async def _next(server: Endpoint, events: AsyncIterator[ServerSentEvent], patience_s: float) -> ServerSentEvent | None:
    async with server.patience(patience_s):
        return await anext(events, None)


def _served_elsewhere(settings: OpenAiChatSettings) -> OpenAiChatSettings:
    """The settings with the address in OPENAI_BASE_URL, which OpenAI's own clients heed where nothing else is said."""
    address = os.environ.get("OPENAI_BASE_URL", "") if settings.provider == "openai" else ""
    if settings.base_url or not address:
        return settings
    try:
        return OpenAiChatSettings.model_validate({**settings.model_dump(), "base_url": address})
    except ValidationError:
        message = "OPENAI_BASE_URL is no address such as https://host/v1; set it right or unset it."
        raise ProviderError(message, ErrorCategory.INVALID_REQUEST) from None
