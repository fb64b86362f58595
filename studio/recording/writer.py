"""Records a call while it runs: a subscriber that queues, and one thread that writes.

Nothing a disk does is felt by the call; whatever stops the recording is reported, once, in one
sentence. Must not know how a call works or who reads the session.
"""

import errno
import shutil
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import NamedTuple

from studio.model.audio import AudioBlock
from studio.model.errors import SessionError
from studio.model.event_json import to_json
from studio.model.events import (
    AgentSilent,
    AudioLost,
    CallEnded,
    DeviceChanged,
    Event,
    RecordingSwitched,
    StageReady,
    TrackStarted,
    Trouble,
    TurnCommitted,
)
from studio.model.session import Header
from studio.model.terms import Track
from studio.recording import EVENTS_FILE, HEADER_FILE, disk
from studio.recording.checked_json import encode
from studio.recording.compress import compress
from studio.recording.tracks import GrowingTrack

_DRAIN_S = 0.2
"""How long an event or a block waits at most before it is written: what kill -9 can cost."""
_FLUSH_S = 1.0
"""How long written content waits at most before it survives a power cut, too."""
_WAKE_BYTES = 1 << 20
"""Queued this much, the writer is woken at once: on a virtual clock an hour passes in seconds."""
_BATCH = 4096
_EVENT_BYTES = 500
"""What a queued event counts for in memory, generously."""
LOW_DISK_BYTES = 500_000_000
"""A call must not end because the disk is full: below this much free space, warn."""

_SAYS_NOTHING = (StageReady, TrackStarted, DeviceChanged, AudioLost, RecordingSwitched, Trouble, CallEnded)
"""Events that are kept while recording is off: they frame the session and tell nothing of what is said."""


@dataclass(frozen=True, slots=True)
class RecordingSettings:
    """Where and how a call is recorded."""

    folder: Path
    """The session's own folder; must not exist yet, its parents may be missing."""
    header: Header
    report: Callable[[str], None]
    """Told in one sentence what went wrong, from any thread; must return at once and not raise."""
    compress: bool = True
    """Turn the tracks into FLAC when the call is over."""
    queue_limit_bytes: int = 256 << 20
    """A disk that falls behind by this much (ten minutes of a live call) ends the recording."""
    low_disk_bytes: int = LOW_DISK_BYTES
    """Free space under which the user is warned."""


class _Sound(NamedTuple):
    track: Track
    block: AudioBlock
    rate_hz: int


class SessionWriter:
    """Writes every event, and every block of audio while recording is on.

    Blocks must not be changed after they were handed over. `RecordingSwitched` switches the recording off
    and on: while it is off nothing is kept of what is said, neither sound nor words. Events and blocks
    come from one thread.
    """

    def __init__(self, settings: RecordingSettings) -> None:
        """Create the folder and start writing.

        Raises:
            SessionError: the folder exists or cannot be created.
        """
        self._settings = settings
        self._events = _create(settings.folder, settings.header)
        self._tracks: dict[Track, GrowingTrack] = {}
        self._on = settings.header.audio
        self._queue: deque[Event | _Sound] = deque()
        self._queued_bytes = 0  # counted up by the call's thread only,
        self._drained_bytes = 0  # and this by the writer's, so that neither needs a lock
        self._acknowledged = 0
        self._events_bytes = 0
        self._warned = False
        self._stopped = False
        self._stopping = threading.Lock()
        self._closing = False
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._run, name="session writer", daemon=True)
        self._thread.start()

    @property
    def folder(self) -> Path:
        """The session's folder."""
        return self._settings.folder

    @property
    def recording(self) -> bool:
        """False once something ended the recording, or it was closed."""
        return not (self._stopped or self._closing)

    @property
    def acknowledged(self) -> int:
        """How many events the operating system has, with all sound before them; kill -9 cannot take them back."""
        return self._acknowledged

    def on_event(self, event: Event) -> None:
        """Queue an event. Never waits, never raises."""
        self._put(event, _EVENT_BYTES)

    def on_audio(self, track: Track, block: AudioBlock, rate_hz: int) -> None:
        """Queue a block of a track. Never waits, never raises."""
        self._put(_Sound(track, block, rate_hz), block.samples.nbytes)

    def close(self) -> None:
        """Write what is queued, close the files and compress them. Blocks: call it off the loop's thread.

        Safe to call twice.
        """
        self._closing = True
        self._wake.set()
        self._thread.join()

    def _put(self, item: Event | _Sound, size: int) -> None:
        if self._stopped:
            return
        waiting = self._queued_bytes - self._drained_bytes
        if waiting > self._settings.queue_limit_bytes:
            self._stop("Recording stopped: the disk is too slow and the memory for waiting sound is full.")
            return
        self._queued_bytes += size
        self._queue.append(item)
        if waiting > _WAKE_BYTES:
            self._wake.set()

    def _stop(self, sentence: str) -> None:
        with self._stopping:
            if self._stopped:
                return
            self._stopped = True
        self._settings.report(sentence)

    def _run(self) -> None:
        try:
            self._write_until_closed()
        except OSError as error:
            self._stop(f"Recording stopped: {_why(error)} The call goes on; {self.folder} holds everything before.")
        except Exception as error:  # noqa: BLE001 the thread's boundary: a bug here must not end the call
            self._stop(f"Recording stopped by a fault of the studio, please report it: {type(error).__name__} {error}.")
        self._close_files()
        if self._settings.compress and not self._stopped:
            try:
                compress(self.folder)
            except SessionError as error:
                self._settings.report(str(error))

    def _write_until_closed(self) -> None:
        due = time.monotonic() + _FLUSH_S
        last = False
        while not last or self._queue:
            if len(self._queue) < _BATCH:
                self._wake.wait(_DRAIN_S)
                self._wake.clear()
            last = self._closing or self._stopped  # read before draining: nothing put earlier is left behind
            turn_ended = self._write([self._queue.popleft() for _ in range(min(len(self._queue), _BATCH))])
            if turn_ended or time.monotonic() >= due:
                self._flush()
                due = time.monotonic() + _FLUSH_S
        self._flush()

    def _write(self, batch: Iterable[Event | _Sound]) -> bool:
        """Write sound first, then events, so that an acknowledged event has its sound; True at the end of a turn."""
        sounds: dict[Track, list[AudioBlock]] = {}
        lines: list[bytes] = []
        drained = 0
        turn_ended = False
        for item in batch:
            if isinstance(item, _Sound):
                drained += item.block.samples.nbytes
                if self._on:
                    self._track(item.track, item.rate_hz)
                    sounds.setdefault(item.track, []).append(item.block)
                continue
            drained += _EVENT_BYTES
            self._heed(item)
            if self._on or isinstance(item, _SAYS_NOTHING):
                lines.extend(self._line(item))
            turn_ended |= isinstance(item, TurnCommitted | AgentSilent)
        for track, blocks in sounds.items():
            self._tracks[track].write(blocks)
        self._drained_bytes += drained
        data = b"".join(lines)
        disk.append(self._events, data)
        self._events_bytes += len(data)
        self._acknowledged += len(lines)
        return turn_ended

    def _heed(self, event: Event) -> None:
        if isinstance(event, RecordingSwitched):
            self._on = event.on
        elif isinstance(event, TrackStarted) and self._on:
            self._track(event.track, event.rate_hz)

    def _track(self, track: Track, rate_hz: int) -> None:
        growing = self._tracks.get(track)
        if growing is None:
            self._tracks[track] = GrowingTrack(self.folder / f"{track}.wav", rate_hz)
        elif growing.rate_hz != rate_hz:
            raise ValueError(f"track {track} changed from {growing.rate_hz} to {rate_hz} Hz")

    def _line(self, event: Event) -> list[bytes]:
        try:
            return [encode(to_json(event))]
        except ValueError as error:
            name = type(event).__name__
            self._settings.report(f"The event {name} cannot be recorded ({error}); please report this fault.")
            return []

    def _flush(self) -> None:
        for track in self._tracks.values():
            track.flush()
        disk.flush(self._events)
        (self.folder / HEADER_FILE).stat()  # open files do not notice that their folder is gone
        free = shutil.disk_usage(self.folder).free
        if free < self._settings.low_disk_bytes and not self._warned:
            self._warned = True
            self._settings.report(f"Only {free // 10**6} MB are free for the recording in {self.folder.parent}.")

    def _close_files(self) -> None:
        """Leave what was written readable; a disk that failed may refuse any of this, and readers do without."""
        for track in self._tracks.values():
            if self._stopped:
                with suppress(OSError):
                    track.write_header()
            with suppress(OSError):
                track.close()
        if self._stopped:
            with suppress(OSError):
                self._events.truncate(self._events_bytes)
        with suppress(OSError):
            self._events.close()


def _create(folder: Path, header: Header) -> FileIO:
    """Make the folder under its final name only when it is a session; returns its locked, empty event file."""
    draft = folder.with_name(f".{folder.name}.{threading.get_native_id()}{disk.PART}")
    try:
        draft.mkdir(parents=True)
        (draft / EVENTS_FILE).touch()
        disk.replace(draft / HEADER_FILE, encode(header.model_dump(mode="json")))
        draft.rename(folder)
        disk.flush_folder(folder.parent)
        events = FileIO(folder / EVENTS_FILE, "a")
    except OSError as error:
        shutil.rmtree(draft, ignore_errors=True)
        raise SessionError(f"Cannot record into {folder}: {_why(error)} Choose another folder.") from error
    disk.lock(events)
    return events


def _why(error: OSError) -> str:
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return "the disk is full."
        case errno.EEXIST | errno.ENOTEMPTY | errno.ENOTDIR:
            return "there is something already."
        case errno.EROFS | errno.EACCES | errno.EPERM:
            return "it may not be written."
        case errno.ENOENT:
            return "the folder is gone."
        case _:
            return f"{error.strerror or error}."
