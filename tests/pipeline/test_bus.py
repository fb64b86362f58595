from studio.model.audio import AudioBlock, silence
from studio.model.events import CallEnded, Event, Muted
from studio.model.terms import Track
from studio.model.time import Instant
from studio.pipeline.bus import Bus


class Reader:
    def __init__(self, name: str, seen: list[tuple[str, object]]) -> None:
        self._name = name
        self._seen = seen

    def on_event(self, event: Event) -> None:
        self._seen.append((self._name, event))

    def on_audio(self, track: Track, block: AudioBlock, rate_hz: int) -> None:
        self._seen.append((self._name, (track, block.position, rate_hz)))


def test_everyone_is_told_everything_in_order() -> None:
    seen: list[tuple[str, object]] = []
    bus = Bus()
    muted, ended = Muted(Instant(1), True), CallEnded(Instant(2), "hung_up")
    bus.publish(muted)  # nobody listens yet
    bus.subscribe(Reader("first", seen))
    bus.subscribe(Reader("second", seen))
    bus.publish(muted)
    bus.audio(Track.USER, AudioBlock(silence(160), 320, Instant(2)), 16_000)
    bus.publish(ended)
    for name in ("first", "second"):
        assert [what for who, what in seen if who == name] == [muted, (Track.USER, 320, 16_000), ended]
    assert [who for who, _ in seen] == ["first", "second"] * 3
