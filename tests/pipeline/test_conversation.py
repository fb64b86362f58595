"""Whole calls with scripted parts: what is heard, remembered and told when all goes well, and when it does not."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from studio.audio.wav_file import WavSink
from studio.model.audio import Samples
from studio.model.conversation import Message, Tool
from studio.model.errors import AudioFileError, DeviceError, ErrorCategory, ProviderError
from studio.model.event_json import to_json
from studio.model.events import (
    AgentAudio,
    AgentSilent,
    AgentSpeaking,
    BargeIn,
    ReplyCancelled,
    ReplyStarted,
    SpeechPaused,
    SpeechStarted,
    Transcribed,
    Trouble,
    TurnCommitted,
    TurnJudged,
    UserAudio,
)
from studio.model.preset import Agent
from studio.model.provider_events import Retried
from studio.model.terms import CancelReason, Stage, TranscriptKind
from studio.model.time import NS_PER_MS, NS_PER_S
from studio.model.turn_events import SpeculationEnded, SpeculationStarted
from studio.pipeline.clock import Clock
from studio.pipeline.conversation import Conversation
from studio.pipeline.ports import Parts, PlayedBlock, ReplyPiece, Sound, SttStream, Transcript
from studio.providers.scripted import (
    LlmSettings,
    ScriptedLlm,
    ScriptedStt,
    ScriptedTts,
    ScriptedTurn,
    ScriptedVad,
    SttSettings,
    TtsSettings,
    TurnSettings,
    VadSettings,
)
from tests.virtual_call import Changes, Held, Script, hold

GOLDEN = Path(__file__).parents[1] / "golden"
THREE_TURNS = Script(speech_ms=[(500, 1500), (6000, 7000), (11_000, 11_600)])
LONG_REPLY = {"llm": {"replies": ["One two three four. Five six seven eight nine ten eleven. Twelve.", "Yes."]}}


def without_levels(held: Held) -> list[str]:
    return [json.dumps(to_json(event)) for event in held.events if not isinstance(event, UserAudio | AgentAudio)]


# --- all goes well -----------------------------------------------------------------------------


def test_a_plain_call_is_the_one_that_was_approved(tmp_path: Path) -> None:
    """To approve another one: delete the golden file, run this test, read the difference."""
    golden = GOLDEN / "three_turns.jsonl"
    lines = without_levels(hold(THREE_TURNS, tmp_path))
    if not golden.exists():
        golden.write_text("\n".join(lines) + "\n")
        pytest.fail(f"{golden.name} was written; read it, then run again")
    assert lines == golden.read_text().splitlines()


def test_the_same_call_is_the_same_twice_to_the_last_sample(tmp_path: Path) -> None:
    first, second = hold(THREE_TURNS, tmp_path), hold(THREE_TURNS, tmp_path)
    assert first.events == second.events
    for track, blocks in first.blocks.items():
        again = second.blocks[track]
        assert [(block.at, block.position) for block in blocks] == [(block.at, block.position) for block in again]
        assert all(np.array_equal(one.samples, other.samples) for one, other in zip(blocks, again, strict=True))


def test_the_history_is_what_was_said_and_heard(tmp_path: Path) -> None:
    held = hold(THREE_TURNS, tmp_path)
    assert held.said == [
        ("user", "What is the weather like?"),
        ("assistant", "It is sunny today. Take a hat."),
        ("user", "And what about tomorrow?"),
        ("assistant", "Tomorrow it will rain."),
        ("user", "Thank you."),
        ("assistant", "You are welcome."),
    ]
    assert (held.reason, held.error, held.tasks_left) == ("hung_up", None, 0)


def test_a_greeting_comes_first_and_is_a_turn_of_its_own(tmp_path: Path) -> None:
    held = hold(Script(speech_ms=[(3000, 4000)], changes={"agent": {"greeting": "Hello, how can I help?"}}), tmp_path)
    greeting, turn = held.turns
    assert (greeting.index, greeting.user_start, greeting.v2v, greeting.heard) == (
        0,
        None,
        None,
        "Hello, how can I help?",
    )
    assert (turn.index, turn.user_text) == (1, "What is the weather like?")
    assert held.said[0] == ("assistant", "Hello, how can I help?")


# --- the user interrupts, goes on, coughs ------------------------------------------------------


def test_barge_in_silences_the_agent_and_only_what_was_heard_is_remembered(tmp_path: Path) -> None:
    held = hold(Script(speech_ms=[(500, 1500), (3000, 4000)], changes=LONG_REPLY), tmp_path)
    [barge_in] = held.of(BargeIn)
    assert (barge_in.turn, abs(barge_in.onset - 3000 * NS_PER_MS) <= 10 * NS_PER_MS) == (0, True)
    silent = held.of(AgentSilent)[0]
    block = 10 * NS_PER_MS
    assert silent.interrupted
    assert silent.end - barge_in.at <= 2 * block
    assert not held.played(barge_in.at + 2 * block, held.of(AgentSpeaking)[1].start).any()
    assert "One two three four." in silent.heard
    assert "Twelve" not in silent.heard
    assert held.said[:3] == [
        ("user", "What is the weather like?"),
        ("assistant", silent.heard),
        ("user", "And what about tomorrow?"),
    ]
    first, second = held.turns
    assert first.interrupted
    assert first.barge_in_stop is not None
    assert 30 * NS_PER_MS < first.barge_in_stop < 150 * NS_PER_MS
    assert second.heard == "Yes."


def test_speech_right_after_the_agents_last_word_interrupts_nothing(tmp_path: Path) -> None:
    """The reply sounds from 1910 to some 3050 ms; its last pause is not part of what can be cut off."""
    held = hold(Script(speech_ms=[(500, 1500), (3100, 4000)]), tmp_path)
    assert held.of(BargeIn) == []
    assert held.heard[0] == "It is sunny today. Take a hat."
    assert not held.of(AgentSilent)[0].interrupted


def test_a_reply_nothing_of_which_was_understood_does_not_lose_what_it_answered(tmp_path: Path) -> None:
    slow: Changes = {"tts": {"character_ms": 200.0}, "turn_taking": {"barge_in_ms": 32}}
    held = hold(Script(speech_ms=[(500, 1500), (1920, 3000)], changes=slow), tmp_path)
    assert held.heard[0] == ""
    assert held.said[:2] == [("user", "What is the weather like?"), ("user", "And what about tomorrow?")]


def test_who_goes_on_before_the_answer_is_heard_has_said_one_thing(tmp_path: Path) -> None:
    held = hold(Script(speech_ms=[(500, 1500), (1700, 2500)], changes={"llm": {"first_token_ms": 400}}), tmp_path)
    [cancelled] = held.of(ReplyCancelled)
    assert (cancelled.turn, cancelled.reason) == (0, CancelReason.USER_RESUMED)
    assert [turn for turn, _ in held.committed] == [0, 0]
    assert [event.turn for event in held.of(AgentSpeaking)] == [0]
    [turn] = held.turns
    assert abs((turn.user_start or 0) - 500 * NS_PER_MS) <= 10 * NS_PER_MS
    assert abs((turn.user_end or 0) - 2500 * NS_PER_MS) <= 10 * NS_PER_MS
    assert [role for role, _ in held.said] == ["user", "assistant"]
    assert turn.v2v == sum(span.length for span in turn.spans)


def test_a_cough_is_no_turn(tmp_path: Path) -> None:
    changes = {"stt": {"texts": [""]}}
    held = hold(Script(speech_ms=[(500, 700)], changes=changes, ends_ms=4000), tmp_path)
    assert [event.turn for event in held.of(SpeechStarted)] == [0]
    assert not held.committed
    assert not held.said
    assert not held.heard
    assert not held.of(ReplyStarted)


def test_after_a_cough_the_next_words_begin_the_turn(tmp_path: Path) -> None:
    changes = {"stt": {"texts": ["", "Hello there."]}}
    held = hold(Script(speech_ms=[(500, 700), (3000, 4000)], changes=changes), tmp_path)
    [turn] = [turn for turn in held.turns if turn.v2v is not None]
    assert abs(held.of(TurnCommitted)[0].start - 3000 * NS_PER_MS) <= 10 * NS_PER_MS
    assert turn.user_text == "Hello there."


class SayingStt(ScriptedStt):
    """Answers each pause with the next of these, whatever the turn."""

    def __init__(self, *answers: str) -> None:
        super().__init__(SttSettings(delay_ms=0.0))
        self._answers = list(answers)

    async def stream(self) -> SttStream:
        return SayingStream(self._answers)


class SayingStream:
    billed_ms = 0.0

    def __init__(self, answers: list[str]) -> None:
        self._answers = answers
        self._said: asyncio.Queue[Transcript | None] = asyncio.Queue()

    def push(self, block: Samples) -> None:
        pass

    def speech_started(self) -> None:
        pass

    def speech_paused(self) -> None:
        self._said.put_nowait(Transcript(TranscriptKind.END, self._answers.pop(0)))

    def turn_committed(self) -> None:
        pass

    async def transcripts(self) -> AsyncGenerator[Transcript, None]:
        while (said := await self._said.get()) is not None:
            yield said

    async def close(self) -> None:
        self._said.put_nowait(None)


def test_a_cough_while_the_agent_thinks_does_not_lose_the_question(tmp_path: Path) -> None:
    changes = {"llm": {"first_token_ms": 1500.0}}
    stt = SayingStt("What is the weather like?", "")
    speech = [(500, 1500), (2200, 2400)]
    held = hold(Script(speech, changes, parts=lambda parts: replace(parts, stt=stt)), tmp_path)
    assert [(event.turn, event.reason) for event in held.of(ReplyCancelled)] == [(0, CancelReason.USER_RESUMED)]
    [turn] = held.turns
    assert turn.user_text == "What is the weather like?"
    assert turn.heard
    assert abs((turn.user_end or 0) - 1500 * NS_PER_MS) <= 10 * NS_PER_MS
    assert sum(span.length for span in turn.spans) == turn.v2v


# --- the user's buttons ------------------------------------------------------------------------


def stop(conversation: Conversation) -> None:
    conversation.stop_agent()


def test_stopping_the_agent_while_it_thinks(tmp_path: Path) -> None:
    held = hold(Script(speech_ms=[(500, 1500), (4000, 5000)], acts={1750: stop}), tmp_path)
    [cancelled] = held.of(ReplyCancelled)
    assert (cancelled.turn, cancelled.reason, cancelled.at) == (0, CancelReason.STOPPED, 1750 * NS_PER_MS)
    assert held.committed == [(0, "What is the weather like?"), (1, "And what about tomorrow?")]
    assert held.heard == ["Tomorrow it will rain."]
    assert [role for role, _ in held.said] == ["user", "user", "assistant"]


def test_stopping_the_agent_while_it_speaks(tmp_path: Path) -> None:
    held = hold(Script(speech_ms=[(500, 1500), (4000, 5000)], changes=LONG_REPLY, acts={2600: stop}), tmp_path)
    silent = held.of(AgentSilent)[0]
    assert silent.interrupted
    assert silent.end - 2600 * NS_PER_MS <= 20 * NS_PER_MS
    assert not held.of(BargeIn)
    assert not held.of(ReplyCancelled)
    assert held.committed == [(0, "What is the weather like?"), (1, "And what about tomorrow?")]


def test_stopping_a_silent_agent_changes_nothing(tmp_path: Path) -> None:
    plain = hold(Script(speech_ms=[(500, 1500)]), tmp_path)
    stopped = hold(Script(speech_ms=[(500, 1500)], acts={100: stop, 8000: stop}), tmp_path)
    assert stopped.events == plain.events


def test_a_muted_user_is_not_heard(tmp_path: Path) -> None:
    acts: dict[int, Callable[[Conversation], None]] = {
        100: lambda conversation: conversation.mute(True),
        2000: lambda conversation: conversation.mute(False),
    }
    held = hold(Script(speech_ms=[(500, 1500), (4000, 5000)], acts=acts), tmp_path)
    [committed] = held.of(TurnCommitted)
    assert abs(committed.start - 4000 * NS_PER_MS) <= 10 * NS_PER_MS


@pytest.mark.parametrize(
    "at_ms", [20, 505, 1000, 1610, 1640, 1680, 1720, 1860, 1905, 1915, 2500, 3055, 3500], ids=lambda at: f"{at} ms"
)
def test_hanging_up_at_any_time_leaves_nothing_behind(at_ms: int, tmp_path: Path) -> None:
    held = hold(Script(speech_ms=[(500, 1500)], ends_ms=at_ms), tmp_path)
    assert held.tasks_left == 0
    assert held.reason == "hung_up"
    assert held.error is None
    assert held.events[-1].at <= (at_ms + 40) * NS_PER_MS
    assert [event.turn for event in held.of(AgentSpeaking)] == [event.turn for event in held.of(AgentSilent)]


# --- parts fail --------------------------------------------------------------------------------


APOLOGY = Agent(persona="-").apology


def gone() -> ProviderError:
    return ProviderError("The server went away.", ErrorCategory.CONNECTION)


class BreakingLlm(ScriptedLlm):
    """The first reply breaks off after these words."""

    def __init__(self, words: str, empty: bool = False, error: ProviderError | None = None) -> None:
        super().__init__(LlmSettings(replies=("", "Good again.")))
        self._words = words
        self._error = error or gone()
        self._empty = empty
        self._broken = False
        self.asked: list[Sequence[Message]] = []

    async def reply(self, messages: Sequence[Message], tools: Sequence[Tool] = ()) -> AsyncGenerator[ReplyPiece, None]:
        self.asked.append(tuple(messages))
        if self._broken:
            async for piece in super().reply(messages):
                yield piece
            return
        self._broken = True
        self._asked = 1
        await asyncio.sleep(0.1)
        if self._words:
            yield ReplyPiece(self._words)
        if not self._empty:
            raise self._error


class BreakingTts(ScriptedTts):
    """Fails in the clause that holds a word."""

    def __init__(self, word: str, pieces: int = 0) -> None:
        super().__init__(TtsSettings(character_ms=30.0, first_audio_ms=0.0))
        self._word = word
        self._pieces = pieces

    async def speak(self, text: str) -> AsyncGenerator[Sound, None]:
        if self._word in text:
            async for sound in super().speak(text):
                for _ in range(self._pieces):
                    yield sound
            raise gone()
        async for sound in super().speak(text):
            yield sound


TWO_TURNS = ((500, 1500), (6000, 7000))


def troubles(held: Held) -> list[tuple[Stage, str, str]]:
    return [(event.stage, event.message, event.category) for event in held.of(Trouble)]


def test_a_language_model_that_fails_at_once_costs_one_answer(tmp_path: Path) -> None:
    llm = BreakingLlm("", error=ProviderError("The key is refused.", ErrorCategory.AUTHENTICATION))
    held = hold(Script(TWO_TURNS, parts=lambda parts: replace(parts, llm=llm)), tmp_path)
    assert troubles(held) == [(Stage.LLM, "The key is refused.", "authentication")]
    assert not held.of(ReplyCancelled)
    assert held.committed == [(0, "What is the weather like?"), (1, "And what about tomorrow?")]
    assert held.heard == [APOLOGY, "Good again."]
    assert (held.reason, held.error) == ("hung_up", None)
    assert [message.text for message in llm.asked[1]] == [
        "You are a test.",
        "What is the weather like?",
        APOLOGY,
        "And what about tomorrow?",
    ], "what the user said is not forgotten because the server failed"


def test_a_language_model_that_fails_for_a_moment_is_asked_again(tmp_path: Path) -> None:
    held = hold(Script(TWO_TURNS[:1], parts=lambda parts: replace(parts, llm=BreakingLlm(""))), tmp_path)
    [retried] = held.of(Retried)
    assert (retried.stage, retried.reason) == (Stage.LLM, "The server went away.")
    assert (held.heard, troubles(held)) == (["Good again."], [])


def test_an_apology_that_is_not_wanted_is_a_sound(tmp_path: Path) -> None:
    llm = BreakingLlm("", error=ProviderError("The key is refused.", ErrorCategory.AUTHENTICATION))
    changes = {"agent": {"apology": ""}}
    held = hold(Script(TWO_TURNS[:1], changes, parts=lambda parts: replace(parts, llm=llm)), tmp_path)
    assert held.heard == []
    assert [(event.turn, event.reason) for event in held.of(ReplyCancelled)] == [(0, CancelReason.FAILED)]
    assert 0.1 < np.abs(held.played(1500 * NS_PER_MS, 4000 * NS_PER_MS)).max() < 0.13


def test_where_no_voice_can_be_had_a_sound_is_heard(tmp_path: Path) -> None:
    tts = BreakingTts("")
    held = hold(Script(TWO_TURNS[:1], parts=lambda parts: replace(parts, tts=tts)), tmp_path)
    assert troubles(held) == [(Stage.TTS, "The server went away.", "connection")]
    assert np.abs(held.played(1500 * NS_PER_MS, 9000 * NS_PER_MS)).max() > 0.1


def test_a_language_model_that_breaks_off_is_heard_as_far_as_it_came(tmp_path: Path) -> None:
    parts = BreakingLlm("Well, let me see. And then")
    held = hold(Script(TWO_TURNS, parts=lambda those: replace(those, llm=parts)), tmp_path)
    assert troubles(held) == [(Stage.LLM, "The server went away.", "connection")]
    assert not held.of(ReplyCancelled)
    assert held.heard == ["Well, let me see.", "Good again."]
    assert [event.interrupted for event in held.of(AgentSilent)] == [False, False]


@pytest.mark.parametrize("words", ["", "  \n"])
def test_an_empty_reply_is_told(words: str, tmp_path: Path) -> None:
    held = hold(Script(TWO_TURNS, parts=lambda those: replace(those, llm=BreakingLlm(words, empty=True))), tmp_path)
    [(_, message, category)] = troubles(held)
    assert "nothing that can be said aloud" in message
    assert category == "broken_answer"
    assert not held.of(ReplyCancelled)
    assert held.heard == [APOLOGY, "Good again."]


class SpeechlessTts(ScriptedTts):
    """Has no sound for what has no letters, as real voices have none for an emoji."""

    async def speak(self, text: str) -> AsyncGenerator[Sound, None]:
        if any(map(str.isalpha, text)):
            async for sound in super().speak(text):
                yield sound


@pytest.mark.parametrize("unsayable", [0, 1])
def test_a_reply_that_cannot_be_said_aloud_is_told_and_costs_one_answer(unsayable: int, tmp_path: Path) -> None:
    replies = ["Good.", "Good again.", "And again."]
    replies[unsayable] = "\N{THUMBS UP SIGN}"
    script = Script(
        [(500, 1500), (5000, 6000), (9500, 10_500)],
        {"llm": {"replies": replies}, "agent": {"apology": "Sorry."}},
        parts=lambda parts: replace(parts, tts=SpeechlessTts(TtsSettings())),
    )
    held = hold(script, tmp_path)
    [(stage, message, _)] = troubles(held)
    assert (stage, message) == (Stage.TTS, "The reply has nothing that can be said aloud.")
    assert [turn for turn, _ in held.committed] == [0, 1, 2]
    assert held.heard == [reply if reply.isascii() else "Sorry." for reply in replies]


class DyingSink(WavSink):
    """A speaker that is gone after two seconds."""

    async def blocks(self) -> AsyncIterator[PlayedBlock]:
        async for played in super().blocks():
            if played.block.at > 2 * NS_PER_S:
                raise DeviceError("The speaker is gone.")
            yield played


def test_what_was_heard_before_the_speaker_died_was_heard(tmp_path: Path) -> None:
    def dying(parts: Parts) -> Parts:
        return replace(parts, sink=DyingSink(None, Clock(asyncio.get_running_loop())))

    held = hold(Script([(200, 1000)], parts=dying), tmp_path)
    assert str(held.error) == "The speaker is gone."
    [silent] = held.of(AgentSilent)
    assert silent.interrupted
    assert held.reason == "failed"


class UnreadableLlm(ScriptedLlm):
    """Cannot read ahead."""

    async def warm(self, messages: Sequence[Message]) -> None:
        raise gone()


def test_a_model_that_cannot_read_ahead_is_told_once_and_answers(tmp_path: Path) -> None:
    llm = UnreadableLlm(LlmSettings())
    waiting: Changes = {"speculation": {"reply": False}}  # else nothing is left to be read ahead
    held = hold(Script(TWO_TURNS, waiting, parts=lambda parts: replace(parts, llm=llm)), tmp_path)
    assert len(troubles(held)) == 1
    assert len(held.heard) == 2


@pytest.mark.parametrize(
    ("word", "pieces", "heard"),
    [
        ("sunny", 0, []),  # nothing of the reply could be said
        ("sunny", 1, ["It is sunny"]),  # the clause broke off
        ("hat", 0, ["It is sunny today."]),
    ],
)
def test_a_voice_that_fails_is_heard_as_far_as_it_came(
    word: str, pieces: int, heard: list[str], tmp_path: Path
) -> None:
    tts = BreakingTts(word, pieces)
    held = hold(Script(TWO_TURNS, parts=lambda those: replace(those, tts=tts)), tmp_path)
    assert troubles(held) == [(Stage.TTS, "The server went away.", "connection")]
    assert held.heard == [*heard, "Tomorrow it will rain."]
    cancelled = [] if heard else [(0, CancelReason.FAILED)]
    assert [(event.turn, event.reason) for event in held.of(ReplyCancelled)] == cancelled
    assert not any(event.interrupted for event in held.of(AgentSilent))
    assert held.tasks_left == 0


class BreakingTurn(ScriptedTurn):
    async def end_probability(self, audio: Samples) -> float:
        raise ValueError("tensor of wrong shape")


def test_without_a_turn_detector_the_longest_pause_decides(tmp_path: Path) -> None:
    turn = BreakingTurn(TurnSettings())
    held = hold(Script(speech_ms=[(500, 1500)], parts=lambda those: replace(those, turn=turn)), tmp_path)
    assert troubles(held) == [(Stage.TURN, "ValueError: tensor of wrong shape", "bug")]
    assert [event.trigger.value for event in held.of(TurnCommitted)] == ["silence"]
    assert len(held.heard) == 1


class BreakingStream:
    billed_ms = 0.0

    """Ends, or breaks, at the first pause."""

    def __init__(self, error: Callable[[], Exception] | None) -> None:
        self._error = error
        self._paused = asyncio.Event()

    def push(self, block: Samples) -> None:
        pass

    def speech_started(self) -> None:
        pass

    def speech_paused(self) -> None:
        self._paused.set()

    def turn_committed(self) -> None:
        pass

    async def transcripts(self) -> AsyncGenerator[Transcript, None]:
        await self._paused.wait()
        if self._error is not None:
            raise self._error()
        if not self._paused.is_set():
            yield Transcript(TranscriptKind.END, "")

    async def close(self) -> None:
        pass


class BreakingStt(ScriptedStt):
    def __init__(self, error: Callable[[], Exception] | None) -> None:
        super().__init__(SttSettings())
        self._error = error

    async def stream(self) -> SttStream:
        return BreakingStream(self._error)


@pytest.mark.parametrize("error", [gone, lambda: ValueError("bad frame"), None], ids=["fails", "bug", "ends"])
def test_without_transcription_a_call_cannot_go_on(error: Callable[[], Exception] | None, tmp_path: Path) -> None:
    stt = BreakingStt(error)
    held = hold(Script(TWO_TURNS, parts=lambda those: replace(those, stt=stt)), tmp_path)
    assert held.error is not None
    assert [stage for stage, _, _ in troubles(held)] == [Stage.STT]
    assert troubles(held)[0][1] == str(held.error)
    assert held.heard == [APOLOGY], "whoever cannot be understood any more is told so"
    assert held.reason == "failed"
    assert held.tasks_left == 0
    assert held.events[-1].at < 7000 * NS_PER_MS


class BreakingVad(ScriptedVad):
    def speech_probability(self, frame: Samples) -> float:
        if super().speech_probability(frame) > 0.5:
            raise gone()
        return 0.0


def test_without_a_vad_a_call_cannot_go_on(tmp_path: Path) -> None:
    vad = BreakingVad(VadSettings())
    held = hold(Script(TWO_TURNS, parts=lambda those: replace(those, vad=vad)), tmp_path)
    assert str(held.error) == "The server went away."
    assert held.reason == "failed"
    assert held.tasks_left == 0


def with_sink_that_cannot_be_closed(parts: Parts) -> Parts:
    close = parts.sink.close

    async def fail() -> None:
        await close()
        raise AudioFileError("agent.wav cannot be written: the disk is full.")

    parts.sink.close = fail  # type: ignore[method-assign]
    return parts


def test_a_speaker_that_fails_at_the_end_leaves_nothing_behind(tmp_path: Path) -> None:
    held = hold(Script(speech_ms=[(500, 1500)], parts=with_sink_that_cannot_be_closed, ends_ms=2500), tmp_path)
    assert isinstance(held.error, AudioFileError)
    assert held.tasks_left == 0
    assert held.heard


def test_whoever_fails_the_waits_of_the_turn_still_add_up(tmp_path: Path) -> None:
    held = hold(Script(TWO_TURNS, parts=lambda those: replace(those, tts=BreakingTts("hat"))), tmp_path)
    for turn in held.turns:
        assert turn.v2v == sum(span.length for span in turn.spans)


def test_every_event_of_a_turn_comes_in_order(tmp_path: Path) -> None:
    held = hold(Script(speech_ms=[(500, 1500)]), tmp_path)
    wanted = (
        SpeechStarted,
        TurnJudged,
        Transcribed,
        SpeculationStarted,
        ReplyStarted,
        SpeechPaused,
        TurnCommitted,
        SpeculationEnded,
        AgentSpeaking,
        AgentSilent,
    )
    assert [type(event) for event in held.events if isinstance(event, wanted)] == list(wanted)
