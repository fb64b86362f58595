"""Barge-ins at swept offsets into a reply: silence at once, nothing stale, one reply for each, no task left.

`STUDIO_BARGE_INS=500` sweeps as finely as the product promises.
"""

import os
from pathlib import Path

import numpy as np
import pytest

from studio.model.events import AgentSilent, AgentSpeaking, BargeIn, ReplyStarted, SpeechStarted, TurnCommitted
from studio.model.terms import FalseInterruption
from studio.model.time import NS_PER_MS, to_ms
from studio.model.turn_events import AgentHeld, AgentResumed
from tests.virtual_call import Changes, Held, Script, hold

COUNT = int(os.environ.get("STUDIO_BARGE_INS", "60"))
BLOCK_NS = 10 * NS_PER_MS
SPEECH_MS = 700
LONG: Changes = {
    "agent": {"memory_characters": 10_000_000},
    "stt": {"texts": [f"Question number {number}, please?" for number in range(COUNT + 1)]},
    "llm": {
        "replies": ["One two three four five six seven eight nine. Ten eleven twelve, thirteen fourteen. Fifteen."]
    },
    "tts": {"character_ms": 60.0},
}


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Held:
    speech, now = [(500, 500 + SPEECH_MS)], 500 + SPEECH_MS
    for number in range(COUNT):
        now += 600 + round(number * 3400 / COUNT)  # from the reply's first word to its last
        speech.append((now, now + SPEECH_MS))
        now += SPEECH_MS
    return hold(Script(speech, LONG), tmp_path_factory.mktemp("call"))


def test_every_one_is_heard_and_answered_once(held: Held) -> None:
    assert (held.reason, held.error, held.tasks_left) == ("hung_up", None, 0)
    assert len(held.of(BargeIn)) == COUNT
    committed = [event.turn for event in held.of(TurnCommitted)]
    assert committed == sorted(set(committed)) == list(range(COUNT + 1))
    assert [event.turn for event in held.of(AgentSpeaking)] == committed
    assert len(held.of(ReplyStarted)) == COUNT + 1
    assert [text for role, text in held.said if role == "assistant"] == [heard for heard in held.heard if heard]
    assert [text for role, text in held.said if role == "user"] == LONG["stt"]["texts"]


def test_not_a_sample_is_stale(held: Held) -> None:
    """From the block after the decision until the next reply is audible: digital silence."""
    speaking = [event.start for event in held.of(AgentSpeaking)]
    for pause in held.of(AgentHeld):
        answered = next(start for start in speaking if start > pause.at)
        quiet = held.played(pause.at + 2 * BLOCK_NS, answered - BLOCK_NS)
        assert np.count_nonzero(quiet) == 0


def test_it_stops_within_150_ms_of_the_first_sound(held: Held) -> None:
    stops = [to_ms(turn.barge_in_stop) for turn in held.turns if turn.barge_in_stop is not None]
    assert len(stops) == COUNT
    assert np.percentile(stops, 95) <= 150


def test_what_the_model_believes_it_said_was_played(held: Held) -> None:
    """The clause's words that lie before the last audible sample, by its own steady pace, to the word."""
    for speaking, silent in zip(held.of(AgentSpeaking), held.of(AgentSilent), strict=True):
        if silent.interrupted:
            played_ms = to_ms(silent.end - speaking.start)
            assert len(silent.heard) * 60 <= played_ms + 60 * len("thirteen ")


BACKCHANNELS = ["Mm-hm.", "네", "Yeah.", ""]


@pytest.mark.parametrize("words", BACKCHANNELS)
def test_who_only_listens_or_coughs_does_not_stop_the_agent(words: str, tmp_path: Path) -> None:
    changes = {**LONG, "stt": {"texts": ["What is it?", words]}}
    over_it = [(3000, 3300)]
    held = hold(Script([(500, 1500), *over_it], changes), tmp_path)
    plain = hold(Script([(500, 1500)], changes), tmp_path)
    [resumed] = held.of(AgentResumed)
    assert resumed.cause is (FalseInterruption.BACKCHANNEL if words else FalseInterruption.NO_WORDS)
    assert not held.of(BargeIn)
    assert held.heard == plain.heard
    assert held.said == plain.said
    assert len(held.of(SpeechStarted)) == 2
    [silent], [unstopped] = held.of(AgentSilent), plain.of(AgentSilent)
    assert 0 < to_ms(silent.end - unstopped.end) < 900, "it goes on where it was heard last"


def test_a_first_message_can_be_protected(tmp_path: Path) -> None:
    greeting = "Good morning, this is a call about your appointment."
    changes: Changes = {"agent": {"greeting": greeting}, "turn_taking": {"protect_greeting": True}}
    held = hold(Script([(1000, 2000)], changes), tmp_path)
    assert held.heard[0] == greeting
    assert not held.of(BargeIn)


def test_the_agent_can_wait_for_words_before_it_stops(tmp_path: Path) -> None:
    changes = {**LONG, "turn_taking": {"barge_in_words": 2}, "stt": {"texts": ["What is it?", "No.", "No, not that."]}}
    held = hold(Script([(500, 1500), (3000, 3300), (4500, 5200)], changes), tmp_path)
    assert not held.of(AgentHeld)
    [barge_in] = held.of(BargeIn)
    assert barge_in.at > 5200 * NS_PER_MS, "its words were known"
