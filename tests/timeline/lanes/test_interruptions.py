from studio.model.events import AgentSilent, BargeIn
from studio.model.time import Instant
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
