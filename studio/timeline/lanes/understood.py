"""What was understood of the user's words: the intent as it is guessed, and the model chosen for it with the reason."""

from collections.abc import Sequence
from dataclasses import replace

from studio.model.events import Event
from studio.model.time import Instant
from studio.model.turn_events import IntentGuessed, Routed
from studio.timeline.marks import Mark, Understood


class Understanding:
    """A text per guess and choice, each beside what was already understood of its turn."""

    def __init__(self) -> None:
        self._texts: list[Understood] = []

    def on_event(self, event: Event) -> None:
        """Take in a guess or a choice."""
        match event:
            case IntentGuessed():
                self._put(event.at, event, self._last(event.turn).routed)
            case Routed():
                self._put(event.at, self._last(event.turn).intent, event)
            case _:
                pass

    def _last(self, turn: int) -> Understood:
        """What is understood of this turn."""
        if self._texts:
            last = self._texts[-1]
            if any(known is not None and known.turn == turn for known in (last.intent, last.routed)):
                return last
        return Understood(Instant(0), None, None, None)

    def _put(self, at: Instant, intent: IntentGuessed | None, routed: Routed | None) -> None:
        if self._texts:
            self._texts[-1] = replace(self._texts[-1], end=at)
        self._texts.append(Understood(at, None, intent, routed))

    def forget(self, before: Instant) -> None:
        """Drop what something else had been understood instead of by then."""
        self._texts = [text for text in self._texts if text.end is None or text.end >= before]

    def marks(self) -> Sequence[Mark]:
        """The texts in order."""
        return self._texts
