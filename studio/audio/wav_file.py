"""Recordings as a microphone and a speaker: WAV files read and written on the session's clock.

Must not know whether that clock is real or virtual.
"""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from studio.audio.playout_buffer import PlayoutBuffer
from studio.audio.wav_header import read_wav_header
from studio.model.audio import LISTENING_RATE_HZ, AudioBlock, Samples, silence, to_pcm16
from studio.model.errors import AudioFileError
from studio.model.events import Event
from studio.model.terms import Track
from studio.model.time import NS_PER_S, Instant, later, of_samples, to_samples
from studio.pipeline.clock import Clock
from studio.pipeline.ports import PlayedBlock
from studio.pipeline.resampling import resample

BLOCK_MS = 10
BEGIN = Instant(0)
_WRITTEN_AT_ONCE_S = 0.5
"""Block by block, converting and writing took a sixth of a whole call's processor time."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A WAV file's sound, mixed down to mono."""

    samples: Samples
    rate_hz: int


def read_recording(path: Path) -> Recording:
    """Read a whole WAV file of any sample format, 8 to 192 kHz, any number of channels.

    Sound beyond full scale is clipped.

    Raises:
        AudioFileError: as `read_wav_header`; or samples that are no numbers.
    """
    header = read_wav_header(path)
    import soundfile

    mono = np.empty(header.frames, dtype=np.float32)
    filled = 0
    try:
        with soundfile.SoundFile(path) as file:
            for block in file.blocks(header.rate_hz, dtype="float32", always_2d=True):
                part = block.mean(axis=1)[: len(mono) - filled]
                mono[filled : filled + len(part)] = part
                filled += len(part)
    except (soundfile.SoundFileError, OSError) as error:
        raise AudioFileError(f"{path} cannot be read as WAV: {error}.") from error
    mono = mono[:filled]
    if not filled:
        raise AudioFileError(f"{path} holds no sound: record it again.")
    if not np.isfinite(mono).all():
        raise AudioFileError(f"{path} has samples that are not numbers (NaN or infinite): export it again.")
    return Recording(np.clip(mono, -1, 1, out=mono), header.rate_hz)


class WavSource:
    """A recording played in real time as the user (port AudioSource)."""

    def __init__(self, path: Path, clock: Clock, start: Instant | None = None) -> None:
        """`start` is when sample 0 is at the device; None: when the first block is asked for.

        Raises:
            AudioFileError: the recording cannot be used.
        """
        self.name = path.name
        self._clock = clock
        self._start = start
        recording = read_recording(path)
        self._samples = resample(recording.samples, recording.rate_hz, LISTENING_RATE_HZ)
        self._position = 0
        self._open = True

    @property
    def exhausted(self) -> bool:
        """True once the last sample was handed over."""
        return self._position >= len(self._samples)

    async def blocks(self) -> AsyncIterator[AudioBlock]:
        """Blocks of 10 ms at 16 kHz, each when its last sample is due; late wake-ups catch up."""
        start = self._clock.now() if self._start is None else self._start
        count = LISTENING_RATE_HZ * BLOCK_MS // 1000
        while self._open:
            position = self._position
            await self._clock.sleep_until(later(start, of_samples(position + count, LISTENING_RATE_HZ)))
            if not self._open:
                return
            samples = self._samples[position : position + count]
            if len(samples) < count:
                samples = np.concatenate([samples, silence(count - len(samples))])
            self._position = position + count
            yield AudioBlock(samples, position, later(start, of_samples(position, LISTENING_RATE_HZ)))

    async def close(self) -> None:
        """`blocks` ends."""
        self._open = False


class WavSink:
    """A speaker without a device, whose sound is kept in a WAV file if wanted (port AudioSink)."""

    def __init__(self, path: Path | None, clock: Clock, rate_hz: int = 48_000, start: Instant = BEGIN) -> None:
        """`start` is when sample 0 is played. The file, 16-bit mono, appears under its name when closed.

        Raises:
            AudioFileError: the file cannot be written.
        """
        self.name = "no speaker" if path is None else path.name
        self.rate_hz = rate_hz
        self._clock = clock
        self._start = start
        self._file = None if path is None else _GrowingWav(path, rate_hz)
        self._buffer = PlayoutBuffer()
        self._open = True

    def write(self, samples: Samples) -> int:
        """Queue samples; returns their index in the stream of written samples."""
        return self._buffer.write(samples)

    def clear(self) -> None:
        """Drop what was not yet played."""
        self._buffer.clear()

    async def blocks(self) -> AsyncIterator[PlayedBlock]:
        """Blocks of 10 ms, each when its first sample is due; late wake-ups catch up."""
        count = self.rate_hz * BLOCK_MS // 1000
        position = 0
        while self._open:
            at = later(self._start, position * NS_PER_S // self.rate_hz)
            await self._clock.sleep_until(at)
            if not self._open:
                return
            out = self._buffer.read(count)
            if self._file is not None:
                self._file.append(out.samples)
            block = AudioBlock(out.samples, position, at)
            position += count
            yield PlayedBlock(block, out.written_start, out.written_count, out.buffered)

    async def close(self) -> None:
        """`blocks` ends, and the file has its name. Safe to call twice."""
        self._open = False
        if self._file is not None:
            self._file.close()


class WavCopy:
    """Keeps in a file what a real speaker plays (a `Subscriber`), from the session's beginning."""

    def __init__(self, path: Path, rate_hz: int, *, report: Callable[[str], None]) -> None:
        """The file, 16-bit mono, appears under its name when closed, if all of it could be written.

        `report` is told once, in one sentence, that it could not; the rest is then left out.

        Raises:
            AudioFileError: the file cannot be written.
        """
        self._file = _GrowingWav(path, rate_hz)
        self._report = report
        self._begun = False
        self._failed = False

    def on_event(self, event: Event) -> None:
        """Only sound is kept."""

    def on_audio(self, track: Track, block: AudioBlock, rate_hz: int) -> None:
        """Keep what was played."""
        if track is not Track.PLAYED or self._failed:
            return
        try:
            if not self._begun:
                self._begun = True
                self._file.append(silence(max(0, to_samples(block.at, rate_hz))))
            self._file.append(block.samples)
        except AudioFileError as error:
            self._failed = True  # before the report, which may come back as sound or event
            self._report(str(error))

    async def close(self) -> None:
        """The file has its name. Safe to call twice.

        Raises:
            AudioFileError: its end cannot be written.
        """
        self._file.close()


class _GrowingWav:
    """Written beside its place as `.partial`, so that a file under the real name is always whole."""

    def __init__(self, path: Path, rate_hz: int) -> None:
        import soundfile

        if not path.parent.is_dir():
            raise AudioFileError(f"{path} cannot be written: the folder {path.parent} does not exist.")
        if path.is_dir():
            raise AudioFileError(f"{path} cannot be written: it is a folder; give a file name.")
        self._path = path
        self._partial = path.with_name(path.name + ".partial")
        self._begun = False
        self._cut = False
        self._waiting: list[Samples] = []
        self._waiting_samples = 0
        self._failure: type[Exception] = soundfile.SoundFileError
        try:
            self._file: Any = soundfile.SoundFile(
                self._partial, "w", samplerate=rate_hz, channels=1, subtype="PCM_16", format="WAV"
            )
        except (soundfile.SoundFileError, OSError) as error:
            raise AudioFileError(f"{path} cannot be written: {error}.") from error

    def append(self, samples: Samples) -> None:
        self._begun = True
        self._waiting.append(samples)
        self._waiting_samples += samples.size
        if self._waiting_samples >= self._file.samplerate * _WRITTEN_AT_ONCE_S:
            self._write()

    def _write(self) -> None:
        waiting, self._waiting, self._waiting_samples = self._waiting, [], 0
        try:
            self._file.write(to_pcm16(np.concatenate([silence(0), *waiting])))
        except (self._failure, OSError) as error:
            self._cut = True
            raise AudioFileError(f"{self._unwritten(error)} What fitted is in {self._partial}.") from error

    def close(self) -> None:
        if self._file.closed:
            return
        try:
            if not self._cut:
                self._write()
        finally:
            self._name()

    def _name(self) -> None:
        try:
            self._file.close()
            if self._cut:
                return  # told when it happened; only what is whole gets the name
            if self._begun:
                self._partial.replace(self._path)
            else:  # a call that never began leaves the file of an earlier one as it is
                self._partial.unlink()
        except (self._failure, OSError) as error:
            raise AudioFileError(self._unwritten(error)) from error

    def _unwritten(self, error: Exception) -> str:
        return f"{self._path} cannot be written ({str(error).rstrip('. ')}): is the disk full?"
