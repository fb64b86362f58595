"""Where the samples of a device lie in the session's time. Pure arithmetic; must not read any clock."""

from collections import deque

from studio.model.time import NS_PER_S, Instant, milliseconds, of_samples, to_samples

_OFFSETS = 200
"""1 or 2 s of blocks: long enough to meet one that was not held up, short enough to follow a clock that is set."""

_ABSURD_S = 2.0
_FOLLOW = 0.02
"""Share of an error taken over per block: a time constant of half a second where it is of 10 ms."""
_FASTEST_NS = milliseconds(1)
"""A block's time moves by at most this, so that times never run backwards."""
_SURE_GAP_NS = milliseconds(5)
_UNSURE_GAP_NS = milliseconds(60)
"""Above the jitter of what devices tell (5 ms measured, with pulse), below any gap worth hearing twice."""


class DeviceTime:
    """PortAudio's times on the session's clock.

    Both clocks are read in the callback, PortAudio's first. Whatever holds the callback up in between
    (the GIL, the scheduler) only ever makes the difference larger, so the smallest of the last blocks is true.
    """

    def __init__(self, latency_s: float) -> None:
        """`latency_s`, from callback to device (negative: back), is used where the device tells no time."""
        self._latency_ns = round(latency_s * NS_PER_S)
        self._offsets: deque[int] = deque(maxlen=_OFFSETS)

    def at_device(self, called: Instant, stream_now: float, stream_at: float) -> Instant:
        """When the block's first sample is at the device; the last two are PortAudio's times in seconds."""
        ahead_s = stream_at - stream_now
        if stream_now == 0 or stream_at == 0 or abs(ahead_s) > _ABSURD_S:
            return Instant(called + self._latency_ns)
        now = round(stream_now * NS_PER_S)
        self._offsets.append(called - now)
        return Instant(now + min(self._offsets) + round(ahead_s * NS_PER_S))


class TrackClock:
    """The time of each sample of a track: follows the device's drift smoothly, and finds gaps."""

    def __init__(self, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self._zero: int | None = None

    def at(self, position: int) -> Instant:
        """When the sample at `position` is at the device; only after the first `missing_before`."""
        assert self._zero is not None
        return Instant(self._zero + of_samples(position, self._rate_hz))

    def missing_before(self, position: int, measured: Instant, interrupted: bool) -> int:
        """How many samples are missing if what comes next, at `position`, was measured to be at `measured`.

        `interrupted`: the device said that samples were lost, or it is another device now.
        """
        if self._zero is None:
            self._zero = measured - of_samples(position, self._rate_hz)
            return 0
        error = measured - self.at(position)
        if error > (_SURE_GAP_NS if interrupted else _UNSURE_GAP_NS):
            return to_samples(error, self._rate_hz)
        self._zero += max(-_FASTEST_NS, min(_FASTEST_NS, round(error * _FOLLOW)))
        return 0
