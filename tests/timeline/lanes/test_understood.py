from studio.model.events import Muted
from studio.model.terms import Level
from studio.model.time import Instant
from studio.model.turn_events import IntentGuessed, Routed
from studio.timeline.lanes.understood import Understanding
from studio.timeline.marks import Understood


def guess(at: int, turn: int, intent: str = "change") -> IntentGuessed:
    return IntentGuessed(Instant(at), turn, intent, 0.8, "cancel it", False, 0.1)


def choice(at: int, turn: int) -> Routed:
    return Routed(Instant(at), turn, Level.SIMPLE, "a/small", ("few words",), (), 0.9, 0.1)


def test_each_guess_and_choice_stands_beside_what_was_known_of_its_turn() -> None:
    lane = Understanding()
    booking, change, simple, other, later = (
        guess(10, 0, "booking"),
        guess(20, 0),
        choice(30, 0),
        choice(40, 1),
        guess(50, 1),
    )
    for event in (booking, change, simple, other, later):
        lane.on_event(event)
    lane.on_event(Muted(Instant(60), True))
    assert lane.marks() == [
        Understood(Instant(10), Instant(20), booking, None),
        Understood(Instant(20), Instant(30), change, None),
        Understood(Instant(30), Instant(40), change, simple),
        Understood(Instant(40), Instant(50), None, other),
        Understood(Instant(50), None, later, other),
    ]


def test_what_is_understood_last_stays_however_old_it_is() -> None:
    lane = Understanding()
    for event in (guess(10, 0), choice(30, 0)):
        lane.on_event(event)
    lane.forget(Instant(30))
    assert len(lane.marks()) == 2
    lane.forget(Instant(100))
    assert [mark.at for mark in lane.marks() if isinstance(mark, Understood)] == [30]
    lane.on_event(guess(110, 0))
    assert [mark.routed for mark in lane.marks() if isinstance(mark, Understood)] == [choice(30, 0)] * 2
