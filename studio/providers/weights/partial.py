"""A weight file on its way: it gets its final name only when it is complete and its sha256 is the published one.

Knows nothing of where the bytes come from. What has arrived of a correct file is its beginning whichever place sent it,
so an interrupted file can be continued by another place.
"""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Self

from studio.providers.weights.manifest import WeightFile


class PlaceError(Exception):
    """Why one place did not give the file; the next one may."""


class PartialFile:
    """`<target>.partial`, kept on failure so that the next attempt continues; use as a context manager."""

    def __init__(self, target: Path, file: WeightFile, on_size: Callable[[int], None]) -> None:
        """`on_size` hears the bytes that have arrived, each time that they change."""
        self.file = file
        self.size = 0
        self._target = target
        self._path = target.with_name(target.name + ".partial")
        self._on_size = on_size
        self._hash = hashlib.sha256()

    def __enter__(self) -> Self:
        self._target.parent.mkdir(parents=True, exist_ok=True)
        self._stream = self._path.open("a+b")
        self._stream.seek(0)
        while chunk := self._stream.read(1 << 20):
            self._count(chunk)
        if self.size > self.file.size:
            self.restart()
        return self

    def __exit__(self, *error: object) -> None:
        self._stream.close()

    def append(self, chunk: bytes) -> None:
        """Adds bytes; PlaceError where the place sends more than the file has."""
        if self.size + len(chunk) > self.file.size:
            self.restart()
            raise PlaceError(f"sent more than the {self.file.size} bytes of {self.file.path}")
        self._stream.write(chunk)
        self._count(chunk)

    def restart(self) -> None:
        """Forgets what has arrived."""
        self._stream.truncate(0)
        self.size = 0
        self._hash = hashlib.sha256()
        self._on_size(0)

    def finish(self) -> None:
        """Gives the file its name; PlaceError, and nothing is kept, where it is not the published file."""
        if self.size < self.file.size:
            raise PlaceError(f"sent {self.size} of the {self.file.size} bytes of {self.file.path}")
        if self._hash.hexdigest() != self.file.sha256:
            self.restart()
            raise PlaceError(f"sent a changed {self.file.path}: its sha256 is not the published one")
        self._stream.flush()
        os.fsync(self._stream.fileno())  # the name must not survive a power cut that the bytes did not
        self._stream.close()
        self._path.replace(self._target)

    def _count(self, chunk: bytes) -> None:
        self._hash.update(chunk)
        self.size += len(chunk)
        self._on_size(self.size)
