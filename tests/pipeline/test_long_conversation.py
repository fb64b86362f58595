"""Five hundred turns in one call, with vendors as slow as they like and a user who talks over everything.

The rules are those of `test_conversation_rules.py`; here they meet words that change, eager vendors, lost connections
and sounds that are no interruption. `STUDIO_SEEDS=20` tries more calls.
"""

import asyncio
import os
import random
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from studio.model.conversation import Message, Tool
from studio.model.errors import ErrorCategory, ProviderError
from studio.model.events import AgentSilent, AgentSpeaking, BargeIn, SpeechStarted, Transcribed, TurnCommitted
from studio.model.provider_events import ReplyFailed
from studio.model.terms import TranscriptKind
from studio.model.turn_events import AgentHeld, AgentResumed, SpeculationEnded, SpeculationStarted
from studio.pipeline.ports import Parts, ReplyPiece, Sound, SttStream, Transcript
from studio.providers.scripted import (
    LlmSettings,
    ScriptedLlm,
    ScriptedStt,
    ScriptedTts,
    ScriptedTurn,
    SttSettings,
    TtsSettings,
    TurnSettings,
)
from tests.pipeline import test_conversation_rules as rules
from tests.virtual_call import Changes, Held, Script, hold

TURNS = 500
SEEDS = range(int(os.environ.get("STUDIO_SEEDS", "1")))
TEXTS = [
    "Hello.", "What is it?", "I do not know.", "And then?", "Fine.", "Mm-hm.", "", "My number is one zero",
    "What time is it in Rome?", "Yeah.", "Stop.", "I would like a table for", "네", "내일 저녁에 예약하고 싶어요.",
]  # fmt: skip
REPLIES = ["Yes.", "It is sunny today. Take a hat, and a coat.", "I do not know that, but I can find out. Wait."]
LOST = ProviderError("The line is dead.", ErrorCategory.CONNECTION)


class ChanceTurn(ScriptedTurn):
    """Judges each pause by chance."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__(TurnSettings())
        self._chance = chance

    async def end_probability(self, audio: object) -> float:
        await asyncio.sleep(self._chance.uniform(0, 0.3))
        return self._chance.choice([0.02, 0.3, 0.7, 0.97])


class ChanceStt(ScriptedStt):
    """Hears something else in every turn, says so far what may change, and may hold a turn for over early."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__(SttSettings())
        self._chance = chance

    async def stream(self) -> SttStream:
        return ChanceStream(self._chance)


class ChanceStream:
    billed_ms = 0.0

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._text = chance.choice(TEXTS)
        self._said: asyncio.Queue[Transcript | None] = asyncio.Queue()
        self._due: list[asyncio.TimerHandle] = []

    def push(self, block: object) -> None:
        pass

    def speech_started(self) -> None:
        self._cancel()
        words = self._text.split()
        for count in range(1, len(words)):
            if self._chance.random() < 0.4:
                self._later(self._chance.uniform(0, 0.6), TranscriptKind.INTERIM, " ".join(words[:count]))

    def speech_paused(self) -> None:
        if self._chance.random() < 0.3:
            self._later(self._chance.uniform(0, 0.1), TranscriptKind.EAGER_END, self._text)
            if self._chance.random() < 0.5:
                self._later(self._chance.uniform(0.1, 0.2), TranscriptKind.RESUME, self._text)
        if self._chance.random() < 0.5:
            self._later(self._chance.uniform(0, 0.1), TranscriptKind.INTERIM, self._text)
        self._later(self._chance.uniform(0.02, 0.6), TranscriptKind.END, self._text)

    def turn_committed(self) -> None:
        self._cancel()
        self._text = self._chance.choice(TEXTS)

    async def transcripts(self) -> AsyncGenerator[Transcript, None]:
        while (said := await self._said.get()) is not None:
            yield said

    async def close(self) -> None:
        self._cancel()
        self._said.put_nowait(None)

    def _later(self, delay_s: float, kind: TranscriptKind, text: str) -> None:
        said = Transcript(kind, text)
        self._due.append(asyncio.get_running_loop().call_later(delay_s, self._said.put_nowait, said))

    def _cancel(self) -> None:
        for handle in self._due:
            handle.cancel()
        self._due.clear()


class ChanceLlm(ScriptedLlm):
    """Now fast, now slow; now and then the line is lost before the first word or after some."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__(LlmSettings())
        self._chance = chance

    async def reply(self, messages: Sequence[Message], tools: Sequence[Tool] = ()) -> AsyncGenerator[ReplyPiece, None]:
        words = self._chance.choice(REPLIES).split(" ")
        breaks_at = self._chance.choice([0, 2]) if self._chance.random() < 0.05 else None
        await asyncio.sleep(self._chance.uniform(0, 0.5))
        for index, word in enumerate(words):
            if index == breaks_at:
                raise LOST
            yield ReplyPiece(word if index == 0 else f" {word}")
            await asyncio.sleep(self._chance.uniform(0, 0.06))


class ChanceTts(ScriptedTts):
    """The same for the voice."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__(TtsSettings(character_ms=25.0))
        self._chance = chance

    async def speak(self, text: str) -> AsyncGenerator[Sound, None]:
        await asyncio.sleep(self._chance.uniform(0, 0.2))
        if self._chance.random() < 0.03:
            raise LOST
        async for sound in super().speak(text):
            yield sound


def by_chance(seed: int) -> Script:
    chance = random.Random(seed)
    speech: list[tuple[int, int]] = []
    now = 200
    while len(speech) < TURNS * 1.6:  # some are pauses within turns, some are over the agent
        now += chance.choice([150, 300, 700, 1500, 2500]) + chance.randint(0, 200)
        end = now + chance.choice([100, 150, 400, 900]) + chance.randint(0, 100)
        speech.append((now, end))
        now = end
    changes: Changes = {
        "agent": {"greeting": "Good morning, who is there?", "memory_characters": 10_000_000},
        "turn_taking": {"barge_in_words": seed % 3 // 2, "eagerness": chance.choice([0.2, 0.5, 0.9])},
    }

    def parts(given: Parts) -> Parts:
        return replace(
            given, turn=ChanceTurn(chance), stt=ChanceStt(chance), llm=ChanceLlm(chance), tts=ChanceTts(chance)
        )

    return Script(speech, changes, parts=parts)


@pytest.fixture(params=SEEDS, scope="module")
def held(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Held:
    folder: Path = tmp_path_factory.mktemp("call")
    return hold(by_chance(request.param), folder)


def test_it_is_a_long_and_lively_call(held: Held) -> None:
    assert (held.reason, held.error, held.tasks_left) == ("hung_up", None, 0)
    assert len(held.of(SpeechStarted)) >= TURNS
    assert len({event.turn for event in held.of(TurnCommitted)}) > 100
    for kind in (BargeIn, SpeculationStarted, AgentSilent, ReplyFailed):
        assert held.of(kind), kind
    assert {ended.hit for ended in held.of(SpeculationEnded)} == {True, False}
    assert [event for event in held.of(Transcribed) if event.kind is TranscriptKind.EAGER_END]


test_the_waits_of_every_answered_turn_add_up = rules.test_the_waits_of_every_answered_turn_add_up
test_of_every_turn_at_most_one_reply_is_heard = rules.test_of_every_turn_at_most_one_reply_is_heard
test_the_agent_never_begins_to_speak_while_the_user_holds_the_turn = (
    rules.test_the_agent_never_begins_to_speak_while_the_user_holds_the_turn
)
test_the_history_is_what_was_heard = rules.test_the_history_is_what_was_heard
test_nothing_sounds_but_replies = rules.test_nothing_sounds_but_replies
test_an_interrupted_agent_is_silent_within_a_block = rules.test_an_interrupted_agent_is_silent_within_a_block


def test_a_held_agent_is_silent_until_it_goes_on(held: Held) -> None:
    goes_on = (AgentResumed, AgentSilent)
    for index, event in enumerate(held.events):
        if isinstance(event, AgentHeld):
            after = next((other for other in held.events[index:] if isinstance(other, goes_on)), None)
            until = after.at if after is not None else held.events[-1].at
            assert not held.played(event.at + 2 * rules.BLOCK_NS, until).any()


def test_every_speculation_ends_and_none_that_missed_was_heard(held: Held) -> None:
    started = [event.draft for event in held.of(SpeculationStarted)]
    assert [event.draft for event in held.of(SpeculationEnded)] == started == sorted(set(started))
    for ended in held.of(SpeculationEnded):
        if ended.hit:
            assert (ended.tokens, ended.characters) == (0, 0)
            continue
        spoken = [event.at for event in held.of(AgentSpeaking) if event.turn == ended.turn]
        assert all(at > ended.at for at in spoken)
