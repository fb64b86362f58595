"""Opens a session folder, closed or not, whole or damaged, and never writes.

What can be read is read; what cannot is named. Must not know what a session is opened for.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from studio.model.errors import SessionError
from studio.model.event_json import from_json
from studio.model.events import CallEnded, Event, RecordingSwitched, TrackStarted
from studio.model.session import SESSION_FORMAT, Header
from studio.model.terms import Track
from studio.model.time import NS_PER_S, Duration
from studio.recording import EVENTS_FILE, HEADER_FILE, disk
from studio.recording.checked_json import LONGEST_LINE, decode, parse
from studio.recording.migrate import Migration
from studio.recording.tracks import RecordedTrack, open_flac, open_wav

_NAMED_DAMAGES = 100


@dataclass(frozen=True, slots=True)
class Session:
    """A recorded call."""

    folder: Path
    header: Header
    events: tuple[Event, ...]
    """In the order in which they were published."""
    tracks: Mapping[Track, RecordedTrack]
    """The tracks that are there; sound stays on disk until it is read."""
    recovered: str | None
    """None for a call that ended in order; else a sentence that says what state this is."""
    damage: tuple[str, ...]
    """A sentence for everything that could not be read."""

    @property
    def length(self) -> Duration:
        """Time of the last event."""
        return Duration(self.events[-1].at if self.events else 0)


class OpenedHeader(NamedTuple):
    """A session's header, and how its events are to be read."""

    header: Header
    migration: Migration
    damage: str | None
    """A sentence where the file is not as it was written."""


@dataclass(slots=True)
class _Damage:
    named: list[str] = field(default_factory=list)
    unnamed: int = 0

    def add(self, sentence: str) -> None:
        if len(self.named) < _NAMED_DAMAGES:
            self.named.append(sentence)
        else:
            self.unnamed += 1

    def sentences(self) -> tuple[str, ...]:
        more = [f"There are {self.unnamed} more damages."] if self.unnamed else []
        return (*self.named, *more)


def open_session(folder: Path) -> Session:
    """Read a session's header and events; its tracks are opened, not read.

    Raises:
        SessionError: no session is there, it may not be read, or a newer studio wrote it.
    """
    damage = _Damage()
    events_file = folder / EVENTS_FILE
    try:
        header, migration, header_damage = read_header(folder)
        if header_damage:
            damage.add(header_damage)
        events = tuple(_read_events(events_file, migration, damage))
        tracks = dict(_open_tracks(folder, header, events, damage))
    except OSError as error:
        raise SessionError(f"{folder} cannot be read: {error.strerror}.") from error
    return Session(folder, header, events, tracks, _state(events_file, events), damage.sentences())


def read_header(folder: Path) -> OpenedHeader:
    """A session's header; one that is damaged beyond reading is replaced by `Header.unknown`.

    Raises:
        SessionError: no session is there, or a newer studio wrote it.
        OSError: it may not be read.
    """
    path = folder / HEADER_FILE
    if not path.is_file() and not (folder / EVENTS_FILE).is_file():
        raise SessionError(f"{folder} is no session: it holds neither {HEADER_FILE} nor {EVENTS_FILE}.")
    record, damage = _read_record(path)
    try:
        migration = Migration(_format_of(record))
        return OpenedHeader(Header.model_validate(migration.header(record)), migration, damage)
    except (SessionError, ValidationError) as error:
        if damage is None:
            raise SessionError(f"{folder} cannot be opened: {_sentence(error)}") from error
        started = datetime.fromtimestamp(folder.stat().st_mtime, UTC)
        return OpenedHeader(Header.unknown(started), Migration(SESSION_FORMAT), damage)


def _read_record(path: Path) -> tuple[dict[str, Any], str | None]:
    """The header's object as far as it can be read, and what is wrong with it."""
    if not path.is_file():
        return {}, f"{HEADER_FILE} is missing."
    with path.open("rb") as file:
        line = file.read(LONGEST_LINE)
    try:
        return decode(line), None
    except SessionError as error:
        damage = f"{HEADER_FILE}: {error}."
    try:
        return {key: value for key, value in parse(line).items() if key != "crc"}, damage
    except SessionError:
        return {}, damage


def _format_of(record: dict[str, Any]) -> int:
    number = record.get("format")
    if not isinstance(number, int):
        raise SessionError(f"{HEADER_FILE} does not say which format the session has.")
    return number


def _sentence(error: SessionError | ValidationError) -> str:
    if isinstance(error, SessionError):
        return str(error)
    first = error.errors()[0]
    return f"{HEADER_FILE}: {'.'.join(map(str, first['loc']))}: {first['msg']}."


def _read_events(path: Path, migration: Migration, damage: _Damage) -> Iterator[Event]:
    """Every event that is whole. The torn end that a kill leaves is no damage: `recovered` speaks of it."""
    if not path.is_file():
        damage.add(f"{EVENTS_FILE} is missing.")
        return
    number = 1
    with path.open("rb") as file:
        while line := file.readline(LONGEST_LINE):
            try:
                yield from_json(migration.event(decode(line)))
            except (SessionError, KeyError, TypeError) as error:
                if line.endswith(b"\n") or len(line) == LONGEST_LINE:
                    damage.add(f"{EVENTS_FILE}, line {number}: {error}.")
            number += line.endswith(b"\n")


def _open_tracks(
    folder: Path, header: Header, events: tuple[Event, ...], damage: _Damage
) -> Iterator[tuple[Track, RecordedTrack]]:
    rates, recorded = _started_tracks(header, events)
    for track in Track:
        wav, flac = folder / f"{track}.wav", folder / f"{track}.flac"
        try:
            if wav.is_file():  # beside a FLAC file it is the original: compression was cut short
                opened, wrong = open_wav(wav, rates.get(track))
                if wrong:
                    damage.add(f"{wrong}; its sound is read by the file's size.")
                yield track, opened
            elif flac.is_file():
                yield track, open_flac(flac)
            elif track in recorded:
                damage.add(f"The track {track} is missing.")
        except SessionError as error:
            damage.add(str(error))


def _started_tracks(header: Header, events: tuple[Event, ...]) -> tuple[dict[Track, int], set[Track]]:
    """The rates the events tell, and the tracks that must have a file."""
    rates: dict[Track, int] = {}
    recorded: set[Track] = set()
    audio_on = header.audio
    for event in events:
        if isinstance(event, RecordingSwitched):
            audio_on = event.on
        elif isinstance(event, TrackStarted):
            rates[event.track] = event.rate_hz
            if audio_on:
                recorded.add(event.track)
    return rates, recorded


def _state(events_file: Path, events: tuple[Event, ...]) -> str | None:
    if disk.locked(events_file):
        return "This call is still being recorded; what is here was there when it was opened."
    if any(isinstance(event, CallEnded) for event in events):
        return None
    end = f"{events[-1].at / NS_PER_S:.1f} s" if events else "its very start"
    return f"This session was not closed. It is complete up to {end}, where the recording broke off."
