from studio.model.events import TurnJudged
from studio.model.time import Instant
from studio.timeline.lanes.turn_end import TurnEnd
from studio.timeline.marks import Point


def test_one_point_per_judgement_until_forgotten() -> None:
    lane = TurnEnd()
    lane.on_event(TurnJudged(Instant(30), 1, Instant(5), 0.2, 0.5))
    lane.on_event(TurnJudged(Instant(60), 1, Instant(40), 0.9, 0.5))
    assert lane.marks() == [Point(Instant(30), 0.2, 0.5), Point(Instant(60), 0.9, 0.5)]
    lane.forget(Instant(31))
    assert lane.marks() == [Point(Instant(60), 0.9, 0.5)]
