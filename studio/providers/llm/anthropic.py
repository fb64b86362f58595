"""Anthropic's Claude through the vendor's SDK, because its prompt cache has to be asked for.

Must not know what a request says or an answer means (that is `anthropic_messages`), nor retry.
"""

import asyncio
import json
import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar

import httpx

from studio.model.conversation import Message, Tokens, Tool
from studio.model.errors import ErrorCategory, ProviderError
from studio.pipeline.ports import ReplyPiece
from studio.providers.endpoint import Endpoint, endpoint
from studio.providers.http_errors import refusal, wire_errors
from studio.providers.llm.anthropic_messages import AnthropicSettings, Reading, billed, request_body

if TYPE_CHECKING:
    from anthropic import APIStatusError, AsyncAnthropic, AsyncStream
    from anthropic.types import RawMessageStreamEvent

IDLE_S = 20.0
"""A connection that was used within this time needs no warming."""
END_TIMEOUT_S = 0.1
"""How long a complete answer is held up for the sake of the next one's connection, at most."""
STATUS_OF = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "timeout_error": 504,
    "overloaded_error": 529,
}
"""What status an error would have had, had it not come in the middle of an answer."""


class Anthropic:
    """A client that keeps one connection warm, and the prompt in the vendor's cache."""

    Settings: ClassVar = AnthropicSettings

    def __init__(self, settings: AnthropicSettings) -> None:
        self._settings = settings
        self._server: Endpoint | None = None
        self._client: AsyncAnthropic | None = None
        self._tools: Sequence[Tool] = ()
        """Those that were offered last."""
        self._warmed: list[Tokens] = []
        """What warming has cost since the last reply, which tells it with its own counts."""
        self._used_at = 0.0

    async def open(self) -> None:
        """Load the SDK (1.3 s), connect, and learn now rather than in the first turn that the key is refused.

        Raises:
            ProviderError: no SDK, no key, no connection, or no access.
        """
        try:
            await asyncio.to_thread(import_module, "anthropic")
        except ModuleNotFoundError as error:
            raise ProviderError(
                "Anthropic's SDK is not installed; run `pip install voice-agent-studio[anthropic]`.",
                ErrorCategory.NOT_INSTALLED,
            ) from error
        self._server = await endpoint(self._settings)
        self._client = _connection(self._server)
        await self._connect()

    async def close(self) -> None:
        """Hang up. Safe to call twice."""
        if self._client is not None:
            await self._client.close()
            self._client = None

    async def warm(self, messages: Sequence[Message]) -> None:
        """Have a connection ready; with `warm_cache`, have the vendor read the prompt ahead.

        Raises:
            ProviderError: as `reply`.
        """
        if self._settings.warm_cache:
            await self._read_ahead(messages)
        elif time.monotonic() - self._used_at > IDLE_S:
            await self._connect()

    async def reply(self, messages: Sequence[Message], tools: Sequence[Tool] = ()) -> AsyncGenerator[ReplyPiece, None]:
        """Stream the reply, one piece per token; closing the iterator hangs up at once.

        Raises:
            ProviderError: any failure, before the first piece or between two.
        """
        loop = asyncio.get_running_loop()
        to_begin = loop.time() + self._settings.answer_timeout_s
        server, _ = self._open()
        body = request_body(self._settings, messages, tools, self._tools)
        self._tools = tools or self._tools
        stream = await self._ask(body)
        reading = Reading(server.host)
        try:
            while (event := await self._next(stream, to_begin - loop.time())) is not None:
                for piece in _read(reading, event, server.host):
                    yield piece
                if reading.finished:
                    with suppress(ProviderError):  # only a body read to its end leaves the connection usable
                        await self._next(stream, END_TIMEOUT_S)
                    break
                if reading.begun:
                    to_begin = loop.time() + self._settings.stall_timeout_s
            for piece in reading.end():
                yield self._with_warming(piece)
        finally:
            await stream.close()
            with suppress(ProviderError):  # ends the SDK's generators now, not some time
                await self._next(stream, END_TIMEOUT_S)

    async def _ask(self, body: dict[str, Any]) -> "AsyncStream[RawMessageStreamEvent]":
        """The stream as soon as its status is there."""
        server, client = self._open()
        self._used_at = time.monotonic()
        async with _patience(server, self._settings.answer_timeout_s):
            stream = await client.messages.create(
                model=self._settings.model,
                max_tokens=self._settings.max_tokens,
                messages=body.pop("messages"),
                stream=True,
                extra_body=body,
            )
        if not stream.response.headers.get("content-type", "").startswith("text/event-stream"):
            await stream.close()
            message = f"{server.host} did not answer with a stream; check base_url."
            raise ProviderError(message, ErrorCategory.BROKEN_ANSWER)
        return stream

    async def _next(
        self, stream: "AsyncStream[RawMessageStreamEvent]", patience_s: float
    ) -> "RawMessageStreamEvent | None":
        server, _ = self._open()
        async with _patience(server, patience_s):
            return await anext(stream, None)

    async def _connect(self) -> None:
        """Use the connection for the cheapest request there is; only a refused key matters here."""
        server, client = self._open()
        self._used_at = time.monotonic()
        try:
            async with _patience(server, self._settings.answer_timeout_s):
                await client.models.list(limit=1)
        except ProviderError as error:
            if error.category is not ErrorCategory.INVALID_REQUEST:
                raise

    async def _read_ahead(self, messages: Sequence[Message]) -> None:
        """Nothing is written, and the next reply finds the prompt in the cache."""
        server, client = self._open()
        self._used_at = time.monotonic()
        body = request_body(self._settings, messages, self._tools)
        async with _patience(server, self._settings.answer_timeout_s):
            message = await client.messages.create(
                model=self._settings.model, max_tokens=0, messages=body.pop("messages"), extra_body=body
            )
        self._warmed.append(billed(message.usage.model_dump()))

    def _with_warming(self, piece: ReplyPiece) -> ReplyPiece:
        """The counts with those that warming took: whoever pays wants to see them."""
        if piece.tokens is None or not self._warmed:
            return piece
        all_counts, self._warmed = [piece.tokens, *self._warmed], []
        return ReplyPiece(
            tokens=Tokens(
                sum(each.prompt for each in all_counts),
                sum(each.written for each in all_counts),
                sum(each.cache_read for each in all_counts),
                sum(each.cache_write for each in all_counts),
            )
        )

    def _open(self) -> "tuple[Endpoint, AsyncAnthropic]":
        if self._server is None or self._client is None:
            raise RuntimeError("Anthropic is used before open() or after close()")
        return self._server, self._client


def _connection(server: Endpoint) -> "AsyncAnthropic":
    """The SDK's client: no retries, no waits and no redirects of its own; it is given no key but in the headers."""
    import httpx2
    from anthropic import AsyncAnthropic, Omit

    waits = httpx2.Timeout(None, connect=server.connect_timeout_s)
    headers: dict[str, Any] = {"Authorization": Omit(), **server.headers}
    headers.pop("anthropic-version", None)  # the SDK sends the one that it was made for
    return AsyncAnthropic(
        api_key="in the headers",
        base_url=server.base_url,
        timeout=waits,
        max_retries=0,
        default_headers=headers,
        open_telemetry=False,
        http_client=httpx2.AsyncClient(
            timeout=waits, limits=httpx2.Limits(keepalive_expiry=None), trust_env=not server.local
        ),
    )


@asynccontextmanager
async def _patience(server: Endpoint, seconds: float) -> AsyncIterator[None]:
    """Waiting for the server, at most so long; what the SDK raises becomes a `ProviderError` without its request."""
    import httpx2
    from anthropic import APIConnectionError, APIStatusError

    try:
        async with server.patience(seconds):
            yield
    except APIStatusError as error:
        raise _refused(error, server) from None
    except (APIConnectionError, httpx2.TransportError) as error:
        cause = error.__cause__ if isinstance(error, APIConnectionError) else error
        with wire_errors(server.host):
            raise getattr(httpx, type(cause).__name__, httpx.TransportError)(str(cause)) from None
    except ValueError:
        raise _no_answer(server.host) from None


def _refused(error: "APIStatusError", server: Endpoint) -> ProviderError:
    status = error.status_code if error.status_code >= 300 else STATUS_OF.get(error.type or "", 500)
    if (error.error_code or "").endswith("spend_limit_reached"):
        status = 402
    waits = {name: value for name, value in error.response.headers.items() if name.startswith("retry-after")}
    words = json.dumps(error.body) if isinstance(error.body, dict) else ""
    request = httpx.Request("POST", server.base_url)
    return refusal(httpx.Response(status, headers=waits, text=words, request=request), server.key_name)


def _read(reading: Reading, event: Any, host: str) -> list[ReplyPiece]:
    try:
        return reading.read(event)
    except (AttributeError, TypeError, KeyError):
        raise _no_answer(host) from None


def _no_answer(host: str) -> ProviderError:
    message = f"{host} sent something that is no answer of this protocol; check base_url."
    return ProviderError(message, ErrorCategory.BROKEN_ANSWER)
