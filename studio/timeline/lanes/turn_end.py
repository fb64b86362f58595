"""How likely the user's turn was over: what the turn detector thought, and what all that was known amounts to."""

from collections.abc import Sequence

from studio.model.events import Event, TurnJudged
from studio.model.time import Instant
from studio.model.turn_events import EndpointSet
from studio.timeline.marks import Mark, Point

_UNSEEN = 0.02
"""Words that move the detector's probability by less cannot be seen."""


class TurnEnd:
    """A point per judgement, and another where the words or the vendor moved it."""

    def __init__(self) -> None:
        self._points: list[Point] = []
        self._threshold = 0.5

    def on_event(self, event: Event) -> None:
        """Take in a judgement."""
        match event:
            case TurnJudged():
                self._threshold = event.threshold
                self._points.append(Point(event.at, event.probability, event.threshold))
            case EndpointSet(probability=float(fused), detector=float(detector)) if abs(fused - detector) > _UNSEEN:
                self._points.append(Point(event.at, fused, self._threshold, fused=True))
            case _:
                pass

    def forget(self, before: Instant) -> None:
        """Drop earlier judgements."""
        self._points = [point for point in self._points if point.at >= before]

    def marks(self) -> Sequence[Mark]:
        """The points in order."""
        return self._points
