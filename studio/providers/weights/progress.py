"""How far a fetch is: adds up what has arrived over files and sets. Knows nothing of how it is shown."""

from collections.abc import Callable

Progress = Callable[[int, int, str], None]
"""Hears bytes done, bytes in total, and the name of the set that is being fetched."""


class Tally:
    """Adds up what has arrived over files and sets."""

    def __init__(self, total: int, progress: Progress) -> None:
        self._total = total
        self._progress = progress
        self._done = 0

    def file_size(self, label: str, size: int) -> None:
        """The file under way has `size` bytes."""
        self._progress(self._done + size, self._total, label)

    def file_done(self, size: int) -> None:
        """The file under way is complete; the next one starts at 0."""
        self._done += size
