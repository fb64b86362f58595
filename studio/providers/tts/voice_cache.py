"""Phrases that were spoken before: the latest in memory, those that come up again on disk, where the least
recently used make way.

What is said once is never written down: only a phrase that somebody names, or that is used again.
A file's name is a hash, and two processes may share the folder. Must not know an engine.
"""

import asyncio
import math
import os
import re
import time
from collections import OrderedDict
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from studio.model.time import NS_PER_S
from studio.providers.tts.phrase import Phrase, from_bytes, to_bytes
from studio.providers.whole_file import write_whole

LIMIT_BYTES = 200_000_000
MEMORY_BYTES = 32_000_000
"""About ten minutes of speech."""
_NAME = re.compile(r"[0-9a-f]{64}(?P<half>\.\d+)?")
_AT_ONCE, _PAUSE_S = 50, 0.0005
"""After so many files the event loop, which shares the interpreter's lock, is let through: else it is late by 5 ms."""
_ROOM = 0.9
"""How much of the limit is left when something had to make way, so that it need not for each phrase."""
_HALF_IS_LOST_NS = 3600 * NS_PER_S
"""Nobody takes so long to write a file: whoever began it was killed."""
_HITS = "hits"
"""A file with a byte for each hit, so that processes can count together and nothing is lost with one of them."""

_File = tuple[Path, int, int]
"""Path, when it was used last in nanoseconds, and size."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What is on disk."""

    phrases: int
    bytes: int
    hits: int


@dataclass(slots=True)
class _Recent:
    phrase: Phrase
    on_disk: bool


class VoiceCache:
    """Keeps phrases. `find`, `put` and `trouble` are for the event loop, and never wait for the disk there."""

    def __init__(self, folder: Path, limit_bytes: int = LIMIT_BYTES, memory_bytes: int = MEMORY_BYTES) -> None:
        self.folder = folder
        self.limit_bytes = limit_bytes
        self._memory_bytes = memory_bytes
        self._recent: OrderedDict[str, _Recent] = OrderedDict()
        self._lock = Lock()
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="voice cache")
        self._trouble = ""
        self._on_disk = math.inf
        """Bytes when it was looked at last, and what was written since; another process may have written more."""

    async def find(self, key: str) -> Phrase | None:
        """The phrase that is kept under `key`, at once where it is in memory; None where there is none."""
        with self._lock:
            recent = self._recent.get(key)
        if recent is None:
            if not self._is_there(key):
                return None
            recent = await asyncio.to_thread(self._read, key)
        if recent is None:
            return None
        self._remember(key, recent)
        self._later(key, recent, hit=True)
        return recent.phrase

    def put(self, key: str, phrase: Phrase, keep: bool) -> None:
        """Remember a phrase that was spoken; on disk only if it is to be kept, or is found again."""
        recent = _Recent(phrase, on_disk=False)
        self._remember(key, recent)
        if keep:
            self._later(key, recent, hit=False)

    def preload(self, keys: Iterable[str]) -> None:
        """Bring phrases into memory, and see whether there is room for more. Blocks."""
        try:
            there = next(path for path in (self.folder, *self.folder.parents) if path.exists())
            if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
                self._failed(f"{there} cannot be written to")
            self._on_disk = math.inf
            self._writer.submit(self._make_room, 0).result()
        except OSError as error:
            self._failed(error.strerror or str(error))
        for key in keys:
            if key not in self._recent and (recent := self._read(key)) is not None:
                self._remember(key, recent)

    def flush(self) -> None:
        """Return when everything is on disk. Blocks."""
        self._writer.submit(lambda: None).result()

    def trouble(self) -> str:
        """A sentence about what could not be written since it was asked for; empty: nothing."""
        trouble, self._trouble = self._trouble, ""
        return trouble

    def contents(self) -> Contents:
        """What is on disk now. Blocks."""
        sizes = [size for _, _, size in self._files()[0]]
        hits = self.folder / _HITS
        return Contents(len(sizes), sum(sizes), hits.stat().st_size if hits.exists() else 0)

    def clear(self) -> int:
        """Remove everything; returns how many phrases there were. Blocks.

        Another process forgets a phrase that is gone the next time it uses it.

        Raises:
            OSError: a file cannot be removed.
        """
        self.flush()
        with self._lock:
            self._recent.clear()
        phrases, halves = self._files()
        for path, _, _ in (*phrases, *halves):
            path.unlink(missing_ok=True)
        (self.folder / _HITS).unlink(missing_ok=True)
        return len(phrases)

    # --- memory --------------------------------------------------------------------------------

    def _remember(self, key: str, recent: _Recent) -> None:
        with self._lock:
            self._recent[key] = recent
            self._recent.move_to_end(key)
            excess = sum(each.phrase.pcm.nbytes for each in self._recent.values()) - self._memory_bytes
            while excess > 0:
                _, oldest = self._recent.popitem(last=False)
                excess -= oldest.phrase.pcm.nbytes

    # --- disk ----------------------------------------------------------------------------------

    def _path(self, key: str) -> Path:
        return self.folder / key

    def _is_there(self, key: str) -> bool:
        try:
            return self._path(key).exists()
        except OSError:  # a folder nobody may enter: `preload` has told
            return False

    def _read(self, key: str) -> _Recent | None:
        path = self._path(key)
        try:
            data = path.read_bytes()
        except OSError:
            return None  # nobody has spoken it, or another process has just removed it
        phrase = from_bytes(key, data)
        if phrase is None:
            with suppress(OSError):  # where it may not be removed it stays a miss
                path.unlink()
            return None
        return _Recent(phrase, on_disk=True)

    def _later(self, key: str, recent: _Recent, hit: bool) -> None:
        # What the writer did not expect is logged by the future, and costs nobody a call.
        self._writer.submit(self._keep, key, recent, hit).add_done_callback(Future.result)

    def _keep(self, key: str, recent: _Recent, hit: bool) -> None:
        """In the writer's thread: the phrase was spoken or used just now."""
        try:
            if not recent.on_disk:
                self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # what agents say is its user's alone
                write_whole(self._path(key), data := to_bytes(key, recent.phrase))
                recent.on_disk = True
                self._touch(key)
                self._make_room(len(data))
            elif not self._touch(key):
                with self._lock:
                    self._recent.pop(key, None)  # somebody has cleared the cache, and means this one, too
                return
            if hit:
                with (self.folder / _HITS).open("ab") as hits:
                    hits.write(b".")
        except OSError as error:
            self._failed(error.strerror or str(error))

    def _failed(self, why: str) -> None:
        self._trouble = f"Phrases cannot be kept in {self.folder}: {why}."

    def _touch(self, key: str) -> bool:
        """It was used last of all; False where it is gone."""
        now = time.time_ns()  # the file system's own time is too coarse to tell what came first
        try:
            os.utime(self._path(key), ns=(now, now))
        except FileNotFoundError:
            return False
        return True

    def _make_room(self, written: int) -> None:
        """Look over the disk only when it may be full: with thousands of files that keeps the event loop waiting."""
        self._on_disk += written
        if self._on_disk <= self.limit_bytes:
            return
        phrases, halves = self._files()
        self._on_disk = sum(size for _, _, size in phrases)
        if self._on_disk > self.limit_bytes:
            for path, _, size in sorted(phrases, key=lambda file: file[1]):
                if self._on_disk <= self.limit_bytes * _ROOM:
                    break
                path.unlink(missing_ok=True)
                self._on_disk -= size
        lost_ns = time.time_ns() - _HALF_IS_LOST_NS
        for path, began_ns, _ in halves:
            if began_ns < lost_ns:
                path.unlink(missing_ok=True)

    def _files(self) -> tuple[list[_File], list[_File]]:
        """The phrases, and what is being written or was left half-way."""
        phrases: list[_File] = []
        halves: list[_File] = []
        with os.scandir(self.folder) if self.folder.is_dir() else nullcontext(()) as entries:
            for number, entry in enumerate(entries):
                if number % _AT_ONCE == 0:
                    time.sleep(_PAUSE_S)
                if (name := _NAME.fullmatch(entry.name)) is None:
                    continue
                with suppress(FileNotFoundError):  # another process has just removed it, or put it in its place
                    about = entry.stat()
                    found = (Path(entry.path), about.st_mtime_ns, about.st_size)
                    (phrases if name["half"] is None else halves).append(found)
        return phrases, halves
