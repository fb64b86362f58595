"""Calls whose providers fail, take over, use tools or judge turns: `test_conversation.py` has the rest."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from pathlib import Path

from studio.model.conversation import Message, Tool, ToolCall
from studio.model.errors import ErrorCategory, ProviderError
from studio.model.events import Transcribed, TurnCommitted
from studio.model.measures import SpanName
from studio.model.provider_events import FellBack, ToolAnswered, UnitsUsed
from studio.model.terms import TranscriptKind, Trigger
from studio.pipeline.ports import Candidate, Fallbacks, Parts, ReplyPiece, SttStream, Transcript
from studio.providers.scripted import LlmSettings, ScriptedLlm, ScriptedStt, SttSettings, _ScriptedStream
from tests.virtual_call import Script, hold

ONE_TURN = ((500, 1500),)
LOOK = ToolCall("call-1", "look", "{}")


class Refused(ScriptedLlm):
    def __init__(self) -> None:
        super().__init__(LlmSettings())

    async def reply(self, messages: Sequence[Message], tools: Sequence[Tool] = ()) -> AsyncGenerator[ReplyPiece, None]:
        raise ProviderError("The key is refused.", ErrorCategory.AUTHENTICATION)
        yield ReplyPiece("")


def test_another_model_answers_within_the_turn_and_is_billed(tmp_path: Path) -> None:
    spare = Candidate("spare/model", ScriptedLlm(LlmSettings(replies=("Here I am.",))))

    def parts(those: Parts) -> Parts:
        return replace(those, llm=Refused(), fallbacks=Fallbacks(llm=(spare,)))

    held = hold(Script(((500, 1500), (6000, 7000)), parts=parts), tmp_path)
    assert held.heard == ["Here I am.", "Here I am."]
    [fell] = held.of(FellBack)
    assert (fell.provider, fell.to, fell.category) == ("scripted", "spare/model", "authentication")
    assert {event.provider for event in held.of(UnitsUsed) if event.prompt_tokens} == {"spare/model"}


class Asking(ScriptedLlm):
    """Wants a tool in its first reply to each user's message; then says what it found."""

    def __init__(self) -> None:
        super().__init__(LlmSettings())
        self.asked: list[list[Message]] = []

    async def reply(self, messages: Sequence[Message], tools: Sequence[Tool] = ()) -> AsyncGenerator[ReplyPiece, None]:
        self.asked.append(list(messages))
        if messages[-1].role == "user":
            yield ReplyPiece(call=LOOK)
        else:
            yield ReplyPiece(f"I found {messages[-1].text}.")


class Shelf:
    """Has one tool, which takes half a second."""

    tools = (Tool("look", "Looks.", {}),)

    async def open(self) -> None:
        pass

    async def close(self) -> None:
        pass

    async def use(self, call: ToolCall) -> str:
        await asyncio.sleep(0.5)
        return "a book"


def test_what_a_tool_told_is_remembered_with_what_was_heard(tmp_path: Path) -> None:
    llm = Asking()
    held = hold(Script(ONE_TURN, parts=lambda those: replace(those, llm=llm, tools=Shelf())), tmp_path)
    assert held.said == [
        ("user", "What is the weather like?"),
        ("assistant", ""),
        ("tool", "a book"),
        ("assistant", "I found a book."),
    ]
    [turn] = held.turns
    assert [span.length for span in turn.spans if span.name is SpanName.TOOL_CALL] == [500_000_000]
    assert sum(span.length for span in turn.spans) == turn.v2v


def test_a_tool_that_was_used_for_an_answer_nobody_heard_is_not_forgotten(tmp_path: Path) -> None:
    """The user goes on while the answer is still silent: what the tool has done is done."""
    llm = Asking()
    script = Script(((500, 1500), (2350, 3200)), {"tts": {"first_audio_ms": 400.0}})
    held = hold(replace(script, parts=lambda those: replace(those, llm=llm, tools=Shelf())), tmp_path)
    assert len(held.of(TurnCommitted)) == 2
    assert [event.answer for event in held.of(ToolAnswered)] == ["a book", "a book"]
    roles = [message.role for message in llm.asked[2]]
    assert roles == ["system", "user", "assistant", "tool", "user"]


class JudgingStt(ScriptedStt):
    """Never answers a pause, but ends the turn of its own accord soon after."""

    async def stream(self) -> SttStream:
        class Stream(_ScriptedStream):
            async def transcripts(self) -> AsyncGenerator[Transcript, None]:
                async for said in super().transcripts():
                    yield Transcript(TranscriptKind.END, said.text, said.confidence, Trigger.VENDOR)

        return Stream(SttSettings(texts=("So the vendor says.",), delay_ms=20.0))


def test_the_vendors_own_turn_end_ends_a_turn(tmp_path: Path) -> None:
    changes = {"turn": {"probability": 0.1}}
    held = hold(Script(ONE_TURN, changes, parts=lambda those: replace(those, stt=JudgingStt(SttSettings()))), tmp_path)
    [committed] = held.of(TurnCommitted)
    assert (committed.text, committed.trigger) == ("So the vendor says.", Trigger.VENDOR)
    assert committed.at - committed.end < 400_000_000
    assert [event.trigger for event in held.of(Transcribed)] == [Trigger.VENDOR]
    assert len(held.heard) == 1
