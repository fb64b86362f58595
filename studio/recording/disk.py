"""The few things the recorder asks of a file system: append, flush, replace, lock.

Must not know what is written. Files are unbuffered: what a call here returned from survives kill -9.
"""

import os
import sys
from contextlib import suppress
from io import FileIO
from pathlib import Path

PART = ".part"
"""Ending of files that are not finished; readers ignore them, recovery removes them."""

_LOCKED_BYTE = 1 << 62
"""Far behind any content: Windows locks forbid reading what they cover."""

_flush = getattr(os, "fdatasync", os.fsync)


def append(file: FileIO, data: bytes) -> None:
    """Write all of `data` at the file's position, or raise OSError."""
    rest = memoryview(data)
    while rest:
        rest = rest[file.write(rest) :]


def write_at(file: FileIO, position: int, data: bytes) -> None:
    """Write all of `data` at a byte position; a gap before it reads as zeros and costs no disk."""
    file.seek(position)
    append(file, data)


def flush(file: FileIO) -> None:
    """Return when the content is on the disk itself and survives a power cut."""
    _flush(file.fileno())


def flush_folder(folder: Path) -> None:
    """Return when the folder's names are on the disk itself. Windows has no such call and needs none."""
    if sys.platform != "win32":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def replace(path: Path, data: bytes) -> None:
    """Put `data` under `path` so that at any moment it holds the old content or the new, whole."""
    part = path.with_name(path.name + PART)
    with FileIO(part, "w") as file:
        append(file, data)
        flush(file)
    part.replace(path)
    flush_folder(path.parent)


def lock(file: FileIO) -> bool:
    """Take the lock that tells other programs "being recorded"; False where another one holds it.

    The system frees it when the holder closes the file, ends or dies. File systems without locks
    (some network drives) count as not locked: a recording must work there too.
    """
    try:
        if sys.platform == "win32":
            import msvcrt

            file.seek(_LOCKED_BYTE)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:
        return True
    return True


def locked(path: Path) -> bool:
    """Whether another program is recording into `path`."""
    with suppress(OSError), FileIO(path) as file:
        return not lock(file)
    return False
