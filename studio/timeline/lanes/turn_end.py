"""How likely the turn detector thought that the user's turn was over, each time it was asked."""

from collections.abc import Sequence

from studio.model.events import Event, TurnJudged
from studio.model.time import Instant
from studio.timeline.marks import Mark, Point


class TurnEnd:
    """One point per judgement."""

    def __init__(self) -> None:
        self._points: list[Point] = []

    def on_event(self, event: Event) -> None:
        """Take in a judgement."""
        if isinstance(event, TurnJudged):
            self._points.append(Point(event.at, event.probability, event.threshold))

    def forget(self, before: Instant) -> None:
        """Drop earlier judgements."""
        self._points = [point for point in self._points if point.at >= before]

    def marks(self) -> Sequence[Mark]:
        """The points in order."""
        return self._points
