"""The history in, the reply's clauses out, as the language model streams them; tools it asks for are used meanwhile."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from studio.model.conversation import Message, Tokens, Tool, ToolCall
from studio.model.errors import ProviderError
from studio.model.events import ClauseReady, ReplyEnded, ReplyStarted, ReplyText
from studio.model.provider_events import ToolAnswered, ToolCalled, UnitsUsed
from studio.model.terms import Stage
from studio.model.tool_settings import ToolSettings
from studio.pipeline.bus import Bus
from studio.pipeline.clauses import SPOKEN_ALONE, ClauseLengths, ClauseSplitter
from studio.pipeline.clock import Clock
from studio.pipeline.ports import Toolbox
from studio.pipeline.reply import Reply

CHARACTERS_A_TOKEN = 4
"""About, in English; what a vendor did not count is estimated with it."""


@dataclass(slots=True)
class _Writing:
    """One reply as it is written."""

    reply: Reply
    splitter: ClauseSplitter
    clauses: int = 0
    text: str = ""
    """What the model wrote since it was last asked."""
    calls: list[ToolCall] = field(default_factory=list)
    """What it wants since it was last asked."""
    tokens: Tokens | None = None
    """Of everything so far."""


class Think:
    """Asks the language model and cuts its answer into clauses."""

    def __init__(
        self,
        toolbox: Toolbox | None,
        settings: ToolSettings,
        clock: Clock,
        bus: Bus,
        lengths: Callable[[], ClauseLengths] = lambda: SPOKEN_ALONE,
        filler: Callable[[int], str] = lambda _turn: "",
    ) -> None:
        """What others know of a reply.

        `lengths` tells how text is to be cut for the voice that it goes to; `filler` what is said while a tool takes
        long in a turn, empty: what the settings have.
        """
        self._lengths = lengths
        self._filler = filler
        self._toolbox = toolbox
        self._settings = settings
        self._clock = clock
        self._bus = bus

    async def clauses(self, reply: Reply, messages: Sequence[Message]) -> AsyncGenerator[str, None]:
        """The reply, clause by clause. Closing the iterator cancels the request, and the tools under way."""
        writing = _Writing(reply, ClauseSplitter(self._lengths()))
        asked = list(messages)
        self._bus.publish(ReplyStarted(self._clock.now(), reply.turn, reply.model.use))
        for rounds_left in range(self._settings.rounds, -1, -1):
            offered = self._toolbox.tools if self._toolbox is not None and rounds_left else ()
            writing.text, writing.calls = "", []
            async with aclosing(self._ask(writing, asked, offered)) as clauses:
                async for clause in clauses:
                    yield clause
            if not writing.calls or self._toolbox is None:
                break
            async with aclosing(self._use_tools(writing, self._toolbox)) as fillers:
                async for filler in fillers:
                    yield filler
            asked = [*messages, *reply.exchange]
        used = writing.tokens
        prompt, written = (used.prompt, used.written) if used else (None, None)
        cached = (used.cache_read, used.cache_write) if used else (0, 0)
        self._bus.publish(ReplyEnded(self._clock.now(), reply.turn, prompt, written, *cached))

    async def _ask(
        self, writing: _Writing, messages: Sequence[Message], tools: Sequence[Tool]
    ) -> AsyncGenerator[str, None]:
        """One answer of the model, which may end in wishes for tools."""
        reply, pieces_before, counted = writing.reply, writing.reply.tokens, False
        try:
            async with aclosing(reply.model.reply(messages, tools)) as pieces:
                async for piece in pieces:
                    if piece.tokens is not None:
                        counted = True
                        self._count(writing, piece.tokens)
                    if piece.call is not None:
                        writing.calls.append(piece.call)
                    if not piece.text:
                        continue
                    reply.tokens += 1
                    writing.text += piece.text
                    self._bus.publish(ReplyText(self._clock.now(), reply.turn, piece.text))
                    for clause in writing.splitter.push(piece.text):
                        yield self._ready(writing, clause)
        except (GeneratorExit, asyncio.CancelledError):
            if not counted:
                self._estimate(reply, messages, reply.tokens - pieces_before)
            raise
        if (rest := writing.splitter.flush()) is not None:
            yield self._ready(writing, rest)

    async def _use_tools(self, writing: _Writing, toolbox: Toolbox) -> AsyncGenerator[str, None]:
        """Use what the model wants, side by side; what comes out is said while that takes long."""
        reply = writing.reply
        if any(tool.side_effects and tool.name == call.name for tool in toolbox.tools for call in writing.calls):
            await reply.may_be_heard.wait()
        working = asyncio.gather(*(self._use(reply.turn, toolbox, call) for call in writing.calls))
        try:
            filler = self._filler(reply.turn) or self._settings.filler
            if filler and not writing.clauses:
                await asyncio.wait([working], timeout=self._settings.filler_after_ms / 1000)
                if not working.done():
                    self._bus.publish(ReplyText(self._clock.now(), reply.turn, f"{filler} "))
                    yield self._ready(writing, filler)
            answers = await working
        finally:
            working.cancel()
        reply.exchange += [Message("assistant", writing.text.strip(), tuple(writing.calls)), *answers]

    async def _use(self, turn: int, toolbox: Toolbox, call: ToolCall) -> Message:
        self._bus.publish(ToolCalled(self._clock.now(), turn, call.id, call.name, call.arguments))
        failed = False
        try:
            answer = await toolbox.use(call)
        except ProviderError as error:
            answer, failed = str(error), True
        self._bus.publish(ToolAnswered(self._clock.now(), turn, call.id, call.name, answer, failed))
        return Message("tool", answer, call_id=call.id)

    def _count(self, writing: _Writing, used: Tokens) -> None:
        before = writing.tokens or Tokens(0, 0)
        writing.tokens = Tokens(
            before.prompt + used.prompt,
            before.written + used.written,
            before.cache_read + used.cache_read,
            before.cache_write + used.cache_write,
        )
        self._tell_units(writing.reply, used)

    def _estimate(self, reply: Reply, messages: Sequence[Message], pieces: int) -> None:
        """A request that was cancelled is billed all the same, and the vendor no longer tells for what."""
        prompt = sum(len(message.text) for message in messages) // CHARACTERS_A_TOKEN
        self._tell_units(reply, Tokens(prompt, pieces), estimated=True)

    def _tell_units(self, reply: Reply, used: Tokens, estimated: bool = False) -> None:
        self._bus.publish(
            UnitsUsed(
                self._clock.now(),
                reply.turn,
                Stage.LLM,
                reply.model.use,
                prompt_tokens=used.prompt,
                cache_read_tokens=used.cache_read,
                cache_write_tokens=used.cache_write,
                written_tokens=used.written,
                estimated=estimated,
                draft=reply.draft,
            )
        )

    def _ready(self, writing: _Writing, text: str) -> str:
        self._bus.publish(ClauseReady(self._clock.now(), writing.reply.turn, writing.clauses, text))
        writing.clauses += 1
        return text
