"""Order statistics of waits. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from studio.model.time import to_ms


@dataclass(frozen=True, slots=True)
class Percentiles:
    """Order statistics in milliseconds, linearly interpolated; None when there is nothing to count."""

    n: int
    p50: float | None
    p90: float | None
    p95: float | None


def percentiles(lengths: Iterable[int]) -> Percentiles:
    """Percentiles of durations in ns, in ms. No p99: it means nothing below a hundred."""
    values = [to_ms(length) for length in lengths]
    if not values:
        return Percentiles(0, None, None, None)
    p50, p90, p95 = (round(float(p), 3) for p in np.percentile(values, (50, 90, 95)))
    return Percentiles(len(values), p50, p90, p95)


def percentile(values: Sequence[float], percent: float) -> float:
    """As `np.percentile`, which takes ten times as long for a few values. There must be some."""
    ordered = sorted(values)
    place = (len(ordered) - 1) * percent / 100
    below, above = ordered[int(place)], ordered[min(int(place) + 1, len(ordered) - 1)]
    return below + (above - below) * (place - int(place))
