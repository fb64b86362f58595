"""Where sessions are kept, what a new one is called, and which ones there are.

Reads headers and skims events, so that a long list comes up at once. Must not know what is done with them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from mmap import ACCESS_READ, mmap
from pathlib import Path

from studio.model.errors import SessionError
from studio.model.time import Duration
from studio.recording import EVENTS_FILE
from studio.recording.checked_json import decode
from studio.recording.reader import read_header

_TAIL_BYTES = 1 << 16
_COMMITTED = re.compile(rb'^\{"event":"TurnCommitted","at":\d+,"turn":(\d+),', re.MULTILINE)
_ENDED = re.compile(rb'^\{"event":"CallEnded",', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class SessionSummary:
    """One line of the list of sessions."""

    folder: Path
    started: datetime
    title: str
    """The preset's title, empty where it has none."""
    length: Duration
    """Time of the last whole event."""
    turns: int
    """Turns the user took."""
    closed: bool
    """False: broke off, or still being recorded."""
    problem: str | None = None
    """Why the session cannot be opened; everything else is then unknown."""


def new_folder(parent: Path, started: datetime, preset: str) -> Path:
    """A folder for a session that begins now, such as `2026-11-23T22-05-01-embedded`; nothing is created."""
    words = re.sub(r"[^a-z0-9]+", "-", preset.lower()).strip("-")[:40] or "call"
    return unused(parent / f"{started:%Y-%m-%dT%H-%M-%S}-{words}")


def unused(folder: Path) -> Path:
    """`folder`, with a number behind its name if that is taken."""
    free, number = folder, 2
    while free.exists():
        free, number = folder.with_name(f"{folder.name}-{number}"), number + 1
    return free


def list_sessions(parent: Path) -> list[SessionSummary]:
    """Every session in `parent`, itself included where it is one, the newest first; none if the folder is missing.

    Raises:
        SessionError: the folder may not be read.
    """
    try:
        folders = [path for path in parent.iterdir() if path.is_dir() and not path.name.startswith(".")]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise SessionError(f"{parent} cannot be read: {error.strerror}.") from error
    found = [_summary(folder) for folder in [parent, *folders] if (folder / EVENTS_FILE).is_file()]
    return sorted(found, key=lambda summary: summary.started, reverse=True)


def _summary(folder: Path) -> SessionSummary:
    changed = datetime.fromtimestamp(folder.stat().st_mtime).astimezone()
    try:
        header = read_header(folder).header
        turns, ends, length = _skim(folder / EVENTS_FILE)
    except SessionError as error:
        return SessionSummary(folder, changed, "", Duration(0), 0, closed=False, problem=str(error))
    except OSError as error:
        return SessionSummary(folder, changed, "", Duration(0), 0, closed=False, problem=f"{folder}: {error.strerror}.")
    return SessionSummary(folder, header.started, str(header.preset.get("title", "")), length, turns, closed=ends > 0)


def _skim(path: Path) -> tuple[int, int, Duration]:
    """Turns, ends, and the time of the last whole line, without parsing the rest."""
    if path.stat().st_size == 0:
        return 0, 0, Duration(0)
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as text:
        turns = {match[1] for match in _COMMITTED.finditer(text)}  # one that was taken back is committed again
        ends = sum(1 for _ in _ENDED.finditer(text))
        lines = text[-_TAIL_BYTES:].splitlines()
    length = next(_times(reversed(lines)), Duration(0))
    return len(turns), ends, length


def _times(lines: Iterator[bytes]) -> Iterator[Duration]:
    for line in lines:
        try:
            yield Duration(int(decode(line)["at"]))
        except (SessionError, KeyError, TypeError, ValueError):
            continue
