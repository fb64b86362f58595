"""The history in, the reply's clauses out, as the language model streams them."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from studio.model.conversation import Message, Tokens
from studio.model.events import ClauseReady, ReplyEnded, ReplyStarted, ReplyText
from studio.pipeline.bus import Bus
from studio.pipeline.clauses import ClauseSplitter
from studio.pipeline.clock import Clock
from studio.pipeline.ports import LanguageModel


class Think:
    """Asks the language model and cuts its answer into clauses."""

    def __init__(self, llm: LanguageModel, name: str, clock: Clock, bus: Bus) -> None:
        self._llm = llm
        self._name = name
        self._clock = clock
        self._bus = bus

    async def clauses(self, turn: int, messages: Sequence[Message]) -> AsyncGenerator[str, None]:
        """The reply, clause by clause. Closing the iterator cancels the request."""
        splitter = ClauseSplitter()
        count = 0
        tokens: Tokens | None = None
        self._bus.publish(ReplyStarted(self._clock.now(), turn, self._name))
        async with aclosing(self._llm.reply(messages)) as pieces:
            async for piece in pieces:
                tokens = piece.tokens or tokens
                if not piece.text:
                    continue
                self._bus.publish(ReplyText(self._clock.now(), turn, piece.text))
                for clause in splitter.push(piece.text):
                    yield self._ready(turn, count, clause)
                    count += 1
        prompt, written = (tokens.prompt, tokens.written) if tokens else (None, None)
        self._bus.publish(ReplyEnded(self._clock.now(), turn, prompt, written))
        if (rest := splitter.flush()) is not None:
            yield self._ready(turn, count, rest)

    def _ready(self, turn: int, index: int, text: str) -> str:
        self._bus.publish(ClauseReady(self._clock.now(), turn, index, text))
        return text
