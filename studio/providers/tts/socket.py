"""Text to speech over a vendor's websocket: one warm connection, text up, sound down, a clause cut off when told.

What vendors have in common is here; what one of them says is its dialect, which knows no socket and no time.
Must not retry: whoever uses it decides whether to ask again, and whom.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from typing import Any, Generic, Protocol, TypeVar

import numpy as np
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed
from websockets.protocol import State

from studio.model.audio import Samples, to_float
from studio.model.conversation import TimedWord
from studio.model.errors import ErrorCategory, ProviderError
from studio.pipeline.ports import Sound
from studio.pipeline.tasks import Tasks
from studio.providers.endpoint import Endpoint, endpoint
from studio.providers.settings import HostedSettings

Frame = str | bytes
"""A websocket message: text or binary."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Something of a clause's voice."""

    context: str
    """The name that `TtsDialect.speak` was given for the clause."""
    pcm: bytes = b""
    """16-bit little-endian mono; a sample may be cut in two between pieces."""
    words: tuple[TimedWord, ...] = ()
    """In milliseconds from the clause's first sample."""
    last: bool = False
    """Nothing more comes for this clause."""
    error: ProviderError | None = None
    """The vendor cannot say this clause."""


class WholeSamples:
    """Sound out of 16-bit pieces that may be cut in the middle of a sample."""

    def __init__(self) -> None:
        self._odd = b""

    def push(self, pcm: bytes) -> Samples:
        """The next bytes in, the samples that are whole out."""
        pcm = self._odd + pcm
        whole = len(pcm) // 2 * 2
        self._odd = pcm[whole:]
        return to_float(np.frombuffer(pcm[:whole], dtype="<i2"))


class TtsDialect(Protocol):
    """What one vendor says over one connection. A new one is made for each connection."""

    @property
    def rate_hz(self) -> int:
        """Rate of the sound that comes."""

    @property
    def keep_alive_s(self) -> float:
        """After this long without a word to the vendor `keep_alive` is sent: sooner than the vendor hangs up."""

    def path(self) -> str:
        """What follows the base URL."""

    def query(self) -> Mapping[str, str | int | float | bool]:
        """What follows the path."""

    def headers(self) -> Mapping[str, str]:
        """Headers beside the key's."""

    def greeting(self) -> Sequence[Frame]:
        """What is sent before any text."""

    def speak(self, context: str, text: str) -> Sequence[Frame]:
        """What has a whole clause said, to its end."""

    def cancel(self, context: str) -> Sequence[Frame]:
        """What stops a clause that is under way; its pieces are ignored from then on.

        It is sent before whatever `speak` says next.
        """

    def keep_alive(self) -> Sequence[Frame]:
        """What keeps the connection; nothing where a ping does."""

    def goodbye(self) -> Sequence[Frame]:
        """What is sent before hanging up."""

    def read(self, message: Frame) -> Iterable[Piece]:
        """What a message from the vendor brings.

        Raises:
            ProviderError: the vendor reports an error of the whole connection.
            ValueError: it is no message of this protocol; `LookupError`, `TypeError` and `AttributeError` say the same.
        """


D = TypeVar("D", bound=TtsDialect)


class SocketTts(Generic[D]):
    """A TTS engine behind a websocket (port `TextToSpeech`)."""

    def __init__(self, settings: HostedSettings, dialect: Callable[[], D]) -> None:
        self._settings = settings
        self._make_dialect = dialect
        self._dialect = dialect()
        self._endpoint: Endpoint | None = None
        self._connection: ClientConnection | None = None
        self._clauses: dict[str, asyncio.Queue[Any]] = {}
        """Who waits for pieces of which context, or for a `ProviderError`."""
        self._names = count(1)
        self._tasks = Tasks(lambda _task, error: self._broken(error))
        self._outbox: deque[Frame] = deque()
        self._sending = asyncio.Lock()
        self._busy = asyncio.Event()

    @property
    def rate_hz(self) -> int:
        """Rate of what `speak` yields."""
        return self._dialect.rate_hz

    async def open(self) -> None:
        """Connect, so that the first clause finds a connection, and a refused key is told before it.

        Raises:
            ProviderError: no key, no connection, or no access.
        """
        self._endpoint = await endpoint(self._settings)
        await self._connect()

    async def close(self) -> None:
        """Hang up. Safe to call twice."""
        connection, self._connection = self._connection, None
        await self._tasks.close()
        if connection is not None:
            with suppress(ConnectionClosed, OSError):
                for frame in self._dialect.goodbye():
                    await connection.send(frame)
            await connection.close()

    async def speak(self, text: str) -> AsyncGenerator[Sound, None]:
        """The voice of one clause as it comes. Closing the iterator stops it at the vendor.

        Raises:
            ProviderError: any failure, before the first piece or between two.
        """
        context = f"clause-{next(self._names)}"
        finished = False
        try:
            pieces = self._pieces(context, text)
            samples = WholeSamples()
            async for piece in pieces:
                sound = Sound(samples.push(piece.pcm), piece.words)
                if sound.samples.size or sound.words:
                    yield sound
                finished = piece.last
        except ProviderError as error:
            if error.category is ErrorCategory.TIMEOUT:
                self._drop()  # whoever has stopped answering will not answer the next clause either
            raise
        finally:
            self._clauses.pop(context, None)
            if not finished:
                self._cancel(context)

    async def _pieces(self, context: str, text: str) -> AsyncGenerator[Piece, None]:
        """A clause's pieces to the last one; a kept connection that turns out to be dead is replaced once."""
        kept = self.connected
        patience_s = self._settings.answer_timeout_s
        try:
            await self._ask(context, text)
            first = await self._next(context, patience_s)
        except ProviderError as error:
            if not kept or error.category is not ErrorCategory.CONNECTION:
                raise
            self._drop()
            await self._ask(context, text)
            first = await self._next(context, patience_s)
        yield first
        last = first.last
        while not last:
            piece = await self._next(context, self._settings.stall_timeout_s)
            yield piece
            last = piece.last

    async def _ask(self, context: str, text: str) -> None:
        if not self.connected:
            await self._connect()
        self._clauses[context] = asyncio.Queue()  # what a dead connection said last is no answer
        await self._send(self._dialect.speak(context, text))

    async def _next(self, context: str, patience_s: float) -> Piece:
        async with self._server.patience(patience_s):
            piece: Piece | ProviderError = await self._clauses[context].get()
        if isinstance(piece, ProviderError):
            raise piece
        if piece.error is not None:
            raise piece.error
        return piece

    def _cancel(self, context: str) -> None:
        if self._connection is not None and (frames := self._dialect.cancel(context)):
            self._outbox.extend(frames)
            self._tasks.start("cancel a clause", self._send())

    # --- the connection ------------------------------------------------------------------------

    @property
    def connected(self) -> bool:
        """Whether there is a connection that is not known to be dead."""
        return self._connection is not None and self._connection.state is State.OPEN

    @property
    def _server(self) -> Endpoint:
        if self._endpoint is None:
            raise RuntimeError("a voice is used before open()")
        return self._endpoint

    async def _connect(self) -> None:
        self._drop()
        await self._tasks.close()
        self._outbox.clear()
        self._dialect = self._make_dialect()
        url = self._server.socket_url(self._dialect.path(), self._dialect.query())
        self._connection = await self._server.connect(url, self._dialect.headers())
        self._tasks.start("receive sound", self._receive(self._connection, self._dialect))
        self._tasks.start("keep the connection", self._keep_alive(self._connection, self._dialect))
        await self._send(self._dialect.greeting())

    def _drop(self) -> None:
        """Nobody listens to the connection any more, so that nothing may be said over it."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.transport.abort()

    async def _send(self, frames: Sequence[Frame] = ()) -> None:
        """Send these after whatever waits to be sent."""
        self._outbox.extend(frames)
        async with self._server.patience(self._settings.stall_timeout_s), self._sending:
            while self._outbox and self._connection is not None:
                await self._connection.send(self._outbox.popleft())
        self._busy.set()

    async def _keep_alive(self, connection: ClientConnection, dialect: TtsDialect) -> None:
        while True:
            self._busy.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(dialect.keep_alive_s):
                    await self._busy.wait()
                continue
            if frames := dialect.keep_alive():
                await self._send(frames)
            else:
                with self._server.errors():
                    await connection.ping()

    async def _receive(self, connection: ClientConnection, dialect: TtsDialect) -> None:
        with self._server.errors():
            async for message in connection:
                try:
                    pieces = list(dialect.read(message))
                except (ValueError, LookupError, TypeError, AttributeError) as error:
                    raise ProviderError(
                        f"{self._server.host} sent something that is no message of its protocol; check base_url.",
                        ErrorCategory.BROKEN_ANSWER,
                    ) from error
                for piece in pieces:
                    if (clause := self._clauses.get(piece.context)) is not None:
                        clause.put_nowait(piece)
        raise ProviderError(f"{self._server.host} hung up; try again.", ErrorCategory.CONNECTION)

    def _broken(self, error: Exception) -> None:
        """Whoever waits for sound is told; if nobody does, the connection is made anew when it is needed."""
        self._drop()
        for clause in self._clauses.values():
            clause.put_nowait(told(error))


def told(error: Exception) -> ProviderError:
    """A background task's failure in the words of those who wait for it."""
    return error if isinstance(error, ProviderError) else ProviderError(repr(error), ErrorCategory.BROKEN_ANSWER)
