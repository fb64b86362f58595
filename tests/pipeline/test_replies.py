"""Replies on speculation, in whole scripted calls: a wrong guess is never heard, and a right one is there sooner."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from studio.model.bill import Bill
from studio.model.conversation import Message, Tool
from studio.model.errors import ErrorCategory, ProviderError
from studio.model.events import AgentSpeaking, ReplyStarted, SpeechSynthesised, Trouble, TurnCommitted
from studio.model.price import Price
from studio.model.terms import TranscriptKind
from studio.model.turn_events import SpeculationEnded, SpeculationStarted
from studio.pipeline.ports import Parts, ReplyPiece, SttStream, Transcript
from studio.providers.scripted import LlmSettings, ScriptedLlm, ScriptedStt, SttSettings
from tests.virtual_call import Changes, Held, Script, hold

SLOW_END: Changes = {"turn_taking": {"silence_ms": 480, "eager_ms": 96}, "stt": {"delay_ms": 60.0}}
"""The turn is long over before that is known."""


class Guessing(ScriptedStt):
    """Says these words so far when speech pauses; the final words come as the script has them."""

    def __init__(self, so_far: str, texts: Sequence[str]) -> None:
        super().__init__(SttSettings(texts=tuple(texts)))
        self._so_far = so_far

    async def stream(self) -> SttStream:
        stream, so_far = await super().stream(), self._so_far
        pause = stream.speech_paused

        def paused() -> None:
            pause()
            stream._answers.put_nowait(Transcript(TranscriptKind.INTERIM, so_far))  # type: ignore[attr-defined]

        stream.speech_paused = paused  # type: ignore[method-assign]
        return stream


def call(
    folder: Path, changes: Changes, so_far: str = "", final: str = "What is it?", llm: ScriptedLlm | None = None
) -> Held:
    stt = Guessing(so_far, [final])

    def parts(given: Parts) -> Parts:
        return replace(given, stt=stt, llm=llm or given.llm)

    return hold(Script([(500, 1500)], changes, parts=parts), folder)


def test_a_right_guess_is_heard_sooner_than_waiting_would_have_let_it(tmp_path: Path) -> None:
    held = call(tmp_path, SLOW_END)
    waited = call(tmp_path, {**SLOW_END, "speculation": {"reply": False}})
    [ended] = held.of(SpeculationEnded)
    assert ended.hit
    assert (ended.tokens, ended.characters) == (0, 0)
    gained = waited.of(AgentSpeaking)[0].start - held.of(AgentSpeaking)[0].start
    assert gained / 1e6 == pytest.approx(ended.saved_ms, abs=10)
    assert gained > 200e6
    assert held.heard == waited.heard
    assert held.said == waited.said
    assert len(held.of(ReplyStarted)) == 1


def test_the_voice_waits_too_where_the_preset_says_so(tmp_path: Path) -> None:
    silent = {**SLOW_END, "speculation": {"voice_ahead": False}, "llm": {"first_token_ms": 10.0}}
    held = call(tmp_path, silent)
    [committed] = held.of(TurnCommitted)
    assert held.of(SpeechSynthesised)[0].asked >= committed.at
    held = call(tmp_path, {**silent, "speculation": {"voice_ahead": True}})
    [committed] = held.of(TurnCommitted)
    assert held.of(SpeechSynthesised)[0].at < committed.at < held.of(AgentSpeaking)[0].start


def test_words_that_change_cost_a_reply_that_nobody_hears(tmp_path: Path) -> None:
    held = call(tmp_path, SLOW_END, so_far="What time", final="What time is it?")
    first, second = held.of(SpeculationEnded)
    assert [started.final for started in held.of(SpeculationStarted)] == [False, True]
    assert (first.hit, first.saved_ms, second.hit) == (False, 0, True)
    assert len(held.heard) == 1
    assert [text for role, text in held.said if role == "user"] == ["What time is it?"]
    [turn] = held.turns
    assert [each.hit for each in turn.speculations] == [False, True]
    assert turn.agent_text == held.heard[0]
    assert turn.v2v is not None
    assert sum(span.length for span in turn.spans) == turn.v2v


def test_words_that_only_look_different_are_the_same(tmp_path: Path) -> None:
    held = call(tmp_path, SLOW_END, so_far="what is it", final="What is it?")
    [ended] = held.of(SpeculationEnded)
    assert ended.hit


def test_unfinished_words_are_not_answered(tmp_path: Path) -> None:
    held = call(tmp_path, SLOW_END, so_far="What is the", final="What is the time?")
    [started] = held.of(SpeculationStarted)
    assert started.final


def test_no_more_than_the_allowed_tries(tmp_path: Path) -> None:
    once = {**SLOW_END, "speculation": {"tries": 1}}
    held = call(tmp_path, once, so_far="What time", final="What time is it?")
    assert [started.text for started in held.of(SpeculationStarted)] == ["What time"]
    assert [ended.hit for ended in held.of(SpeculationEnded)] == [False]
    assert len(held.heard) == 1


def test_what_was_thrown_away_is_counted_in_money(tmp_path: Path) -> None:
    held = call(tmp_path, {**SLOW_END, "llm": {"first_token_ms": 10.0}}, so_far="What time", final="What time is it?")
    price = Price(as_of="2026-11-24", prompt_1m=1.0, written_1m=1.0, characters_1k=1.0)  # type: ignore[arg-type]
    bill = Bill({"scripted": price, "scripted/script": price, "scripted/tone": price})
    for event in held.events:
        bill.on_event(event)
    [miss] = [event for event in held.of(SpeculationEnded) if not event.hit]
    assert miss.tokens > 0
    assert 0 < bill.total.wasted < bill.total.usd
    assert bill.turn(0).wasted == bill.total.wasted


class FailingOnce(ScriptedLlm):
    """Fails while nobody waits for it."""

    async def reply(self, messages: Sequence[Message], tools: Sequence[Tool] = ()) -> AsyncGenerator[ReplyPiece, None]:
        raise ProviderError("It is gone.", ErrorCategory.AUTHENTICATION)
        yield ReplyPiece()


def test_what_fails_on_speculation_is_told_when_the_turn_is_over(tmp_path: Path) -> None:
    held = call(tmp_path, SLOW_END, llm=FailingOnce(LlmSettings()))
    [committed] = held.of(TurnCommitted)
    assert all(trouble.at >= committed.at for trouble in held.of(Trouble))
    assert held.of(Trouble)
    assert held.heard == ["I am sorry, I have a technical problem. Please try again."]


def test_hanging_up_leaves_no_draft_behind(tmp_path: Path) -> None:
    stt = Guessing("", ["What is it?"])
    script = Script([(500, 1500)], SLOW_END, parts=lambda parts: replace(parts, stt=stt), ends_ms=1700)
    held = hold(script, tmp_path)
    assert held.tasks_left == 0
    assert [ended.hit for ended in held.of(SpeculationEnded)] == [False]
