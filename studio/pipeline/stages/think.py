"""The history in, the reply's clauses out, as the language model streams them; tools it asks for are used meanwhile."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Protocol

from studio.model.conversation import Message, Tokens, Tool, ToolCall
from studio.model.errors import ProviderError
from studio.model.events import ClauseReady, ReplyEnded, ReplyStarted, ReplyText
from studio.model.provider_events import ToolAnswered, ToolCalled, UnitsUsed
from studio.model.terms import Stage
from studio.model.tool_settings import ToolSettings
from studio.pipeline.bus import Bus
from studio.pipeline.clauses import ClauseSplitter
from studio.pipeline.clock import Clock
from studio.pipeline.ports import ReplyPiece, Toolbox


class Model(Protocol):
    """Whoever thinks."""

    @property
    def use(self) -> str:
        """PROVIDER/MODEL, whose units are told."""

    def reply(self, messages: Sequence[Message], tools: Sequence[Tool] = ()) -> AsyncGenerator[ReplyPiece, None]:
        """As of `LanguageModel`."""


@dataclass(slots=True)
class _Reply:
    """One reply as it comes."""

    turn: int
    splitter: ClauseSplitter = field(default_factory=ClauseSplitter)
    clauses: int = 0
    text: str = ""
    """What the model wrote since it was last asked."""
    calls: list[ToolCall] = field(default_factory=list)
    """What it wants since it was last asked."""
    tokens: Tokens | None = None
    """Of everything so far."""


class Think:
    """Asks the language model and cuts its answer into clauses."""

    def __init__(self, llm: Model, toolbox: Toolbox | None, settings: ToolSettings, clock: Clock, bus: Bus) -> None:
        self._llm = llm
        self._toolbox = toolbox
        self._settings = settings
        self._clock = clock
        self._bus = bus
        self._exchange: list[Message] = []

    @property
    def used_tools(self) -> bool:
        """Whether there is an exchange to take."""
        return bool(self._exchange)

    def take_exchange(self) -> list[Message]:
        """What was said between the model and its tools since the last time, for the history."""
        exchange, self._exchange = self._exchange, []
        return exchange

    async def clauses(self, turn: int, messages: Sequence[Message]) -> AsyncGenerator[str, None]:
        """The reply, clause by clause. Closing the iterator cancels the request, and the tools under way."""
        reply = _Reply(turn)
        asked = list(messages)
        self._bus.publish(ReplyStarted(self._clock.now(), turn, self._llm.use))
        for rounds_left in range(self._settings.rounds, -1, -1):
            offered = self._toolbox.tools if self._toolbox is not None and rounds_left else ()
            reply.text, reply.calls = "", []
            async with aclosing(self._ask(reply, asked, offered)) as clauses:
                async for clause in clauses:
                    yield clause
            if not reply.calls or self._toolbox is None:
                break
            async with aclosing(self._use_tools(reply, self._toolbox)) as fillers:
                async for filler in fillers:
                    yield filler
            asked = [*messages, *self._exchange]
        used = reply.tokens
        prompt, written = (used.prompt, used.written) if used else (None, None)
        cached = (used.cache_read, used.cache_write) if used else (0, 0)
        self._bus.publish(ReplyEnded(self._clock.now(), turn, prompt, written, *cached))

    async def _ask(
        self, reply: _Reply, messages: Sequence[Message], tools: Sequence[Tool]
    ) -> AsyncGenerator[str, None]:
        """One answer of the model, which may end in wishes for tools."""
        async with aclosing(self._llm.reply(messages, tools)) as pieces:
            async for piece in pieces:
                if piece.tokens is not None:
                    self._count(reply, piece.tokens)
                if piece.call is not None:
                    reply.calls.append(piece.call)
                if not piece.text:
                    continue
                reply.text += piece.text
                self._bus.publish(ReplyText(self._clock.now(), reply.turn, piece.text))
                for clause in reply.splitter.push(piece.text):
                    yield self._ready(reply, clause)
        if (rest := reply.splitter.flush()) is not None:
            yield self._ready(reply, rest)

    async def _use_tools(self, reply: _Reply, toolbox: Toolbox) -> AsyncGenerator[str, None]:
        """Use what the model wants, side by side; what comes out is said while that takes long."""
        working = asyncio.gather(*(self._use(reply.turn, toolbox, call) for call in reply.calls))
        try:
            if self._settings.filler and not reply.clauses:
                await asyncio.wait([working], timeout=self._settings.filler_after_ms / 1000)
                if not working.done():
                    self._bus.publish(ReplyText(self._clock.now(), reply.turn, f"{self._settings.filler} "))
                    yield self._ready(reply, self._settings.filler)
            answers = await working
        finally:
            working.cancel()
        self._exchange += [Message("assistant", reply.text.strip(), tuple(reply.calls)), *answers]

    async def _use(self, turn: int, toolbox: Toolbox, call: ToolCall) -> Message:
        self._bus.publish(ToolCalled(self._clock.now(), turn, call.id, call.name, call.arguments))
        failed = False
        try:
            answer = await toolbox.use(call)
        except ProviderError as error:
            answer, failed = str(error), True
        self._bus.publish(ToolAnswered(self._clock.now(), turn, call.id, call.name, answer, failed))
        return Message("tool", answer, call_id=call.id)

    def _count(self, reply: _Reply, used: Tokens) -> None:
        before = reply.tokens or Tokens(0, 0)
        reply.tokens = Tokens(
            before.prompt + used.prompt,
            before.written + used.written,
            before.cache_read + used.cache_read,
            before.cache_write + used.cache_write,
        )
        self._bus.publish(
            UnitsUsed(
                self._clock.now(),
                reply.turn,
                Stage.LLM,
                self._llm.use,
                prompt_tokens=used.prompt,
                cache_read_tokens=used.cache_read,
                cache_write_tokens=used.cache_write,
                written_tokens=used.written,
            )
        )

    def _ready(self, reply: _Reply, text: str) -> str:
        self._bus.publish(ClauseReady(self._clock.now(), reply.turn, reply.clauses, text))
        reply.clauses += 1
        return text
