"""Any language model behind the OpenAI chat protocol: the vendor's own, a company's, or one on this machine.

Speaks streamed `POST {base_url}/chat/completions`; must not know who runs the server, nor retry a failed request.
"""

import asyncio
import os
import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, suppress
from ipaddress import ip_address
from typing import Any, ClassVar

import httpx
from httpx_sse import EventSource, ServerSentEvent
from pydantic import BaseModel, Field, JsonValue, ValidationError

from studio.model.conversation import Message, Tokens, Tool
from studio.model.errors import ErrorCategory, ProviderError
from studio.pipeline.clock import real_work
from studio.pipeline.ports import ReplyPiece
from studio.providers.http_errors import refusal, wire_errors
from studio.providers.settings import ProviderSettings

VENDOR_BASE_URL = "https://api.openai.com/v1"
END_OF_STREAM = "[DONE]"
IDLE_S = 20.0
"""A connection that was used within this time needs no warming; servers close idle ones after 30 s or more."""
END_TIMEOUT_S = 0.1
"""How long a complete answer is held up for the sake of the next one's connection, at most."""


class OpenAiChatSettings(ProviderSettings):
    """Where the server is and how it should answer."""

    base_url: str = Field(
        default_factory=lambda: os.environ.get("OPENAI_BASE_URL") or VENDOR_BASE_URL,
        pattern=r"^https?://[^/@\s]+(/\S*)?$",
    )
    """The address that `/chat/completions` is appended to."""
    key_env: str = "OPENAI_API_KEY"
    """The environment variable that holds the API key; empty: send none."""
    temperature: float | None = Field(default=None, ge=0, le=2)
    """None: the server's default; some models accept no other."""
    max_tokens: int | None = Field(default=None, ge=1)
    """The longest reply in tokens, sent as `max_completion_tokens`; None: the server's default."""
    request: dict[str, JsonValue] = Field(default_factory=dict)
    """Further fields of every request, as the server documents them."""
    connect_timeout_s: float = Field(default=5, gt=0)
    first_token_timeout_s: float = Field(default=5, gt=0)
    """The longest wait for the answer to begin."""
    stall_timeout_s: float = Field(default=3, gt=0)
    """The longest wait between two tokens."""


class _Delta(BaseModel):
    content: str | None = None


class _Choice(BaseModel):
    delta: _Delta = _Delta()
    finish_reason: str | None = None


class _Usage(BaseModel):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class _Chunk(BaseModel):
    """What we read of one event of the stream."""

    choices: list[_Choice] = []
    usage: _Usage | None = None
    error: JsonValue = None
    over: bool = False
    """Ours: the server has said that the stream is complete."""


class OpenAiChat:
    """A client that keeps one connection warm."""

    Settings: ClassVar = OpenAiChatSettings

    def __init__(self, settings: OpenAiChatSettings) -> None:
        self._settings = settings
        self._host = httpx.URL(settings.base_url).host
        self._http: httpx.AsyncClient | None = None
        self._used_at = 0.0

    async def open(self) -> None:
        """Connect, and learn now rather than in the first turn that the key is refused.

        Raises:
            ProviderError: no connection, or no access.
        """
        self._http = httpx.AsyncClient(
            base_url=self._settings.base_url,
            headers=self._authorization(),
            timeout=httpx.Timeout(None, connect=self._settings.connect_timeout_s),
            limits=httpx.Limits(keepalive_expiry=None),
            trust_env=not _is_this_machine(self._host),
        )
        await self._connect()

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
        usage, finished = None, False
        async with aclosing(self._chunks(self._request(messages))) as chunks:
            async for chunk in chunks:
                usage = chunk.usage or usage
                finished = finished or chunk.over
                for choice in chunk.choices[:1]:
                    finished = finished or choice.finish_reason is not None
                    if choice.delta.content:
                        yield ReplyPiece(choice.delta.content)
        if not finished:
            raise ProviderError(f"{self._host} ended the answer in the middle; try again.", ErrorCategory.CONNECTION)
        if usage is not None:
            yield ReplyPiece(tokens=Tokens(usage.prompt_tokens or 0, usage.completion_tokens or 0))

    def _request(self, messages: Sequence[Message]) -> httpx.Request:
        settings = self._settings
        body: dict[str, Any] = {
            "model": settings.model,
            "messages": [{"role": message.role, "content": message.text} for message in messages],
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        if settings.temperature is not None:
            body["temperature"] = settings.temperature
        if settings.max_tokens is not None:
            body["max_completion_tokens"] = settings.max_tokens
        headers = {"Accept": "text/event-stream", "Cache-Control": "no-store"}
        return self._client().build_request("POST", "chat/completions", json=body | settings.request, headers=headers)

    async def _chunks(self, request: httpx.Request) -> AsyncGenerator[_Chunk, None]:
        patience_s = self._settings.first_token_timeout_s
        response = await self._send(request, patience_s)
        events = EventSource(response).aiter_sse()
        try:
            while (event := await self._next(events, patience_s)) is not None:
                if event.data == END_OF_STREAM:
                    with suppress(ProviderError):  # only a body read to its end leaves the connection usable
                        await self._next(events, END_TIMEOUT_S)
                    yield _Chunk(over=True)
                    break
                yield self._parse(event.data)
                patience_s = self._settings.stall_timeout_s
        finally:
            await response.aclose()
            with suppress(httpx.TransportError, httpx.StreamError):  # ends httpx's nested generators now, not some time
                await anext(events, None)

    async def _send(self, request: httpx.Request, patience_s: float) -> httpx.Response:
        """The response as soon as its status is there, its body still to come."""
        self._used_at = time.monotonic()
        with wire_errors(self._host), real_work():
            async with asyncio.timeout(patience_s):
                try:
                    response = await self._client().send(request, stream=True)
                except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError):
                    # The server closed the kept connection just as we used it, and has not read the request.
                    response = await self._client().send(request, stream=True)
                if response.is_error:
                    async with aclosing(response):
                        await response.aread()
        if response.is_error:
            raise refusal(response, self._settings.key_env)
        return response

    async def _next(self, events: AsyncIterator[ServerSentEvent], patience_s: float) -> ServerSentEvent | None:
        with wire_errors(self._host), real_work():
            async with asyncio.timeout(patience_s):
                return await anext(events, None)

    def _parse(self, data: str) -> _Chunk:
        try:
            chunk = _Chunk.model_validate_json(data)
        except ValidationError as error:
            message = f"{self._host} sent something that is no chat answer; check base_url."
            raise ProviderError(message, ErrorCategory.BROKEN_ANSWER) from error
        if chunk.error is not None:
            raise ProviderError(f"{self._host} failed while answering; try again.", ErrorCategory.SERVER)
        return chunk

    async def _connect(self) -> None:
        """Use the connection for the cheapest request there is; only a refused key matters here."""
        request = self._client().build_request("GET", "models")
        try:
            response = await self._send(request, self._settings.first_token_timeout_s)
        except ProviderError as error:
            if error.category is not ErrorCategory.INVALID_REQUEST:
                raise
        else:
            async with aclosing(response):
                await response.aread()

    def _client(self) -> httpx.AsyncClient:
        if self._http is None:
            raise RuntimeError("OpenAiChat is used before open() or after close()")
        return self._http

    def _authorization(self) -> dict[str, str]:
        name = self._settings.key_env
        key = os.environ.get(name, "").strip() if name else ""
        if not (key.isascii() and key.isprintable()):
            raise ProviderError(
                f"The key in {name} has characters no key has; set it again.", ErrorCategory.AUTHENTICATION
            )
        return {"Authorization": f"Bearer {key}"} if key else {}


def _is_this_machine(host: str) -> bool:
    """True for loopback, which no proxy may stand between."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
