"""Text to speech that takes a reply's text as it comes: one context of a vendor's websocket for a whole reply.

Two things go on at once: text is given as it is written, and sound is heard as it is made. Only what is owed is
waited for with a limit: after a text there must be sound, but silence while no text comes is nobody's fault.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Protocol

from studio.model.conversation import TimedWord
from studio.model.errors import ErrorCategory, ProviderError
from studio.pipeline.ports import Sound
from studio.pipeline.tasks import Tasks
from studio.providers.tts.socket import Frame, Piece, SocketTts, TtsDialect, WholeSamples, told


class StreamingDialect(TtsDialect, Protocol):
    """What a vendor says that takes text piece by piece and times words."""

    @property
    def context_idle_s(self) -> float:
        """So long after its last sound, in seconds, a context still takes text: less than the vendor's own limit."""

    @property
    def opening_words(self) -> tuple[int, ...]:
        """As of `StreamingVoice`."""

    def add(self, context: str, text: str, first: bool) -> Sequence[Frame]:
        """What has a piece of a context's text said, now; more may follow. `first` begins the context."""

    def finish(self, context: str) -> Sequence[Frame]:
        """What says that no more follows; the vendor answers with a last piece when all has been said."""


@dataclass(frozen=True, slots=True)
class _Given:
    """Text was given; it stands in line with the sound that came before it."""

    owes: bool
    """Sound must come for it."""
    last: bool = False


class _Flow:
    """One reply between its writer and its vendor."""

    def __init__(self) -> None:
        self.news: asyncio.Queue[Piece | ProviderError | _Given] = asyncio.Queue()
        self.context = ""
        """The name of the one that takes text; empty: the next text begins another."""
        self.owed = False
        """Sound has not come since text was given."""
        self.heard_at = 0.0
        """When sound came last, on the loop's time."""
        self.limit_s: float | None = None
        """How long to wait for the next news."""
        self.complete = False
        """No more text comes."""
        self._name = ""
        self._samples = WholeSamples()
        self._before = self._heard = 0

    def take(self, piece: Piece) -> Sound | None:
        """The sound of a piece, whose words count from the beginning of the reply."""
        if piece.context != self._name:
            self._name, self._before, self._samples = piece.context, self._heard, WholeSamples()
        samples = self._samples.push(piece.pcm)
        self._heard += samples.size
        return Sound(samples, piece.words) if samples.size or piece.words else None

    def before_ms(self, rate_hz: int) -> float:
        """Sound of the contexts before the one that speaks."""
        return self._before * 1000 / rate_hz


class StreamingTts(SocketTts[StreamingDialect]):
    """A TTS engine behind a websocket that is also a `StreamingVoice`."""

    @property
    def opening_words(self) -> tuple[int, ...]:
        """The dialect's."""
        return self._dialect.opening_words

    async def speak_stream(self, texts: AsyncIterable[str]) -> AsyncGenerator[Sound, None]:
        """The voice of a reply as it comes. Closing the iterator stops it at the vendor.

        Raises:
            ProviderError: any failure, before the first sound or after some.
        """
        kept, begun = self.connected, False
        while True:
            try:
                async with aclosing(self._reply(texts)) as sounds:
                    async for sound in sounds:
                        begun = True
                        yield sound
                return
            except ProviderError as error:
                if begun or not kept or error.category is not ErrorCategory.CONNECTION:
                    raise
            kept = False  # a kept connection that turns out to be dead is replaced once
            self._drop()

    async def _reply(self, texts: AsyncIterable[str]) -> AsyncGenerator[Sound, None]:
        flow = _Flow()
        feeding = Tasks(lambda _task, error: flow.news.put_nowait(told(error)))
        feeding.start("give text", self._feed(texts, flow))
        over = False
        try:
            while not over:
                async with self._server.patience(flow.limit_s):
                    news = await flow.news.get()
                if isinstance(news, ProviderError):
                    raise news
                if isinstance(news, Piece):
                    if (sound := self._hear(flow, news)) is not None:
                        yield sound
                    over = news.last and flow.complete
                else:
                    over = self._expect(flow, news)
        except ProviderError as error:
            if error.category is ErrorCategory.TIMEOUT:
                self._drop()  # as with a clause
            raise
        finally:
            self._clauses.pop(flow.context, None)
            if flow.context and not over:
                self._cancel(flow.context)
            await feeding.close()

    def _hear(self, flow: _Flow, piece: Piece) -> Sound | None:
        if piece.error is not None:
            raise piece.error
        if piece.pcm:
            flow.owed, flow.heard_at = False, asyncio.get_running_loop().time()
            flow.limit_s = self._settings.stall_timeout_s if flow.complete else None
        if piece.last and piece.context == flow.context and not flow.complete:
            self._clauses.pop(flow.context, None)
            flow.context = ""  # the vendor has closed it by itself
        sound = flow.take(piece)
        if sound is None or not sound.words:
            return sound
        before_ms = flow.before_ms(self.rate_hz)
        words = (TimedWord(word.text, word.start_ms + before_ms, word.end_ms + before_ms) for word in sound.words)
        return Sound(sound.samples, tuple(words))

    def _expect(self, flow: _Flow, given: _Given) -> bool:
        """Set the limit to the wait for what is owed now; True where nothing is."""
        first = flow.heard_at == 0
        if given.owes or given.last:
            flow.limit_s = self._settings.answer_timeout_s if first else self._settings.stall_timeout_s
        flow.complete = given.last
        return given.last and not flow.context

    async def _feed(self, texts: AsyncIterable[str], flow: _Flow) -> None:
        """Give the vendor the text as it comes."""
        async for text in texts:
            idle_s = asyncio.get_running_loop().time() - flow.heard_at
            if flow.context and not flow.owed and idle_s > self._dialect.context_idle_s:
                del self._clauses[flow.context]  # a last piece that comes of it ends nothing
                await self._send(self._dialect.finish(flow.context))
                flow.context = ""
            if first := not flow.context:
                if not self.connected:
                    await self._connect()
                flow.context = f"reply-{next(self._names)}"
                self._clauses[flow.context] = flow.news
            flow.owed = any(map(str.isalnum, text))
            flow.news.put_nowait(_Given(flow.owed))
            await self._send(self._dialect.add(flow.context, text, first))
        flow.news.put_nowait(_Given(False, last=True))
        if flow.context:
            await self._send(self._dialect.finish(flow.context))
