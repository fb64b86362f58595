"""Events of one or two pauses in, the waits that are shown out; all moments in milliseconds."""

import pytest

from studio.model.events import Event, SpeechPaused, SpeechStarted, TurnCommitted, UserAudio
from studio.model.terms import FalseInterruption, Trigger
from studio.model.time import Instant, milliseconds, to_ms
from studio.model.turn_events import AgentResumed, EndpointSet
from studio.timeline.lanes.endpointing_wait import EndpointingWait
from studio.timeline.marks import Stretch, Texture


def ms(value: float) -> Instant:
    return Instant(milliseconds(value))


def frame(start: float, probability: float) -> Event:
    return UserAudio(ms(start + 33), ms(start), 32.0, probability, 0.5, 0.1)


def waits(at: float, wait_ms: float) -> Event:
    return EndpointSet(ms(at), 1, wait_ms, None, None, 0.0, "not judged")


def paused(at: float, end: float) -> Event:
    return SpeechPaused(ms(at), 1, ms(end), 160.0)


def goes_on(at: float) -> Event:
    return SpeechStarted(ms(at), 1, ms(at - 60))


def committed(end: float, met: float) -> Event:
    return TurnCommitted(ms(met + 9), 1, "", Trigger.SILENCE, ms(0), ms(end), ms(met), ms(met + 5))


def resumed(at: float) -> Event:
    return AgentResumed(ms(at), 1, FalseInterruption.NO_WORDS, "")


SPOKEN = [frame(0, 0.9), frame(32, 0.8), frame(64, 0.1)]
"""The last frame of speech ends at 64."""

COUGH = [goes_on(400), frame(400, 0.9), waits(530, 160), paused(592, 430)]

CASES: list[tuple[str, list[Event], list[tuple[float, float]]]] = [
    ("nothing is decided: as long as the timer", [*SPOKEN, waits(160, 1200)], [(64, 1264)]),
    ("the timer is set anew", [*SPOKEN, waits(160, 1200), waits(190, 300)], [(64, 364)]),
    ("the last audible sample is told", [*SPOKEN, waits(160, 300), paused(224, 50)], [(50, 364)]),
    (
        "the turn ends when the wait is over",
        [*SPOKEN, waits(160, 160), paused(224, 50), committed(50, 224)],
        [(50, 224)],
    ),
    (
        "the user goes on, and pauses again",
        [*SPOKEN, waits(160, 1200), goes_on(400), frame(400, 0.9), waits(530, 160)],
        [(64, 400), (432, 592)],
    ),
    (
        "a cough that was no turn waits no longer than its timer",
        [*SPOKEN, waits(160, 200), goes_on(9000), frame(9000, 0.9), waits(9128, 160)],
        [(64, 264), (9032, 9192)],
    ),
    ("it was no interruption", [*SPOKEN, waits(160, 1200), resumed(300)], [(64, 300)]),
    (
        "a turn that a cough took back is committed again",
        [*SPOKEN, waits(160, 160), paused(224, 50), committed(50, 224), *COUGH, committed(50, 224)],
        [(50, 224), (430, 592)],
    ),
    ("a session of before: a pause that did not end the turn", [paused(30, 10)], [(10, 30)]),
    (
        "a session of before: two pauses, the second ends the turn",
        [paused(30, 10), paused(80, 60), committed(60, 95)],
        [(10, 30), (60, 95)],
    ),
]


@pytest.mark.parametrize(("events", "shown"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_waits(events: list[Event], shown: list[tuple[float, float]]) -> None:
    lane = EndpointingWait()
    for event in events:
        lane.on_event(event)
    marks = [mark for mark in lane.marks() if isinstance(mark, Stretch) and mark.texture is Texture.WAIT]
    assert [(to_ms(mark.start), to_ms(mark.end or 0)) for mark in marks] == shown
    assert len(marks) == len(lane.marks())


def test_forgets_what_is_over_even_the_pause_that_nothing_came_of() -> None:
    lane = EndpointingWait()
    for event in [*SPOKEN, waits(160, 160)]:
        lane.on_event(event)
    lane.forget(ms(9000))
    assert lane.marks() == []
    for event in (goes_on(9100), frame(9100, 0.9), waits(9228, 160)):
        lane.on_event(event)
    assert lane.marks() == [Stretch(ms(9132), ms(9292), Texture.WAIT)]
