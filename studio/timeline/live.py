"""The lanes of a running call, of which only the last seconds are kept."""

from collections.abc import Iterator, Sequence

from studio.model.events import Event
from studio.model.time import NS_PER_S, Duration, Instant
from studio.timeline.catalog import LANES, Entry, Lane
from studio.timeline.marks import Mark
from studio.timeline.viewport import Viewport

LIVE_WINDOW = Duration(30 * NS_PER_S)
"""How much of a running call is shown."""


class LiveTimeline:
    """Takes in events as they happen; its cost per event does not grow with the call."""

    def __init__(self, window: Duration = LIVE_WINDOW, entries: Sequence[Entry] = LANES) -> None:
        self._window = window
        self._lanes: list[tuple[Entry, Lane]] = [(entry, entry.make()) for entry in entries]
        self._now = Instant(0)
        self._forgotten = Instant(0)

    @property
    def now(self) -> Instant:
        """The latest moment anything is known of: the right edge."""
        return self._now

    def on_event(self, event: Event) -> None:
        """Take in the next event."""
        for _, lane in self._lanes:
            lane.on_event(event)
        self._now = max(self._now, event.at)
        begin = Instant(self._now - self._window)
        if begin - self._forgotten >= NS_PER_S:
            self._forgotten = begin
            for _, lane in self._lanes:
                lane.forget(begin)

    def viewport(self, width: float) -> Viewport:
        """The last seconds on `width` pixels."""
        return Viewport(Instant(self._now - self._window), self._now, width)

    def lanes(self) -> Iterator[tuple[Entry, Sequence[Mark]]]:
        """Each lane with its marks, from top to bottom."""
        for entry, lane in self._lanes:
            yield entry, lane.marks()
