"""A growing column of (instant, value) pairs from which old ones are forgotten. Amortised constant time."""

import numpy as np

from studio.timeline.marks import Times, Values


class SampleColumn:
    """Instants in nanoseconds and a number for each, in the order of arrival."""

    def __init__(self, capacity: int = 1024) -> None:
        self._times: Times = np.zeros(capacity, dtype=np.int64)
        self._values: Values = np.zeros(capacity, dtype=np.float32)
        self._begin = self._end = 0

    def __len__(self) -> int:
        return self._end - self._begin

    @property
    def times(self) -> Times:
        """A view, valid until the next `append`."""
        return self._times[self._begin : self._end]

    @property
    def values(self) -> Values:
        """A view, valid until the next `append`."""
        return self._values[self._begin : self._end]

    def append(self, at: int, value: float) -> None:
        """Add a pair; instants must not go backwards."""
        if self._end == self._times.size:
            self._make_room()
        self._times[self._end] = at
        self._values[self._end] = value
        self._end += 1

    def forget(self, before: int) -> None:
        """Drop the pairs of earlier instants."""
        self._begin += int(np.searchsorted(self.times, before))

    def _make_room(self) -> None:
        kept = len(self)
        capacity = self._times.size if kept <= self._times.size // 2 else 2 * self._times.size
        times, values = np.zeros(capacity, dtype=np.int64), np.zeros(capacity, dtype=np.float32)
        times[:kept], values[:kept] = self.times, self.values
        self._times, self._values, self._begin, self._end = times, values, 0, kept
