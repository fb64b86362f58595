"""Where the user cut the agent off, from the first sound of the user to the last of the agent."""

from collections.abc import Sequence
from dataclasses import replace

from studio.model.events import AgentSilent, BargeIn, Event
from studio.model.time import Instant
from studio.timeline.marks import Interruption, Mark


class Interruptions:
    """One mark per barge-in."""

    def __init__(self) -> None:
        self._marks: dict[int, Interruption] = {}

    def on_event(self, event: Event) -> None:
        """Take in a barge-in and the silence that follows it."""
        match event:
            case BargeIn():
                self._marks[event.turn] = Interruption(event.onset, None)
            case AgentSilent() if event.turn in self._marks:
                self._marks[event.turn] = replace(self._marks[event.turn], end=event.end)
            case _:
                pass

    def forget(self, before: Instant) -> None:
        """Drop the interruptions that were over by then."""
        self._marks = {turn: mark for turn, mark in self._marks.items() if mark.end is None or mark.end >= before}

    def marks(self) -> Sequence[Mark]:
        """The interruptions in order."""
        return list(self._marks.values())
