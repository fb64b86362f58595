"""Which stretch of time is visible on how many pixels, and what of dense samples can be seen at that scale.

Pure arithmetic; knows no widget.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from studio.model.time import NS_PER_S, Instant
from studio.timeline.marks import Times, Values

Pixels = npt.NDArray[np.float64]
"""Horizontal positions in pixels from the left edge of the visible stretch."""

_TICK_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600)


@dataclass(frozen=True, slots=True)
class Viewport:
    """The visible stretch `start` to `end` on `width` pixels."""

    start: Instant
    end: Instant
    width: float

    @property
    def ns_per_pixel(self) -> float:
        """How much time one pixel covers, in nanoseconds."""
        return max(1, self.end - self.start) / max(1.0, self.width)

    def x(self, moment: int) -> float:
        """The pixel position of an instant; outside 0..width when it is not visible."""
        return (moment - self.start) / self.ns_per_pixel

    def xs(self, moments: Times) -> Pixels:
        """The pixel positions of many instants."""
        positions: Pixels = (moments - self.start) / self.ns_per_pixel
        return positions

    def moment(self, x: float) -> Instant:
        """The instant at a pixel position."""
        return Instant(round(self.start + x * self.ns_per_pixel))

    def shows(self, start: int, end: int) -> bool:
        """Whether any of that stretch is visible."""
        return end >= self.start and start <= self.end

    def loudest(self, starts: Times, values: Values, length: int) -> tuple[Times, Values, int]:
        """Stretches of `length` ns thinned to at most one a pixel, each the maximum of those it stands for.

        The grid is fixed to the session's time, not to the viewport, so that bars do not flicker while it moves.
        """
        first, last = np.searchsorted(starts, (self.start - length, self.end))
        starts, values = starts[first:last], values[first:last]
        cell = int(np.ceil(self.ns_per_pixel))
        if starts.size == 0 or cell <= length:
            return starts, values, length
        cells = starts // cell
        heads = np.flatnonzero(np.diff(cells, prepend=cells[0] - 1))
        return cells[heads] * cell, np.maximum.reduceat(values, heads), cell

    def ticks(self, spacing: float = 80.0) -> list[Instant]:
        """Round instants at least `spacing` pixels apart."""
        wanted = spacing * self.ns_per_pixel / NS_PER_S
        step = next((s for s in _TICK_STEPS_S if s >= wanted), _TICK_STEPS_S[-1]) * NS_PER_S
        first = -(-self.start // step) * step
        return [Instant(moment) for moment in range(first, self.end + 1, step)]
