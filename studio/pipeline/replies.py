"""The agent's replies: the one that is being said, and the one that was begun on speculation.

Must not know who holds the floor.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from studio.model.conversation import Message
from studio.model.events import TurnCommitted
from studio.model.preset import Preset
from studio.model.time import to_ms
from studio.model.turn_events import SpeculationEnded, SpeculationStarted
from studio.pipeline import words
from studio.pipeline.bus import Bus
from studio.pipeline.clock import Clock
from studio.pipeline.reply import Model, Reply
from studio.pipeline.saying import Saying
from studio.pipeline.stages.play import Play
from studio.pipeline.stages.think import Think
from studio.pipeline.tasks import Tasks


@dataclass(frozen=True, slots=True)
class Mouth:
    """What a reply goes through."""

    think: Think
    saying: Saying
    play: Play


@dataclass(frozen=True, slots=True)
class _Running:
    """A reply and who works at it."""

    reply: Reply
    task: asyncio.Task[None]


class Replies:
    """Begins replies, lets them be heard, and drops them."""

    def __init__(self, mouth: Mouth, preset: Preset, tasks: Tasks, clock: Clock, bus: Bus) -> None:
        self._mouth = mouth
        self._apology = preset.agent.apology
        self._speculation = preset.speculation
        self._tasks = tasks
        self._clock = clock
        self._bus = bus
        self._said: _Running | None = None
        self._draft: _Running | None = None
        self._drafts = 0
        self._exchange: list[Message] = []

    @property
    def used_tools(self) -> bool:
        """Whether there is an exchange to take."""
        return bool(self._exchange)

    @property
    def drafting(self) -> bool:
        """Whether a reply has been begun on speculation."""
        return self._draft is not None

    def take_exchange(self) -> list[Message]:
        """What was said between the model and its tools since the last time, for the history."""
        exchange = list(self._exchange)
        self._exchange.clear()
        return exchange

    def answer(self, turn: TurnCommitted, model: Model, messages: Sequence[Message]) -> None:
        """The turn is over: let its draft be heard, or begin a reply now."""
        if self._use_draft(turn):
            return
        self.drop_draft()
        reply = Reply(turn.turn, model, turn.text, turn.at)
        self._say(reply, self._mouth.think.clauses(reply, messages))

    def say(self, turn: int, model: Model, text: str) -> None:
        """Say what no model wrote: a greeting, a farewell."""
        reply = Reply(turn, model, text, self._clock.now())
        self._say(reply, self._mouth.saying.own_words(turn, text))

    def drop(self) -> None:
        """Stop generating and playing, now."""
        if self._said is not None:
            self._said.task.cancel()
        self._said = None
        self._mouth.play.cut()

    def _say(self, reply: Reply, clauses: AsyncIterator[str]) -> None:
        reply.may_be_heard.set()
        self._exchange = reply.exchange
        self._said = self._start("reply", reply, clauses)

    def _start(self, name: str, reply: Reply, clauses: AsyncIterator[str]) -> _Running:
        return _Running(reply, self._tasks.start(name, self._run(reply, clauses)))

    async def _run(self, reply: Reply, clauses: AsyncIterator[str]) -> None:
        try:
            await self._mouth.saying.say(reply, clauses, self._apology)
        finally:
            if self._said is not None and self._said.reply is reply:  # else it was dropped, maybe for another
                self._mouth.play.finish()

    # --- on speculation ------------------------------------------------------------------------

    def draft(self, guess: Reply, messages: Sequence[Message], final: bool) -> None:
        """Begin the reply that these words will probably need; nothing of it is heard, and no tool changes anything."""
        self.drop_draft()
        if self._mouth.play.busy or self._exchange:
            return  # what the user has heard before is not yet known, or tools have been used for this turn
        self._drafts += 1
        guess.draft, guess.voice_ahead = self._drafts, self._speculation.voice_ahead
        self._bus.publish(SpeculationStarted(guess.began, guess.turn, guess.draft, guess.text, final))
        self._draft = self._start("draft", guess, self._mouth.think.clauses(guess, messages))

    def _use_draft(self, turn: TurnCommitted) -> bool:
        """Let the reply be heard that was begun for these words, if there is one."""
        draft = self._draft
        if draft is None or words.normalised(draft.reply.text) != words.normalised(turn.text):
            return False
        self._draft, self._said = None, draft
        reply, now = draft.reply, self._clock.now()
        saved = min(now, reply.voiced if reply.voiced is not None else now) - reply.began
        self._bus.publish(SpeculationEnded(now, reply.turn, reply.draft, True, to_ms(saved), 0, 0))
        self._exchange = reply.exchange
        reply.may_be_heard.set()
        return True

    def drop_draft(self) -> None:
        """The words were others: nobody hears of it."""
        if self._draft is None:
            return
        self._draft.task.cancel()
        reply, self._draft = self._draft.reply, None
        now = self._clock.now()
        self._bus.publish(SpeculationEnded(now, reply.turn, reply.draft, False, 0.0, reply.tokens, reply.characters))
