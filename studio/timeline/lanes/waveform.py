"""How loud the user and the agent were. Knows events only, not audio files."""

from collections.abc import Sequence

from studio.model.events import AgentAudio, Event, UserAudio
from studio.model.time import Instant, milliseconds
from studio.timeline.marks import Mark, Wave
from studio.timeline.samples import SampleColumn


class Waveform:
    """Peaks of one side of the call."""

    def __init__(self, side: type[UserAudio] | type[AgentAudio]) -> None:
        self._side = side
        self._peaks = SampleColumn()
        self._length = 1

    def on_event(self, event: Event) -> None:
        """Take in a block of that side."""
        if isinstance(event, UserAudio | AgentAudio) and isinstance(event, self._side):
            self._length = milliseconds(event.length_ms)
            self._peaks.append(event.start, event.peak)

    def forget(self, before: Instant) -> None:
        """Drop what ended before that moment."""
        self._peaks.forget(before - self._length)

    def marks(self) -> Sequence[Mark]:
        """One wave."""
        return [Wave(self._peaks.times, self._peaks.values, self._length)]
