"""Each lane as a table: events in, stretches out. Times are plain numbers of nanoseconds."""

import pytest

from studio.model.events import (
    AgentSilent,
    AgentSpeaking,
    ClauseReady,
    Event,
    ReplyCancelled,
    ReplyEnded,
    ReplyStarted,
    ReplyText,
    SpeechSynthesised,
    Transcribed,
    TurnJudged,
)
from studio.model.provider_events import ToolAnswered, ToolCalled
from studio.model.terms import CancelReason, TranscriptKind
from studio.model.time import NS_PER_MS, Instant
from studio.model.turn_events import PlayoutUnderrun, SpeculationEnded, SpeculationStarted
from studio.timeline.lanes import stages
from studio.timeline.marks import Mark, Stretch, Texture, Tick

WORK, WAIT, AHEAD, WASTED = Texture.WORK, Texture.WAIT, Texture.AHEAD, Texture.WASTED


def stretch(start: int, end: int | None, texture: Texture) -> Stretch:
    return Stretch(Instant(start), None if end is None else Instant(end), texture)


def started(at: int) -> Event:
    return ReplyStarted(Instant(at), 1, "a/b")


def token(at: int) -> Event:
    return ReplyText(Instant(at), 1, "x")


def asks(at: int, call: str) -> Event:
    return ToolCalled(Instant(at), 1, call, "look", "{}")


def tells(at: int, call: str) -> Event:
    return ToolAnswered(Instant(at), 1, call, "look", "", failed=False)


def gap(start: int, length: int) -> Event:
    return PlayoutUnderrun(Instant(start + length), 1, Instant(start), length / NS_PER_MS, within_clause=True)


def cancelled(at: int) -> Event:
    return ReplyCancelled(Instant(at), 1, CancelReason.USER_RESUMED)


def voice(at: int, clause: int, asked: int) -> Event:
    return SpeechSynthesised(Instant(at), 1, clause, Instant(asked), 0, 1)


def speaking(at: int) -> Event:
    return AgentSpeaking(Instant(at + 3), 1, Instant(at))


def silent(end: int) -> Event:
    return AgentSilent(Instant(end + 3), 1, Instant(end), "", False)


def clause(at: int) -> Event:
    return ClauseReady(Instant(at), 1, 0, "x")


def guesses(at: int, draft: int) -> Event:
    return SpeculationStarted(Instant(at), 1, draft, "x", final=False)


def guessed(at: int, draft: int, hit: bool) -> Event:
    return SpeculationEnded(Instant(at), 1, draft, hit, 0.0, 0, 0)


def ended(at: int) -> Event:
    return ReplyEnded(Instant(at), 1, None, None)


CASES: list[tuple[str, stages.Rule, list[Event], list[Mark]]] = [
    (
        "asked twice",
        stages.turn_detection,
        [TurnJudged(Instant(9), 1, Instant(2), 0.1, 0.5), TurnJudged(Instant(29), 1, Instant(22), 0.9, 0.5)],
        [stretch(2, 9, WORK), stretch(22, 29, WORK)],
    ),
    (
        "interim texts and the final one",
        stages.transcription,
        [
            Transcribed(Instant(5), 1, TranscriptKind.INTERIM, "a", None, None),
            Transcribed(Instant(40), 1, TranscriptKind.END, "a b", Instant(30), None),
        ],
        [stretch(30, 40, WORK), Tick(Instant(5))],
    ),
    ("still thinking", stages.language_model, [started(10)], [stretch(10, None, WORK)]),
    (
        "first token, then ahead of the listener",
        stages.language_model,
        [started(10), token(30), token(35), ended(60)],
        [stretch(10, 30, WORK), stretch(30, 60, AHEAD)],
    ),
    (
        "asked again after the user went on",
        stages.language_model,
        [started(10), token(30), cancelled(32), started(50), token(70)],
        [stretch(10, 30, WORK), stretch(30, 32, AHEAD), stretch(50, 70, WORK), stretch(70, None, AHEAD)],
    ),
    (
        "tools side by side, and one that is never told of",
        stages.tool_call,
        [asks(10, "a"), asks(10, "b"), tells(30, "a"), asks(40, "c"), cancelled(50)],
        [stretch(10, 30, WORK), stretch(10, 50, WORK), stretch(40, 50, WORK)],
    ),
    (
        "words until they can be spoken",
        stages.clause_wait,
        [started(10), token(30), token(35), clause(50), token(55)],
        [stretch(30, 50, WAIT)],
    ),
    (
        "a second reply waits again",
        stages.clause_wait,
        [started(10), token(30), cancelled(32), started(40), token(45), clause(60)],
        [stretch(30, 32, WAIT), stretch(45, 60, WAIT)],
    ),
    (
        "only the first sound is waited for",
        stages.speech_synthesis,
        [voice(30, 0, 10), voice(50, 0, 10), voice(90, 1, 70)],
        [stretch(10, 30, WORK), stretch(30, 50, AHEAD), stretch(70, 90, AHEAD), stretch(90, 90, AHEAD)],
    ),
    (
        "buffered, audible, over",
        stages.playout,
        [started(1), voice(30, 0, 10), voice(40, 0, 10), speaking(60), silent(99)],
        [stretch(30, 60, WAIT), stretch(60, 99, WORK)],
    ),
    (
        "a gap in it",
        stages.playout,
        [started(1), voice(30, 0, 10), speaking(60), gap(70, 15), silent(99)],
        [stretch(30, 60, WAIT), stretch(60, 70, WORK), stretch(70, 85, WAIT), stretch(85, 99, WORK)],
    ),
    (
        "begun early: thrown away, wanted, not yet known",
        stages.speculation,
        [guesses(10, 1), guessed(20, 1, hit=False), guesses(20, 2), guessed(40, 2, hit=True), guesses(70, 3)],
        [stretch(10, 20, WASTED), stretch(20, 40, WORK), stretch(70, None, WORK)],
    ),
    (
        "what was begun early is no longer thought about when it is thrown away",
        stages.language_model,
        [started(10), guessed(20, 1, hit=False), started(20), token(40), guessed(50, 2, hit=True)],
        [stretch(10, 20, WORK), stretch(20, 40, WORK), stretch(40, None, AHEAD)],
    ),
    (
        "nor does its voice wait to be heard",
        stages.playout,
        [started(1), voice(30, 0, 10), guessed(45, 1, hit=False), started(50), voice(70, 0, 60), speaking(90)],
        [stretch(30, 45, WAIT), stretch(70, 90, WAIT), stretch(90, None, WORK)],
    ),
    (
        "nor do its words",
        stages.clause_wait,
        [started(1), token(30), guessed(45, 1, hit=False)],
        [stretch(30, 45, WAIT)],
    ),
    ("nor does its tool", stages.tool_call, [asks(10, "a"), guessed(45, 1, hit=False)], [stretch(10, 45, WORK)]),
    ("dropped before it was heard", stages.playout, [voice(30, 0, 10), cancelled(35)], [stretch(30, 35, WAIT)]),
]


@pytest.mark.parametrize(("rule", "events", "marks"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_stretches(rule: stages.Rule, events: list[Event], marks: list[Mark]) -> None:
    lane = stages.StageLane(rule)
    for event in events:
        lane.on_event(event)
    shown = sorted(lane.marks(), key=lambda mark: (isinstance(mark, Tick), getattr(mark, "start", 0), str(mark)))
    assert shown == marks


def test_forgets_what_is_over_and_keeps_what_lasts() -> None:
    lane = stages.StageLane(stages.language_model)
    for event in (started(10), token(30)):
        lane.on_event(event)
    lane.forget(Instant(1000))
    assert lane.marks() == [stretch(30, None, AHEAD)]
