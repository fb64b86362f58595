from studio.model.events import TurnJudged
from studio.model.time import Instant
from studio.model.turn_events import EndpointSet
from studio.timeline.lanes.turn_end import TurnEnd
from studio.timeline.marks import Point


def weighed(at: int, probability: float | None, detector: float | None) -> EndpointSet:
    return EndpointSet(Instant(at), 1, 160.0, probability, detector, -2.5, "unfinished words")


def test_one_point_per_judgement_until_forgotten() -> None:
    lane = TurnEnd()
    lane.on_event(TurnJudged(Instant(30), 1, Instant(5), 0.2, 0.5))
    lane.on_event(TurnJudged(Instant(60), 1, Instant(40), 0.9, 0.5))
    assert lane.marks() == [Point(Instant(30), 0.2, 0.5), Point(Instant(60), 0.9, 0.5)]
    lane.forget(Instant(31))
    assert lane.marks() == [Point(Instant(60), 0.9, 0.5)]


def test_what_the_words_make_of_it_is_a_point_of_its_own_on_the_same_threshold() -> None:
    lane = TurnEnd()
    lane.on_event(weighed(20, None, None))
    lane.on_event(TurnJudged(Instant(30), 1, Instant(5), 0.9, 0.4))
    lane.on_event(weighed(30, 0.91, 0.9))  # nobody could tell the two apart
    lane.on_event(weighed(50, 0.42, 0.9))
    assert lane.marks() == [Point(Instant(30), 0.9, 0.4), Point(Instant(50), 0.42, 0.4, fused=True)]
