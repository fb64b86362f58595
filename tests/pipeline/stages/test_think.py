import asyncio
from collections.abc import AsyncGenerator, Sequence

import pytest

from studio.model.conversation import Message, Tokens, Tool
from studio.model.errors import ErrorCategory, ProviderError
from studio.model.events import ClauseReady, ReplyEnded, ReplyStarted, ReplyText
from studio.model.provider_events import UnitsUsed
from studio.model.tool_settings import ToolSettings
from studio.pipeline.bus import Bus
from studio.pipeline.clock import Clock
from studio.pipeline.ports import ReplyPiece
from studio.pipeline.stages.think import Think
from tests.pipeline.stages.readers import Reader, reply_to, virtually

ASKED = [Message("system", "Be brief."), Message("user", "Hello.")]


class Model:
    """Says these pieces, one every 10 ms; raises the last one if it is an error."""

    use = "fake/model"

    def __init__(self, pieces: Sequence[ReplyPiece | Exception]) -> None:
        self._pieces = pieces
        self.closed = False
        self.asked: Sequence[Message] = ()

    async def open(self) -> None:
        pass

    async def close(self) -> None:
        pass

    async def warm(self, messages: Sequence[Message]) -> None:
        pass

    async def reply(self, messages: Sequence[Message], tools: Sequence[Tool] = ()) -> AsyncGenerator[ReplyPiece, None]:
        self.asked = messages
        try:
            for piece in self._pieces:
                await asyncio.sleep(0.01)
                if isinstance(piece, Exception):
                    raise piece
                yield piece
        finally:
            self.closed = True


def think(model: Model, stop_after: int | None = None) -> tuple[list[str], Reader]:
    async def run() -> tuple[list[str], Reader]:
        bus, reader = Bus(), Reader()
        bus.subscribe(reader)
        clauses = Think(None, ToolSettings(), Clock(asyncio.get_running_loop()), bus).clauses(reply_to(model), ASKED)
        said: list[str] = []
        try:
            async for clause in clauses:
                said.append(clause)
                if len(said) == stop_after:
                    break
        finally:
            await clauses.aclose()
        return said, reader

    return virtually(run())


def test_clauses_come_while_the_model_still_writes() -> None:
    model = Model(
        [ReplyPiece("Hello there."), ReplyPiece(" How"), ReplyPiece(" are you"), ReplyPiece("?", tokens=Tokens(12, 6))]
    )
    said, reader = think(model)
    assert said == ["Hello there.", "How are you?"]
    assert model.asked == ASKED
    kinds = [type(event) for event in reader.events]
    assert kinds == [
        *(ReplyStarted, ReplyText, ReplyText, ClauseReady, ReplyText),
        *(UnitsUsed, ReplyText, ClauseReady, ReplyEnded),
    ]
    assert [(event.clause, event.text) for event in reader.of(ClauseReady)] == list(enumerate(said))
    assert "".join(event.text for event in reader.of(ReplyText)) == "Hello there. How are you?"
    [started], [ended] = reader.of(ReplyStarted), reader.of(ReplyEnded)
    assert (started.turn, started.model) == (3, "fake/model")
    assert (ended.input_tokens, ended.output_tokens) == (12, 6)


def test_pieces_without_text_are_no_text() -> None:
    said, reader = think(Model([ReplyPiece(""), ReplyPiece("Yes"), ReplyPiece(tokens=Tokens(5, 1))]))
    assert said == ["Yes"]
    assert [event.text for event in reader.of(ReplyText)] == ["Yes"]
    assert reader.of(ReplyEnded)[0].input_tokens == 5


def test_an_empty_reply_has_no_clause() -> None:
    said, reader = think(Model([ReplyPiece(" \n")]))
    assert said == []
    assert reader.of(ReplyEnded)[0].input_tokens is None


def test_a_failure_comes_through_after_what_was_said() -> None:
    model = Model([ReplyPiece("Hello there. How"), ProviderError("gone", ErrorCategory.CONNECTION)])
    with pytest.raises(ProviderError, match="gone"):
        think(model)
    assert model.closed


def test_closing_cancels_the_request() -> None:
    model = Model([ReplyPiece("One.  "), ReplyPiece("Two. "), ReplyPiece("Three. ")])
    said, reader = think(model, stop_after=1)
    assert said == ["One."]
    assert model.closed
    assert reader.of(ReplyEnded) == []
    [used] = reader.of(UnitsUsed)  # the vendor bills it, and no longer tells for what
    assert (used.written_tokens, used.estimated) == (len(reader.of(ReplyText)), True)
