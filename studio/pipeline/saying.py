"""One reply from its clauses to the speaker: speaks while the model still writes, and says when nothing can be said.

A reply that was begun on speculation goes as far as it may and waits there, unheard, until its turn is over; what
failed of it is told then. Must not know where clauses come from, nor who holds the floor.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

from studio.model.errors import ErrorCategory, ProviderError
from studio.model.events import ClauseReady, ReplyText
from studio.model.provider_events import ReplyFailed
from studio.pipeline.bus import Bus
from studio.pipeline.clock import Clock
from studio.pipeline.reply import Reply
from studio.pipeline.stages.play import Play
from studio.pipeline.stages.speak import Speak
from studio.pipeline.tasks import Tasks
from studio.pipeline.trouble_sound import trouble_sound


class Saying:
    """Gives replies a voice, one at a time."""

    def __init__(self, speak: Speak, play: Play, tasks: Tasks, clock: Clock, bus: Bus) -> None:
        self._speak = speak
        self._play = play
        self._tasks = tasks
        self._clock = clock
        self._bus = bus

    async def say(self, reply: Reply, clauses: AsyncIterator[str], apology: str) -> None:
        """Say the clauses as they come; where nothing comes of them, the apology, and if that fails, too, a sound.

        Raises:
            ProviderError: the voice failed, or there was nothing to say.
        """
        ready: asyncio.Queue[str | None] = asyncio.Queue()
        thinking = self._tasks.start("think", _feed(reply, clauses, ready))
        try:
            await self._give_voice(reply, _drain(reply, ready))
            await asyncio.wait([thinking])
            await reply.may_be_heard.wait()
            silent = not self._play.has_voice
            if silent:
                self._bus.publish(ReplyFailed(self._clock.now(), reply.turn))
                await self._apologise(reply, apology)
        except ProviderError:
            await reply.may_be_heard.wait()
            if not self._play.has_voice:
                self._bus.publish(ReplyFailed(self._clock.now(), reply.turn))
                self._play.signal(trouble_sound)
            raise
        finally:
            await self._tasks.cancel(thinking)
        if silent and thinking.exception() is None:
            raise ProviderError("The reply has nothing that can be said aloud.", ErrorCategory.BROKEN_ANSWER)

    async def own_words(self, turn: int, text: str) -> AsyncGenerator[str, None]:
        """What no model wrote: the greeting, the apology."""
        now = self._clock.now()
        self._bus.publish(ReplyText(now, turn, text))
        self._bus.publish(ClauseReady(now, turn, 0, text))
        yield text

    async def _give_voice(self, reply: Reply, texts: AsyncGenerator[str, None]) -> None:
        async with aclosing(texts), aclosing(self._speak.voice(reply, texts)) as voice:
            async for piece in voice:
                if not reply.may_be_heard.is_set():
                    reply.voiced = self._clock.now()
                    await reply.may_be_heard.wait()
                self._play.write(piece.text, piece.samples, piece.last, piece.words)

    async def _apologise(self, reply: Reply, apology: str) -> None:
        if apology:
            await self._give_voice(reply, self.own_words(reply.turn, apology))
        else:
            self._play.signal(trouble_sound)


async def _feed(reply: Reply, clauses: AsyncIterator[str], ready: asyncio.Queue[str | None]) -> None:
    """The queue keeps the model's tokens from waiting for the voice."""
    try:
        async for clause in clauses:
            ready.put_nowait(clause)
    except ProviderError:
        ready.put_nowait(None)
        await reply.may_be_heard.wait()  # nobody is told of what failed on speculation
        raise
    finally:
        ready.put_nowait(None)


async def _drain(reply: Reply, ready: asyncio.Queue[str | None]) -> AsyncGenerator[str, None]:
    """The first clause may be given a voice on speculation; what more would be for nothing is not spent."""
    ahead = reply.voice_ahead
    while (clause := await ready.get()) is not None:
        if not ahead:
            await reply.may_be_heard.wait()
        ahead = False
        yield clause
