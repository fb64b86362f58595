"""Speech to text over a vendor's websocket: one connection a call, sound up, words down, the vendor told of pauses.

What vendors have in common is here; what one of them says is its dialect, which knows no socket and no time.
Must not retry: whoever uses it decides whether to ask again, and whom.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import partial
from typing import Protocol, cast, runtime_checkable

from pydantic import Field
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed
from websockets.protocol import State

from studio.model.audio import LISTENING_RATE_HZ, Samples, to_pcm16
from studio.model.conversation import TimedWord
from studio.model.errors import ErrorCategory, ProviderError
from studio.model.terms import TranscriptKind, Trigger
from studio.pipeline.clock import real_work
from studio.pipeline.ports import Transcript
from studio.pipeline.resampling import StreamResampler
from studio.pipeline.tasks import Tasks
from studio.providers.endpoint import Endpoint, Query, endpoint
from studio.providers.settings import HostedSettings

Frame = str | bytes
"""A websocket message: text or binary."""

_BACKLOG_S = 5
"""How long the network may take nothing before the connection is given up."""
_QUIET_MS = 50
"""Of silence goes at least so much into one message: most of a call is silence, and a message costs the same."""
_PONG_S = 0.5
"""A vendor that is late has at least this long to show that it is there."""


class SocketSttSettings(HostedSettings):
    """What every vendor's stream may be told."""

    final_timeout_s: float = Field(default=1, gt=0)
    """How long a vendor that still answers may take for the final words before those known so far are taken."""


@dataclass(frozen=True, slots=True)
class SpeechHeard:
    """The vendor hears speech."""


@dataclass(frozen=True, slots=True)
class Partial:
    """What the vendor makes of the sound since its last `Segment`; replaces the partial before."""

    text: str
    words: tuple[TimedWord, ...] = ()
    """In milliseconds from the first sample of the connection."""


@dataclass(frozen=True, slots=True)
class Segment:
    """Words that will not change any more; what follows is said after them."""

    text: str
    words: tuple[TimedWord, ...] = ()
    """In milliseconds from the first sample of the connection."""
    confidence: float | None = None
    answers: bool = False
    """It is the vendor's answer to having been told of a pause."""
    ends_turn: bool = False
    """The vendor holds the user's turn for over; while an answer is awaited it is taken for that."""


@dataclass(frozen=True, slots=True)
class MaybeOver:
    """The turn may be over, with these words since the last `Segment`."""

    text: str


@dataclass(frozen=True, slots=True)
class GoesOn:
    """After `MaybeOver`: the user speaks on."""


Heard = SpeechHeard | Partial | Segment | MaybeOver | GoesOn


class SttDialect(Protocol):
    """What one vendor says over one connection. A new one is made for each connection."""

    @property
    def rate_hz(self) -> int:
        """Rate of the sound that it takes, 16-bit mono."""

    @property
    def chunk_ms(self) -> int:
        """How much sound goes into one message while words are awaited; in silence it may be several times as much."""

    def path(self) -> str:
        """What follows the base URL."""

    def query(self) -> Query:
        """What follows the path."""

    def headers(self) -> Mapping[str, str]:
        """Headers beside the key's."""

    def greeting(self) -> Sequence[Frame]:
        """What is sent before any sound."""

    def sound(self, pcm: bytes) -> Frame:
        """16-bit little-endian sound as a message."""

    def paused(self) -> Sequence[Frame]:
        """What tells the vendor that the user has paused, so that it gives its final words at once."""

    def goodbye(self) -> Sequence[Frame]:
        """What is sent before hanging up."""

    def read(self, message: Frame) -> Iterable[Heard]:
        """What a message from the vendor means.

        Raises:
            ProviderError: the vendor reports an error.
            ValueError: it is no message of this protocol; `LookupError`, `TypeError` and `AttributeError` say the same.
        """


@runtime_checkable
class Cumulative(Protocol):
    """What a dialect has, too, whose vendor repeats words that may belong to a turn that is over."""

    def turn_committed(self) -> None:
        """The words so far are taken; where the vendor repeats them, they are not said again."""


class SocketStt:
    """An STT engine behind a websocket (port `SpeechToText`)."""

    def __init__(self, settings: SocketSttSettings, dialect: Callable[[], SttDialect]) -> None:
        self._settings = settings
        self._dialect = dialect
        self._endpoint: Endpoint | None = None
        self._warm: tuple[ClientConnection, SttDialect] | None = None

    async def open(self) -> None:
        """Connect, so that the first call finds a connection, and a refused key is told before it.

        Raises:
            ProviderError: no key, no connection, or no access.
        """
        self._endpoint = await endpoint(self._settings)
        self._warm = await self._connect(self._endpoint)

    async def close(self) -> None:
        """Hang up. Safe to call twice."""
        if self._warm is not None:
            connection, dialect = self._warm
            self._warm = None
            await _hang_up(connection, dialect)

    async def stream(self) -> "SocketStream":
        """Start transcribing one call, over the connection that is there or a new one.

        Raises:
            ProviderError: no connection, or no access.
        """
        if self._endpoint is None:
            raise RuntimeError("a stream is asked for before open()")
        warm, self._warm = self._warm, None
        if warm is None or warm[0].state is not State.OPEN:
            warm = await self._connect(self._endpoint)
        return SocketStream(*warm, self._endpoint, self._settings)

    async def _connect(self, server: Endpoint) -> tuple[ClientConnection, SttDialect]:
        dialect = self._dialect()
        connection = await server.connect(server.socket_url(dialect.path(), dialect.query()), dialect.headers())
        with server.errors():
            for frame in dialect.greeting():
                await connection.send(frame)
        return connection, dialect


class SocketStream:
    """One call's transcription (port `SttStream`)."""

    def __init__(
        self, connection: ClientConnection, dialect: SttDialect, server: Endpoint, settings: SocketSttSettings
    ) -> None:
        self._connection = connection
        self._dialect = dialect
        self._server = server
        self._settings = settings
        self._resampler = StreamResampler(LISTENING_RATE_HZ, dialect.rate_hz)
        self._pending = b""
        self._chunk_bytes = dialect.rate_hz * dialect.chunk_ms // 1000 * 2
        self._quiet_bytes = self._chunk_bytes * -(-_QUIET_MS // dialect.chunk_ms)
        self._outbox: asyncio.Queue[Frame | asyncio.TimerHandle] = asyncio.Queue()
        """Messages, and waits that a sign of life ends."""
        self._taken_at = time.monotonic()
        """When the network took the latest message, or there was none."""
        self._told: asyncio.Queue[Transcript | ProviderError | None] = asyncio.Queue()
        self._segments: list[Segment] = []
        self._partial = Partial("")
        self._asked = 0
        """Pauses that the vendor was told of and has not answered."""
        self._speaking = False
        self._unheard = False
        """There was speech that no final words have come for."""
        self._answer_due: asyncio.TimerHandle | None = None
        self._closing = False
        self.billed_ms = 0.0
        self._work = ExitStack()
        self._work.enter_context(real_work())  # the vendor hears and answers in its own time
        self._tasks = Tasks(self._failed)
        self._tasks.start("send sound", self._send())
        self._tasks.start("receive words", self._receive())

    def push(self, block: Samples) -> None:
        """The next samples of the user, 16 kHz."""
        self.billed_ms += block.size * 1000 / LISTENING_RATE_HZ
        self._unheard = self._unheard or self._speaking
        self._pending += to_pcm16(self._resampler.push(block)).tobytes()
        awaited = self._speaking or self._unheard or self._asked
        least = self._chunk_bytes if awaited else self._quiet_bytes
        while len(self._pending) >= least:
            chunk, self._pending = self._pending[:least], self._pending[least:]
            self._put(self._dialect.sound(chunk))
        if not self._outbox.empty() and time.monotonic() - self._taken_at > _BACKLOG_S:
            self._failed("send sound", self._stalled())

    def speech_started(self) -> None:
        """The local VAD hears the user."""
        self._speaking = self._unheard = True
        self._expect_no_answer()

    def speech_paused(self) -> None:
        """The local VAD hears silence: the vendor is told at once.

        Sound that does not yet fill a message stays: it is silence, and filled up it would shift the words after it.
        """
        self._speaking = False
        if not self._unheard and not self._partial.text and not self._asked:
            self._tell(TranscriptKind.END)  # the vendor has given its final words already
            return
        for frame in self._dialect.paused():
            self._put(frame)
        self._asked += 1
        self._unheard = False
        self._expect_no_answer()
        self._answer_due = asyncio.get_running_loop().call_later(self._settings.final_timeout_s, self._answer_is_late)

    def turn_committed(self) -> None:
        """Forget the turn's words; answers that still come are about it, too."""
        if isinstance(self._dialect, Cumulative):
            self._dialect.turn_committed()
        self._segments.clear()
        self._partial = Partial("")
        self._asked = 0
        self._unheard = self._speaking
        self._expect_no_answer()

    async def transcripts(self) -> AsyncGenerator[Transcript, None]:
        """What the vendor says, as it says it.

        Raises:
            ProviderError: the connection is lost or stalls, or the vendor reports an error.
        """
        while (told := await self._told.get()) is not None:
            if isinstance(told, ProviderError):
                raise told
            yield told

    async def close(self) -> None:
        """Say goodbye and hang up; `transcripts` ends. Safe to call twice."""
        if self._closing:
            return
        self._closing = True
        self._expect_no_answer()
        await self._tasks.close()
        self._work.close()
        await _hang_up(self._connection, self._dialect)
        self._told.put_nowait(None)

    # --- over the socket -----------------------------------------------------------------------

    def _put(self, item: Frame | asyncio.TimerHandle) -> None:
        if self._outbox.empty():
            self._taken_at = time.monotonic()
        self._outbox.put_nowait(item)

    async def _send(self) -> None:
        with self._server.errors():
            while True:
                item = await self._outbox.get()
                self._taken_at = time.monotonic()
                if isinstance(item, asyncio.TimerHandle):
                    pong = cast(asyncio.Future[float], await self._connection.ping())
                    pong.add_done_callback(partial(self._is_there, item))
                else:
                    await self._connection.send(item)

    async def _receive(self) -> None:
        with self._server.errors():
            async for message in self._connection:
                try:
                    heard = list(self._dialect.read(message))
                except (ValueError, LookupError, TypeError, AttributeError) as error:
                    raise ProviderError(
                        f"{self._server.host} sent something that is no message of its protocol; check base_url.",
                        ErrorCategory.BROKEN_ANSWER,
                    ) from error
                for each in heard:
                    self._take(each)
        raise ProviderError(
            f"{self._server.host} hung up in the middle of the call; try again.", ErrorCategory.CONNECTION
        )

    def _failed(self, _task: str, error: Exception) -> None:
        if not self._closing:
            known = error if isinstance(error, ProviderError) else None
            self._told.put_nowait(known or ProviderError(repr(error), ErrorCategory.BROKEN_ANSWER))

    def _stalled(self) -> ProviderError:
        return ProviderError(f"{self._server.host} has stopped answering; try again.", ErrorCategory.TIMEOUT)

    # --- what was heard ------------------------------------------------------------------------

    def _take(self, heard: Heard) -> None:
        match heard:
            case SpeechHeard():
                self._tell(TranscriptKind.SPEECH_START)
            case Partial():
                self._partial = heard
                self._tell(TranscriptKind.INTERIM)
            case Segment():
                self._take_segment(heard)
            case MaybeOver(text=text):
                self._partial = Partial(text)
                self._tell(TranscriptKind.EAGER_END)
            case GoesOn():
                self._tell(TranscriptKind.RESUME)

    def _take_segment(self, segment: Segment) -> None:
        if segment.answers and not self._asked:
            return  # about a turn that is over
        self._partial = Partial("")
        if segment.text:
            self._segments.append(segment)
        answered = segment.answers or (segment.ends_turn and self._asked > 0)
        self._asked -= answered
        if answered and not self._asked and not self._speaking:
            self._expect_no_answer()
            self._tell(TranscriptKind.END, segment.confidence)
        elif segment.ends_turn and not answered:
            self._unheard = False
            self._tell(TranscriptKind.END, segment.confidence, Trigger.VENDOR)
        else:
            self._tell(TranscriptKind.INTERIM)

    def _answer_is_late(self) -> None:
        """Ask for a sign of life: a vendor that has heard no words may well say nothing, but it must be there."""
        rest = max(_PONG_S, self._settings.stall_timeout_s - self._settings.final_timeout_s)
        loop = asyncio.get_running_loop()
        self._answer_due = loop.call_later(rest, self._failed, "receive words", self._stalled())
        self._put(self._answer_due)

    def _is_there(self, wait: asyncio.TimerHandle, pong: asyncio.Future[float]) -> None:
        """Take what is known, unless there has been an answer meanwhile."""
        if not pong.cancelled() and pong.exception() is None and wait is self._answer_due:
            self._expect_no_answer()
            self._asked = 0
            self._tell(TranscriptKind.END)

    def _expect_no_answer(self) -> None:
        if self._answer_due is not None:
            self._answer_due.cancel()
            self._answer_due = None

    def _tell(self, kind: TranscriptKind, confidence: float | None = None, trigger: Trigger | None = None) -> None:
        """All that is known of the turn."""
        known: list[Segment | Partial] = [*self._segments, self._partial]
        text = " ".join(each.text for each in known if each.text)
        words = tuple(word for each in known for word in each.words)
        self._told.put_nowait(Transcript(kind, text, confidence, trigger, words))


async def _hang_up(connection: ClientConnection, dialect: SttDialect) -> None:
    with suppress(ConnectionClosed, OSError):
        for frame in dialect.goodbye():
            await connection.send(frame)
    await connection.close()
