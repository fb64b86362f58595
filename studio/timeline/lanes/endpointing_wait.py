"""The silence that was waited for in each pause: until it was decided that the turn is over, or the user went on."""

from collections.abc import Sequence
from dataclasses import replace

from studio.model.events import Event, SpeechPaused, SpeechStarted, TurnCommitted, UserAudio
from studio.model.time import Instant, later, milliseconds
from studio.model.turn_events import AgentResumed, EndpointSet
from studio.timeline.marks import Mark, Stretch, Texture


class EndpointingWait:
    """One stretch per pause, as long as the timer in force; what is decided before that cuts it short.

    While nothing is decided it reaches into the future.
    """

    def __init__(self) -> None:
        self._waits: list[Stretch] = []
        self._open = False
        """The last of them is of the pause that is under way."""
        self._spoken: Instant | None = None
        """The end of the last frame of speech: what timers count from."""

    def on_event(self, event: Event) -> None:
        """Take in what tells a pause's beginning, its timer or its end."""
        match event:
            case UserAudio() if event.speech_probability >= event.threshold:
                self._spoken = later(event.start, milliseconds(event.length_ms))
            case EndpointSet():
                spoken = event.at if self._spoken is None else self._spoken
                start = self._waits.pop().start if self._open else spoken
                self._put(start, later(spoken, milliseconds(event.wait_ms)))
                self._open = True
            case SpeechPaused():
                end = self._waits.pop().end if self._open else event.at
                self._put(event.end, end or event.at)
            case SpeechStarted() | AgentResumed():
                if self._open:
                    last = self._waits.pop()
                    self._put(last.start, min(last.end or event.at, event.at))
                self._open = False
            case TurnCommitted():
                self._commit(event)
            case _:
                pass

    def _commit(self, turn: TurnCommitted) -> None:
        """A turn that a cough took back is committed again: its wait is already there."""
        if self._waits and self._waits[-1].start == turn.end:
            self._waits[-1] = replace(self._waits[-1], end=max(turn.end, turn.silence_met))
        self._open = False

    def _put(self, start: Instant, end: Instant) -> None:
        self._waits.append(Stretch(start, max(start, end), Texture.WAIT))

    def forget(self, before: Instant) -> None:
        """Drop what was over by then."""
        self._waits = [wait for wait in self._waits if wait.end is None or wait.end >= before]
        self._open = self._open and bool(self._waits)

    def marks(self) -> Sequence[Mark]:
        """The waits in order."""
        return self._waits
