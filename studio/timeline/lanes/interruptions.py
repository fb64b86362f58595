"""Where the user made a sound over the agent: interruptions that cut it off, and false ones that only made it pause."""

from collections.abc import Sequence
from dataclasses import replace

from studio.model.events import AgentSilent, BargeIn, Event
from studio.model.time import Instant
from studio.model.turn_events import AgentHeld, AgentResumed
from studio.timeline.marks import Interruption, Mark


class Interruptions:
    """One mark per barge-in and per pause of the agent; a pause that ends in a barge-in is one mark."""

    def __init__(self) -> None:
        self._over: list[Interruption] = []
        self._open: dict[int, Interruption] = {}
        """By the agent's turn."""

    def on_event(self, event: Event) -> None:
        """Take in a sound over the agent and what came of it."""
        match event:
            case AgentHeld():
                self._open.setdefault(event.turn, Interruption(event.onset, None, confirmed=False))
            case BargeIn():
                self._open[event.turn] = Interruption(event.onset, None)
            case AgentResumed():
                self._end(event.turn, event.at)
            case AgentSilent():
                self._end(event.turn, event.end)
            case _:
                pass

    def _end(self, turn: int, end: Instant) -> None:
        if (mark := self._open.pop(turn, None)) is not None:
            self._over.append(replace(mark, end=end))

    def forget(self, before: Instant) -> None:
        """Drop the interruptions that were over by then."""
        self._over = [mark for mark in self._over if mark.end is None or mark.end >= before]

    def marks(self) -> Sequence[Mark]:
        """The interruptions in order."""
        return [*self._over, *self._open.values()]
