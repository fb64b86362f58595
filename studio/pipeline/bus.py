"""One stream of events and audio, many readers. Publishing is synchronous and never blocks."""

from typing import Protocol

from studio.model.audio import AudioBlock
from studio.model.events import Event
from studio.model.terms import Track


class Subscriber(Protocol):
    """Something that reads a call: recorder, window, report. Must return at once and must not raise."""

    def on_event(self, event: Event) -> None:
        """An event happened."""

    def on_audio(self, track: Track, block: AudioBlock, rate_hz: int) -> None:
        """A block of audio at `rate_hz` was captured, synthesised or played."""


class Bus:
    """Hands every event and audio block to every subscriber, in the order of subscribing."""

    def __init__(self) -> None:
        self._subscribers: list[Subscriber] = []

    def subscribe(self, subscriber: Subscriber) -> None:
        """From now on `subscriber` is told everything."""
        self._subscribers.append(subscriber)

    def publish(self, event: Event) -> None:
        """Tell everyone about an event."""
        for subscriber in self._subscribers:
            subscriber.on_event(event)

    def audio(self, track: Track, block: AudioBlock, rate_hz: int) -> None:
        """Hand everyone a block of audio."""
        for subscriber in self._subscribers:
            subscriber.on_audio(track, block, rate_hz)
