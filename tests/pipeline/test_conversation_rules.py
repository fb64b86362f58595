"""Rules that hold in every call, whoever speaks when and however long everything takes: calls by chance."""

import random
from pathlib import Path

import numpy as np
import pytest

from studio.model.events import (
    AgentSilent,
    AgentSpeaking,
    BargeIn,
    ClauseReady,
    ReplyCancelled,
    ReplyStarted,
    SpeechStarted,
    TrackStarted,
    Trouble,
    TurnCommitted,
)
from studio.model.time import NS_PER_MS
from tests.virtual_call import Changes, Held, Script, hold

BLOCK_NS = 10 * NS_PER_MS
TEXTS = ["Hello.", "", "What is it?", "I do not know.", "And then?", "", "Fine."]
REPLIES = ["Yes.", "It is sunny today. Take a hat, and a coat.", "I do not know that, but I can find out. Wait."]


def by_chance(seed: int) -> Script:
    """Speech with pauses of all lengths: within turns, in the middle of thinking and speaking, after the reply."""
    chance = random.Random(seed)
    speech, now = [], 200
    for _ in range(chance.randint(3, 9)):
        now += chance.choice([40, 150, 300, 700, 1500, 3000]) + chance.randint(0, 200)
        end = now + chance.choice([40, 100, 150, 400, 1200]) + chance.randint(0, 100)
        speech.append((now, end))
        now = end
    changes: Changes = {
        "agent": {"greeting": chance.choice(["", "Good morning, who is there?"])},
        "turn": {"probability": chance.choice([0.1, 0.9]), "delay_ms": chance.uniform(0, 300)},
        "stt": {"texts": chance.sample(TEXTS, len(TEXTS)), "delay_ms": chance.uniform(0, 600)},
        "llm": {
            "replies": chance.sample(REPLIES, len(REPLIES)),
            "first_token_ms": chance.uniform(0, 500),
            "token_ms": chance.uniform(0, 60),
        },
        "tts": {"first_audio_ms": chance.uniform(0, 300), "character_ms": chance.uniform(20, 80)},
        "turn_taking": {
            "silence_ms": chance.choice([32, 160, 500]),
            "patience_ms": chance.choice([300, 1200]),
            "barge_in_ms": chance.choice([32, 128, 300]),
        },
    }
    stops = {chance.randint(500, now): lambda conversation: conversation.stop_agent()} if chance.random() < 0.3 else {}
    return Script(speech, changes, stops)


@pytest.fixture(params=range(60), scope="module")
def held(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Held:
    folder: Path = tmp_path_factory.mktemp("call")
    return hold(by_chance(request.param), folder)


def test_the_call_ends_in_order(held: Held) -> None:
    assert (held.reason, held.error, held.tasks_left) == ("hung_up", None, 0)
    assert not held.of(Trouble)
    # That a track started is told with its first block, but is about that block's first sample.
    times = [event.at for event in held.events if not isinstance(event, TrackStarted)]
    assert times == sorted(times)


def test_the_waits_of_every_answered_turn_add_up(held: Held) -> None:
    assert held.turns, "someone spoke"
    for turn in held.turns:
        if turn.v2v is None:
            continue
        assert turn.user_end is not None
        assert turn.v2v > 0
        assert turn.v2v == sum(span.length for span in turn.spans)
        reached = turn.user_end
        for span in turn.spans:
            assert (span.start, span.length >= 0) == (reached, True)
            reached = reached + span.length  # type: ignore[assignment]
        assert reached == turn.agent_start


def test_of_every_turn_at_most_one_reply_is_heard(held: Held) -> None:
    spoken = [event.turn for event in held.of(AgentSpeaking)]
    assert spoken == sorted(set(spoken))
    last = None
    for event in held.events:
        if isinstance(event, AgentSpeaking):
            assert last is None, "one reply at a time"
            last = event
        elif isinstance(event, AgentSilent):
            assert last is not None
            assert (event.turn, event.end > last.start) == (last.turn, True)
            last = None
    assert last is None, "every reply ends"


def test_every_reply_is_heard_dropped_or_cut_off_by_the_end(held: Held) -> None:
    asked = [event.turn for event in held.of(ReplyStarted)]
    over = [event.turn for event in held.events if isinstance(event, AgentSpeaking | ReplyCancelled)]
    greetings = [turn.index for turn in held.turns if turn.user_start is None and turn.agent_start is not None]
    unanswered = len(asked) - len([turn for turn in over if turn not in greetings])
    assert unanswered in (0, 1), "only the last one can still be under way"


def test_the_agent_never_begins_to_speak_while_the_user_holds_the_turn(held: Held) -> None:
    holding = False
    for event in held.events:
        if isinstance(event, SpeechStarted):
            holding = True
        elif isinstance(event, TurnCommitted):
            holding = False
        elif isinstance(event, AgentSpeaking):
            assert not holding


def test_turns_are_counted_up_and_committed_with_words(held: Held) -> None:
    started = [event.turn for event in held.of(SpeechStarted)]
    assert started == sorted(started)
    for committed in held.of(TurnCommitted):
        assert committed.text
        assert committed.start < committed.end <= committed.silence_met <= committed.judged <= committed.at
        assert committed.turn in started


def test_the_history_is_what_was_heard(held: Held) -> None:
    assert [text for role, text in held.said if role == "assistant"] == [heard for heard in held.heard if heard]
    said = [text for role, text in held.said if role == "user"]
    last_words = {event.turn: event.text for event in held.of(TurnCommitted)}
    assert said == list(last_words.values())[: len(said)]
    assert len(last_words) - len(said) in (0, 1), "all but what was still to be answered"


def test_heard_words_are_the_beginning_of_the_reply(held: Held) -> None:
    for silent in held.of(AgentSilent):
        ready = [event for event in held.of(ClauseReady) if event.turn == silent.turn]
        begun = [index for index, event in enumerate(ready) if event.clause == 0]
        clauses = " ".join(event.text for event in ready[begun[-1] :]) if begun else ""  # of the last try
        if clauses:  # a greeting is not written by the model
            assert clauses.startswith(silent.heard)
            if not silent.interrupted:
                assert silent.heard == clauses


def test_nothing_sounds_but_replies(held: Held) -> None:
    allowed = np.zeros(held.sound.size, dtype=bool)
    for speaking, silent in zip(held.of(AgentSpeaking), held.of(AgentSilent), strict=True):
        fading_ms = 5 if silent.interrupted else 0  # the next turn may begin before it has been told that this went out
        allowed[speaking.start * 48 // NS_PER_MS : silent.end * 48 // NS_PER_MS + fading_ms * 48 + 1] = True
    assert np.abs(held.sound[~allowed]).max(initial=0) < 0.005


def test_an_interrupted_agent_is_silent_within_a_block(held: Held) -> None:
    for barge_in in held.of(BargeIn):
        [silent] = [event for event in held.of(AgentSilent) if event.turn == barge_in.turn]
        assert silent.interrupted
        assert silent.end <= barge_in.at + 2 * BLOCK_NS
        assert silent.at <= barge_in.at + 2 * BLOCK_NS


def test_what_was_dropped_was_not_heard(held: Held) -> None:
    for index, event in enumerate(held.events):
        if isinstance(event, ReplyCancelled):
            later = [other for other in held.events[index:] if isinstance(other, AgentSpeaking | ReplyStarted)]
            if later and isinstance(later[0], AgentSpeaking):
                assert later[0].turn > event.turn
