"""Time as a type: integer nanoseconds since the session began. Must not read any clock."""

from typing import NewType

Instant = NewType("Instant", int)
"""A moment on the session's monotonic clock, in nanoseconds since the session began."""

Duration = NewType("Duration", int)
"""A length of time in nanoseconds. May be negative when two clocks disagree."""

NS_PER_MS = 1_000_000
NS_PER_S = 1_000_000_000


def milliseconds(value: float) -> Duration:
    """The duration of `value` milliseconds."""
    return Duration(round(value * NS_PER_MS))


def to_ms(value: int) -> float:
    """An instant or duration in milliseconds, exact to the microsecond."""
    return round(value / NS_PER_MS, 3)


def of_samples(samples: int, rate_hz: int) -> Duration:
    """How long `samples` last at `rate_hz`."""
    return Duration(samples * NS_PER_S // rate_hz)


def to_samples(length: int, rate_hz: int) -> int:
    """How many whole samples at `rate_hz` fit into a duration of `length` ns."""
    return length * rate_hz // NS_PER_S


def later(moment: int, by: int) -> Instant:
    """The instant `by` nanoseconds after `moment`."""
    return Instant(moment + by)
