"""Recorded calls, held on the virtual clock, with other timers: first the same ones, which must change nothing."""

from dataclasses import replace
from pathlib import Path

import pytest

from studio.model.events import AgentAudio, Event, SpeechStarted, Transcribed, TurnCommitted, TurnJudged, UserAudio
from studio.model.preset import TurnTaking, at_eagerness
from studio.model.terms import TranscriptKind, Trigger
from studio.model.time import Instant, milliseconds, to_ms
from studio.timeline.what_if import Count, Outcome, what_if
from tests.pipeline.test_conversation_rules import by_chance
from tests.virtual_call import Changes, Held, Script, hold, scripted

LONG_REPLY: Changes = {"llm": {"replies": ["One two three four five six seven eight nine ten. Eleven twelve.", "Yes."]}}
ONCE, NEVER = Count(1, 1), Count(0, 0)


def replayed(held: Held, **timers: float) -> list[Outcome]:
    return what_if(held.events, TurnTaking.model_validate(timers))


@pytest.mark.parametrize("seed", [*range(10), 32, 150])  # in the last two the agent is stopped while it pauses
def test_the_same_settings_change_nothing(seed: int, tmp_path: Path) -> None:
    script = by_chance(seed)
    held = hold(script, tmp_path)
    outcomes = what_if(held.events, scripted(script.changes).turn_taking)
    commits = {event.turn: event for event in held.of(TurnCommitted)}
    assert {o.turn: o.then for o in outcomes if o.then is not None} == {turn: e.at for turn, e in commits.items()}
    assert [o.now for o in outcomes] == [o.then for o in outcomes]
    for outcome in outcomes:
        for count in (outcome.cut_ins, outcome.false_interruptions, outcome.barge_ins):
            assert count.now == count.then


@pytest.mark.parametrize(
    ("timers", "later_ms"),
    [
        ({"silence_ms": 480}, 320),
        ({"silence_ms": 128}, -10),  # the words were there no sooner
        ({"turn_threshold": 0.999}, 10),  # nothing is sure, and what is nearly sure waits hardly longer
        ({"silence_ms": 800, "patience_ms": 800}, 640),
    ],
)
def test_a_longer_silence_is_waited_for_to_the_frame(timers: dict[str, float], later_ms: float, tmp_path: Path) -> None:
    [outcome] = replayed(hold(Script(speech_ms=[(500, 1500)]), tmp_path), **timers)
    assert outcome.text == "What is the weather like?"
    assert outcome.difference_ms == pytest.approx(later_ms, abs=32)


def test_less_patience_cuts_in_where_the_user_goes_on(tmp_path: Path) -> None:
    hesitating: Changes = {"turn": {"probability": 0.05}, "stt": {"texts": ["I would like to", "I would like to go."]}}
    held = hold(Script(speech_ms=[(500, 1500), (2000, 2600)], changes=hesitating), tmp_path)
    [as_it_was] = replayed(held)
    assert (as_it_was.cut_ins, as_it_was.difference_ms) == (NEVER, 0)
    [hasty] = replayed(held, silence_ms=128, patience_ms=160)
    assert hasty.cut_ins == Count(0, 1)
    assert hasty.difference_ms is not None
    assert hasty.difference_ms < -500


def test_more_patience_keeps_together_what_was_torn_apart(tmp_path: Path) -> None:
    """The reply was audible when the user went on, so the recording has two turns."""
    held = hold(Script(speech_ms=[(500, 1500), (1900, 2600)]), tmp_path)
    first, second = replayed(held, **at_eagerness(0))
    assert (first.then is not None, first.now, first.difference_ms) == (True, None, None)
    assert first.barge_ins == Count(1, 0)
    assert second.now is not None


def test_a_cut_in_of_then_is_gone_with_more_patience(tmp_path: Path) -> None:
    slow: Changes = {"llm": {"first_token_ms": 900.0}}
    held = hold(Script(speech_ms=[(500, 1500), (1900, 2600)], changes=slow), tmp_path)
    [as_it_was] = replayed(held)
    assert as_it_was.cut_ins == ONCE
    [patient] = replayed(held, silence_ms=500)
    assert patient.cut_ins == Count(1, 0)


def test_a_listeners_sound_becomes_an_interruption_where_shorter_speech_is_one(tmp_path: Path) -> None:
    listening: Changes = {**LONG_REPLY, "stt": {"texts": ["Hello there.", "mm-hm"]}}
    held = hold(Script(speech_ms=[(500, 1500), (2600, 2900)], changes=listening), tmp_path)
    [as_it_was] = replayed(held)
    assert (as_it_was.false_interruptions, as_it_was.barge_ins) == (ONCE, NEVER)
    strict, *_ = replayed(held, interruption_ms=128)
    assert (strict.false_interruptions, strict.barge_ins) == (Count(1, 0), Count(0, 1))
    deaf, *_ = replayed(held, barge_in_ms=1000)
    assert (deaf.false_interruptions, deaf.barge_ins) == (Count(1, 0), NEVER)


def test_a_greeting_that_is_protected_is_not_interrupted(tmp_path: Path) -> None:
    greeting: Changes = {"agent": {"greeting": "Hello, this is a long greeting that takes a while to be said."}}
    held = hold(Script(speech_ms=[(600, 1400)], changes=greeting), tmp_path)
    assert [outcome.barge_ins for outcome in replayed(held)] == [ONCE, NEVER]
    assert replayed(held, protect_greeting=True)[0].barge_ins == Count(1, 0)


# --- what the recording does not know ------------------------------------------------------------


def ms(value: float) -> Instant:
    return Instant(milliseconds(value))


def frames(speech: list[tuple[int, int]], until: int) -> list[Event]:
    return [
        UserAudio(ms(n + 32), ms(n), 32.0, 0.9 if any(start <= n < end for start, end in speech) else 0.1, 0.5, 0.1)
        for n in range(0, until, 32)
    ]


def recording(*events: Event, pauses: list[tuple[int, int]], until: int = 4000) -> list[Event]:
    return sorted([*frames(pauses, until), *events], key=lambda event: event.at)


COMMITTED = TurnCommitted(ms(2200), 0, "I see it.", Trigger.SILENCE, ms(320), ms(1952), ms(2200), ms(2200))
"""Speech from 320 to 960 and from 1088 to 1952: a pause of 128 ms, in which nothing was asked, and the end."""
SPEECH = [(320, 960), (1088, 1952)]
STARTED = SpeechStarted(ms(384), 0, ms(320))
WORDS = Transcribed(ms(2120), 0, TranscriptKind.END, "I see it.", ms(2080), None)


def test_a_pause_of_no_answers_is_given_those_of_the_nearest_of_its_turn() -> None:
    judged = TurnJudged(ms(2100), 0, ms(2080), 0.95, 0.5)
    events = recording(STARTED, WORDS, judged, COMMITTED, pauses=SPEECH)
    [outcome] = what_if(events, TurnTaking(eager_ms=32, silence_ms=64))
    assert outcome.cut_ins == Count(0, 1)
    [outcome] = what_if(events, TurnTaking(eager_ms=32, silence_ms=160))
    assert outcome.cut_ins == NEVER


def test_without_a_judgement_only_patience_ends_a_turn() -> None:
    events = recording(STARTED, WORDS, COMMITTED, pauses=SPEECH)
    [outcome] = what_if(events, TurnTaking(patience_ms=1216))
    assert to_ms(outcome.now or 0) == 1952 + 1216
    [outcome] = what_if(events, TurnTaking(patience_ms=5000))
    assert (outcome.then, outcome.now) == (ms(2200), None)


def test_a_higher_vad_threshold_finds_the_same_pause_a_little_earlier() -> None:
    events = recording(STARTED, WORDS, COMMITTED, pauses=SPEECH)
    weak_end = [
        replace(e, speech_probability=0.6) if isinstance(e, UserAudio) and ms(1888) <= e.start < ms(1952) else e
        for e in events
    ]
    [outcome] = what_if(weak_end, TurnTaking(patience_ms=1216, vad_threshold=0.8))
    assert to_ms(outcome.now or 0) == 1888 + 1216


def test_a_call_without_the_user_has_no_outcomes() -> None:
    assert what_if([AgentAudio(ms(0), ms(0), 10.0, 0.0, 0.0)], TurnTaking()) == []
    assert what_if([], TurnTaking()) == []
