from studio.model.events import AgentSilent, BargeIn
from studio.model.terms import FalseInterruption
from studio.model.time import Instant
from studio.model.turn_events import AgentHeld, AgentResumed
from studio.timeline.lanes.interruptions import Interruptions
from studio.timeline.marks import Interruption


def silent(turn: int, end: int) -> AgentSilent:
    return AgentSilent(Instant(end + 5), turn, Instant(end), "", True)


def test_lasts_until_the_agent_is_silent() -> None:
    lane = Interruptions()
    lane.on_event(BargeIn(Instant(120), 4, Instant(100)))
    assert lane.marks() == [Interruption(Instant(100), None)]
    lane.on_event(silent(3, 150))  # another turn's end is not its end
    assert lane.marks() == [Interruption(Instant(100), None)]
    lane.on_event(silent(4, 290))
    assert lane.marks() == [Interruption(Instant(100), Instant(290))]


def held(at: int, onset: int) -> AgentHeld:
    return AgentHeld(Instant(at), 4, Instant(onset))


def resumed(at: int) -> AgentResumed:
    return AgentResumed(Instant(at), 4, FalseInterruption.BACKCHANNEL, "mm-hm")


def test_a_pause_of_the_agent_is_no_interruption_until_it_is_decided() -> None:
    lane = Interruptions()
    lane.on_event(held(120, 100))
    assert lane.marks() == [Interruption(Instant(100), None, confirmed=False)]
    lane.on_event(held(150, 100))  # the user made another sound meanwhile
    lane.on_event(BargeIn(Instant(200), 4, Instant(100)))
    assert lane.marks() == [Interruption(Instant(100), None)]
    lane.on_event(silent(4, 130))
    assert lane.marks() == [Interruption(Instant(100), Instant(130))]


def test_false_interruptions_stay_beside_the_one_that_was_real() -> None:
    lane = Interruptions()
    lane.on_event(resumed(50))  # words too few to make it pause: nothing was heard of that
    for event in (held(120, 100), resumed(300), held(520, 500), BargeIn(Instant(600), 4, Instant(500)), silent(4, 530)):
        lane.on_event(event)
    real = Interruption(Instant(500), Instant(530))
    assert lane.marks() == [Interruption(Instant(100), Instant(300), confirmed=False), real]
    lane.forget(Instant(301))
    assert lane.marks() == [real]


def test_an_agent_that_ends_by_itself_is_not_interrupted() -> None:
    lane = Interruptions()
    lane.on_event(silent(1, 50))
    assert lane.marks() == []


def test_what_still_lasts_is_not_forgotten() -> None:
    lane = Interruptions()
    lane.on_event(BargeIn(Instant(10), 1, Instant(5)))
    lane.on_event(silent(1, 20))
    lane.on_event(BargeIn(Instant(40), 2, Instant(30)))
    lane.forget(Instant(1000))
    assert lane.marks() == [Interruption(Instant(30), None)]
