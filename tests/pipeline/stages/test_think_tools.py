"""The tools of a reply: `test_think.py` has the rest."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

import pytest

from studio.model.conversation import Message, Tokens, Tool, ToolCall
from studio.model.errors import ErrorCategory, ProviderError
from studio.model.events import ClauseReady, ReplyEnded, ReplyText
from studio.model.provider_events import ToolAnswered, ToolCalled, UnitsUsed
from studio.model.tool_settings import ToolSettings
from studio.pipeline.bus import Bus
from studio.pipeline.clock import Clock
from studio.pipeline.ports import ReplyPiece
from studio.pipeline.stages.think import Think
from tests.pipeline.stages.readers import Reader, reply_to, virtually

ASKED = [Message("system", "Be brief."), Message("user", "A table for two?")]
LOOK = ToolCall("call-1", "look", '{"people": 2}')
BOOK = ToolCall("call-2", "book", "{}")


class Model:
    """Answers each request with the next of these."""

    use = "fake/model"

    def __init__(self, *answers: Sequence[ReplyPiece]) -> None:
        self._answers = list(answers)
        self.asked: list[list[Message]] = []
        self.offered: list[list[str]] = []

    async def reply(self, messages: Sequence[Message], tools: Sequence[Tool] = ()) -> AsyncGenerator[ReplyPiece, None]:
        self.asked.append(list(messages))
        self.offered.append([tool.name for tool in tools])
        await asyncio.sleep(0.1)
        for piece in self._answers.pop(0):
            yield piece


class Tools:
    """Answers by name, after a second; an error is raised."""

    tools = (Tool("look", "Looks.", {}, side_effects=False), Tool("book", "Books.", {}))

    def __init__(self, **answers: str | ProviderError) -> None:
        self._answers = answers
        self.cancelled = False

    async def open(self) -> None:
        pass

    async def close(self) -> None:
        pass

    async def use(self, call: ToolCall) -> str:
        try:
            await asyncio.sleep(1)
        except asyncio.CancelledError:
            self.cancelled = True
            raise
        answer = self._answers[call.name]
        if isinstance(answer, ProviderError):
            raise answer
        return answer


def think(
    model: Model,
    tools: Tools,
    settings: ToolSettings | None = None,
    leave_after_s: float = 60,
    committed_after_s: float = 0,
    filler: str = "",
) -> tuple[list[str], list[Message], Reader]:
    """What is said, what goes into the history between model and tools, and what is told."""

    async def run() -> tuple[list[str], list[Message], Reader]:
        bus, reader = Bus(), Reader()
        bus.subscribe(reader)
        stage = Think(
            tools,
            settings or ToolSettings(),
            Clock(asyncio.get_running_loop()),
            bus,
            filler=lambda turn: filler[turn - 3 :],
        )
        reply = reply_to(model, committed=False)
        asyncio.get_running_loop().call_later(committed_after_s, reply.may_be_heard.set)
        said: list[str] = []
        try:
            async with asyncio.timeout(leave_after_s), aclosing(stage.clauses(reply, ASKED)) as clauses:
                said.extend([clause async for clause in clauses])
        except TimeoutError:
            pass
        return said, reply.exchange, reader

    return virtually(run())


def test_an_answer_goes_back_within_the_turn() -> None:
    model = Model(
        [ReplyPiece(call=LOOK), ReplyPiece(tokens=Tokens(20, 5, cache_read=8))],
        [ReplyPiece("Yes, at eight."), ReplyPiece(tokens=Tokens(40, 6))],
    )
    said, exchange, reader = think(model, Tools(look="Free at eight."))
    assert said == ["Yes, at eight."]
    assert exchange == [Message("assistant", "", (LOOK,)), Message("tool", "Free at eight.", call_id="call-1")]
    assert model.asked == [ASKED, [*ASKED, *exchange]]
    assert model.offered == [["look", "book"]] * 2
    [called], [answered] = reader.of(ToolCalled), reader.of(ToolAnswered)
    assert (called.turn, called.tool, called.arguments) == (3, "look", '{"people": 2}')
    assert (answered.answer, answered.failed, answered.at - called.at) == ("Free at eight.", False, 10**9)
    [ended] = reader.of(ReplyEnded)
    assert (ended.input_tokens, ended.output_tokens, ended.cache_read_tokens) == (60, 11, 8)
    assert [used.prompt_tokens for used in reader.of(UnitsUsed)] == [20, 40]


def test_two_tools_work_side_by_side_and_a_failure_is_told_to_the_model() -> None:
    broken = ProviderError("The book is closed.", ErrorCategory.SERVER)
    model = Model([ReplyPiece(call=LOOK), ReplyPiece(call=BOOK)], [ReplyPiece("Sorry.")])
    _, exchange, reader = think(model, Tools(look="Free.", book=broken))
    assert [message.text for message in exchange] == ["", "Free.", "The book is closed."]
    assert [(event.tool, event.failed) for event in reader.of(ToolAnswered)] == [("look", False), ("book", True)]
    assert len({event.at for event in reader.of(ToolAnswered)}) == 1


def test_what_the_model_says_before_is_said_at_once_and_no_filler_follows_it() -> None:
    model = Model([ReplyPiece("Let me look."), ReplyPiece(call=LOOK)], [ReplyPiece(" Yes.")])
    said, exchange, reader = think(model, Tools(look="Free."), ToolSettings(filler="One moment, please."))
    assert said == ["Let me look.", "Yes."]
    assert exchange[0].text == "Let me look."
    first, _ = reader.of(ClauseReady)
    assert reader.events.index(first) < reader.events.index(reader.of(ToolCalled)[0])


def test_a_filler_bridges_a_long_wait() -> None:
    settings = ToolSettings(filler="One moment, please.", filler_after_ms=300)
    model = Model([ReplyPiece(call=LOOK)], [ReplyPiece("Yes.")])
    said, _, reader = think(model, Tools(look="Free."), settings)
    assert said == ["One moment, please.", "Yes."]
    assert [event.clause for event in reader.of(ClauseReady)] == [0, 1]
    assert reader.of(ClauseReady)[0].at - reader.of(ToolCalled)[0].at == 300_000_000
    assert "".join(event.text for event in reader.of(ReplyText)) == "One moment, please. Yes."


@pytest.mark.parametrize("usual", ["One moment, please.", ""])
def test_what_the_turn_is_about_may_have_a_filler_of_its_own(usual: str) -> None:
    model = Model([ReplyPiece(call=LOOK)], [ReplyPiece("Yes.")])
    settings = ToolSettings(filler=usual, filler_after_ms=300)
    said, _, _ = think(model, Tools(look="Free."), settings, filler="Let me look at the tables.")
    assert said == ["Let me look at the tables.", "Yes."]


def test_a_quick_tool_needs_no_filler() -> None:
    settings = ToolSettings(filler="One moment, please.", filler_after_ms=3000)
    said, _, _ = think(Model([ReplyPiece(call=LOOK)], [ReplyPiece("Yes.")]), Tools(look="Free."), settings)
    assert said == ["Yes."]


def test_a_model_that_cannot_stop_asking_is_not_offered_tools_for_ever() -> None:
    model = Model(*[[ReplyPiece(call=LOOK)]] * 2, [ReplyPiece("Enough.")])
    said, exchange, _ = think(model, Tools(look="Free."), ToolSettings(rounds=2))
    assert said == ["Enough."]
    assert model.offered == [["look", "book"], ["look", "book"], []]
    assert len(exchange) == 4


def test_a_reply_that_is_dropped_stops_its_tools() -> None:
    tools = Tools(look="Free.")
    said, exchange, _ = think(Model([ReplyPiece(call=LOOK)]), tools, leave_after_s=0.5)
    assert (said, exchange, tools.cancelled) == ([], [], True)


def test_only_a_tool_without_side_effects_is_used_before_the_turn_is_over() -> None:
    for call, begins_s in ((LOOK, 0.1), (BOOK, 5.0)):
        model = Model([ReplyPiece(call=call)], [ReplyPiece("Done.")])
        said, _, reader = think(model, Tools(look="Free.", book="Booked."), committed_after_s=5)
        assert said == ["Done."]
        [called] = reader.of(ToolCalled)
        assert called.at == begins_s * 10**9
