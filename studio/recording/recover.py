"""Makes an unclosed session readable for programs that know less than the studio's reader.

Every step is small, repeats without effect, and leaves a readable session if it is cut short. Must
not invent anything: no event is added, so the session still says that it was not closed.
"""

import os
from collections.abc import Iterator
from io import FileIO
from pathlib import Path

from studio.model.errors import SessionError
from studio.recording import EVENTS_FILE, disk
from studio.recording.checked_json import LONGEST_LINE, decode
from studio.recording.reader import open_session
from studio.recording.tracks import WAV_HEADER_BYTES, RecordedTrack, wav_header


def recover(folder: Path) -> list[str]:
    """Repair a session in place; a sentence for each repair, none for a session that needs none.

    Raises:
        SessionError: it is no session, is still being recorded, or may not be written.
    """
    session = open_session(folder)
    try:
        with FileIO(folder / EVENTS_FILE, "a+") as events:
            if not disk.lock(events):
                raise SessionError(f"{folder} is still being recorded; recover it when the call is over.")
            repairs = [*_complete_last_line(events)]
            for track in session.tracks.values():
                if track.path.suffix == ".wav":
                    repairs += _repair_wav(track)
            repairs += _remove_leftovers(folder)
    except OSError as error:
        raise SessionError(f"{folder} cannot be repaired: {error.strerror}.") from error
    return repairs


def _complete_last_line(events: FileIO) -> Iterator[str]:
    """Cut off a torn last line; complete one that lacks only its end."""
    size = events.seek(0, os.SEEK_END)
    start = _start_of_last_line(events, size)
    if start == size:
        return
    events.seek(start)
    try:
        decode(events.read(LONGEST_LINE) or b"")
    except SessionError:
        events.truncate(start)
        yield f"Cut off {size - start} bytes of a torn line at the end of {EVENTS_FILE}."
    else:
        disk.append(events, b"\n")
        yield f"Completed the last line of {EVENTS_FILE}."
    disk.flush(events)


def _start_of_last_line(events: FileIO, size: int) -> int:
    """The byte after the last line end."""
    end = size
    while end > 0:
        start = max(0, end - LONGEST_LINE)
        events.seek(start)
        found = (events.read(end - start) or b"").rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0


def _repair_wav(track: RecordedTrack) -> Iterator[str]:
    header = wav_header(track.rate_hz, track.length)
    size = WAV_HEADER_BYTES + 2 * track.length
    with FileIO(track.path, "r+") as file:
        if file.read(WAV_HEADER_BYTES) == header and track.path.stat().st_size == size:
            return
        disk.write_at(file, 0, header)
        file.truncate(size)
        disk.flush(file)
    yield f"Brought the header of {track.path.name} up to its sound: {track.length / track.rate_hz:.1f} s."


def _remove_leftovers(folder: Path) -> Iterator[str]:
    """What an interrupted compression left: an unfinished file, or a whole one beside its original."""
    finished = [flac for flac in folder.glob("*.flac") if flac.with_suffix(".wav").exists()]
    for path in (*folder.glob(f"*{disk.PART}"), *finished):
        path.unlink()
        yield f"Removed {path.name}, left by an interrupted compression."
