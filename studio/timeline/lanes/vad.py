"""How sure the VAD was that the user speaks, frame by frame."""

from collections.abc import Sequence

from studio.model.events import Event, UserAudio
from studio.model.time import Instant, milliseconds
from studio.timeline.marks import Level, Mark
from studio.timeline.samples import SampleColumn


class VoiceActivity:
    """The speech probability and its threshold."""

    def __init__(self) -> None:
        self._probabilities = SampleColumn()
        self._length = 1
        self._threshold = 0.5

    def on_event(self, event: Event) -> None:
        """Take in a judged frame."""
        if isinstance(event, UserAudio):
            self._length = milliseconds(event.length_ms)
            self._threshold = event.threshold
            self._probabilities.append(event.start, event.speech_probability)

    def forget(self, before: Instant) -> None:
        """Drop what ended before that moment."""
        self._probabilities.forget(before - self._length)

    def marks(self) -> Sequence[Mark]:
        """One level, once a frame has told the threshold."""
        probabilities = self._probabilities
        return [Level(probabilities.times, probabilities.values, self._length, self._threshold)]
