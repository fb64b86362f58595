"""What is read out of a recording, event by event; all moments in milliseconds."""

from studio.model.events import (
    AgentSilent,
    AgentSpeaking,
    Event,
    ReplyCancelled,
    ReplyText,
    SpeechStarted,
    Transcribed,
    TurnCommitted,
    TurnJudged,
    UserAudio,
)
from studio.model.terms import CancelReason, FalseInterruption, TranscriptKind, Trigger
from studio.model.time import Instant, milliseconds
from studio.model.turn_events import AgentHeld, AgentResumed, EndpointSet
from studio.timeline.recorded_turns import Answer, Moment, recorded_turns


def ms(value: float) -> Instant:
    return Instant(milliseconds(value))


def speech(start: float) -> Event:
    return UserAudio(ms(start + 32), ms(start), 32.0, 0.9, 0.5, 0.1)


def waits(at: float) -> Event:
    return EndpointSet(ms(at), 0, 1200.0, None, None, 0.0, "not judged")


def committed(at: float, text: str = "Well.") -> Event:
    return TurnCommitted(ms(at), 0, text, Trigger.SILENCE, ms(0), ms(at), ms(at), ms(at))


def cancelled(at: float, reason: CancelReason) -> Event:
    return ReplyCancelled(ms(at), 0, reason)


ASKED_TWICE = [
    SpeechStarted(ms(64), 0, ms(0)),
    speech(64),
    waits(192),
    speech(320),  # too soon for any answer
    TurnJudged(ms(400), 0, ms(192), 0.2, 0.5),
    waits(480),
    Transcribed(ms(560), 0, TranscriptKind.END, " Well. ", ms(480), None),
]


def test_an_answer_belongs_to_the_pause_it_was_asked_in_however_late_it_comes() -> None:
    turns = recorded_turns(ASKED_TWICE)
    first, second = turns.pauses_of(0)
    assert (first.spoken, first.judged, first.words) == (ms(96), Answer(milliseconds(208), 4, 0.2), None)
    assert (second.spoken, second.judged, second.words) == (ms(352), None, Answer(milliseconds(80), 6, "Well."))
    assert turns.pauses_of(1) == []
    assert turns.pause_at(ms(320)) is second
    assert turns.pause_at(ms(220)) is None


def test_the_turn_under_way_is_that_of_the_last_speech() -> None:
    turns = recorded_turns([SpeechStarted(ms(100), 0, ms(0)), SpeechStarted(ms(900), 2, ms(800))])
    assert [turns.turn_at(ms(at)) for at in (50, 100, 899, 900, 5000)] == [0, 0, 0, 2, 2]


def test_a_turn_that_the_user_took_back_was_cut_into() -> None:
    back = cancelled(700, CancelReason.USER_RESUMED)
    again = [speech(640), committed(600), back, speech(900), committed(1100, "Well, no.")]
    turns = recorded_turns(again)
    assert (turns.committed(0), turns.cut_ins(0)) == (ms(1100), 1)
    assert [reply.taken_back for reply in turns.replies[0]] == [ms(700), None]
    spoken_first, spoken_last = (reply.spoken for reply in turns.replies[0])
    assert spoken_first is not None
    assert spoken_last is not None
    assert turns.reply_to(0, spoken_first) is turns.replies[0][0]
    assert turns.reply_to(0, spoken_last) is turns.replies[0][1]
    assert turns.reply_to(0, ms(5000)) is turns.replies[0][1]
    assert (turns.reply_to(7, ms(0)), turns.committed(7), turns.cut_ins(7)) == (None, None, 0)
    assert recorded_turns(again[:3]).cut_ins(0) == 0  # nothing came of going on


def test_a_replys_pauses_are_no_part_of_its_length() -> None:
    events = [
        committed(100),
        AgentSpeaking(ms(400), 0, ms(400)),
        AgentHeld(ms(600), 0, ms(500)),
        AgentHeld(ms(650), 0, ms(500)),
        AgentResumed(ms(800), 0, FalseInterruption.NO_WORDS, ""),
        AgentSilent(ms(2000), 0, ms(1990), "Yes.", False),
    ]
    turns = recorded_turns(events)
    [reply] = turns.replies[0]
    assert (reply.audible, reply.over, reply.held_ns) == (Moment(ms(400), 1), Moment(ms(2000), 5), ms(200))
    assert (turns.false_interruptions, turns.barge_ins, turns.stops) == ({0: 1}, {}, set())


def test_a_greeting_answers_nobody_and_a_draft_is_none() -> None:
    [(number, greeting)] = recorded_turns(
        [ReplyText(ms(0), 0, "Hello."), AgentSpeaking(ms(90), 0, ms(90))]
    ).unasked.items()
    assert (number, greeting.spoken, greeting.audible) == (0, None, Moment(ms(90), 1))
    assert recorded_turns([*ASKED_TWICE, ReplyText(ms(600), 0, "Yes")]).unasked == {}


def test_a_stop_from_the_window_is_no_barge_in() -> None:
    silent = AgentSilent(ms(500), 0, ms(490), "Yes", True)
    assert recorded_turns([committed(100), AgentSpeaking(ms(200), 0, ms(200)), silent]).stops == {2}
    assert recorded_turns([committed(100), cancelled(150, CancelReason.STOPPED)]).stops == {1}
    [reply] = recorded_turns([committed(100), cancelled(150, CancelReason.FAILED)]).replies[0]
    assert reply.over == Moment(ms(150), 1)
