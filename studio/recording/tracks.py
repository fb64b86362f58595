"""One audio track on disk: a WAV file while it grows, the same or a FLAC file afterwards.

Sample p of a track is at byte 44 + 2p of its WAV file, always: that is the whole index. Must not
know what a track means.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

import numpy as np
import numpy.typing as npt

from studio.model.audio import AudioBlock, Samples, to_float, to_pcm16
from studio.model.errors import SessionError
from studio.recording import disk

WAV_HEADER_BYTES = 44
_SAMPLE_BYTES = 2
_HEADER = struct.Struct("<4sI4s4sIHHIIHH4sI")
_NO_END = 0xFFFF_FFFF
_HIGHEST_RATE_HZ = 655_350  # FLAC's limit


def wav_header(rate_hz: int, samples: int) -> bytes:
    """The 44 bytes before mono 16-bit PCM.

    Past 4 GiB (12 hours at 48 kHz), which its 32-bit sizes cannot say, both sizes are the number that
    means "until the end of the file".
    """
    data = samples * _SAMPLE_BYTES
    fits = data + WAV_HEADER_BYTES - 8 < _NO_END
    riff_size, data_size = (data + WAV_HEADER_BYTES - 8, data) if fits else (_NO_END, _NO_END)
    byte_rate = rate_hz * _SAMPLE_BYTES
    return _HEADER.pack(
        b"RIFF", riff_size, b"WAVE", b"fmt ", 16, 1, 1, rate_hz, byte_rate, _SAMPLE_BYTES, 16, b"data", data_size
    )


class GrowingTrack:
    """A WAV file that is written while the call runs."""

    def __init__(self, path: Path, rate_hz: int) -> None:
        self.rate_hz = rate_hz
        self.samples = 0
        disk.replace(path, wav_header(rate_hz, 0))  # a kill must not leave a file without its rate
        self._file = FileIO(path, "r+")

    def write(self, blocks: Sequence[AudioBlock]) -> None:
        """Write blocks at their positions; positions nobody wrote are silence."""
        run: list[AudioBlock] = []
        for block in blocks:
            if run and block.position != run[-1].position + run[-1].samples.size:
                self._write_run(run)
                run = []
            run.append(block)
        self._write_run(run)

    def _write_run(self, run: Sequence[AudioBlock]) -> None:
        pcm = to_pcm16(np.concatenate([block.samples for block in run])).astype("<i2", copy=False)
        start = run[0].position
        disk.write_at(self._file, WAV_HEADER_BYTES + start * _SAMPLE_BYTES, pcm.tobytes())
        self.samples = max(self.samples, start + pcm.size)

    def write_header(self) -> None:
        """Bring the sizes in the header up to date, for readers that believe them."""
        disk.write_at(self._file, 0, wav_header(self.rate_hz, self.samples))

    def flush(self) -> None:
        """Return when header and samples survive a power cut."""
        self.write_header()
        disk.flush(self._file)

    def close(self) -> None:
        """Close the file. Safe to call twice."""
        self._file.close()


@dataclass(frozen=True, slots=True)
class RecordedTrack:
    """A track that is read, any part of it at any time."""

    path: Path
    rate_hz: int
    length: int
    """Samples."""

    def read(self, start: int = 0, count: int | None = None) -> Samples:
        """Up to `count` samples from `start`; fewer, or none, at the track's end.

        Raises:
            SessionError: the file went away or this part of it is damaged.
        """
        return to_float(self.read_pcm(start, count))

    def read_pcm(self, start: int = 0, count: int | None = None) -> npt.NDArray[np.int16]:
        """As `read`, but the 16-bit samples as they are on disk."""
        start = min(max(start, 0), self.length)
        rest = self.length - start
        count = rest if count is None else min(max(count, 0), rest)
        if count == 0:
            return np.zeros(0, dtype=np.int16)
        try:
            if self.path.suffix == ".wav":
                offset = WAV_HEADER_BYTES + start * _SAMPLE_BYTES
                return np.fromfile(self.path, "<i2", count, offset=offset).astype(np.int16, copy=False)
            return _read_flac(self.path, start, count)
        except (OSError, RuntimeError) as error:
            seconds = start / self.rate_hz
            raise SessionError(f"{self.path}: cannot be read at {seconds:.1f} s ({error}).") from error


def open_wav(path: Path, rate_hz: int | None) -> tuple[RecordedTrack, str | None]:
    """A WAV track, however it ended: its length is the file's. The second value names a wrong header.

    `rate_hz` is what the events say, None where they say nothing.

    Raises:
        SessionError: neither the events nor the header tell the rate.
    """
    with path.open("rb") as file:
        header = file.read(WAV_HEADER_BYTES)
    sound, rate_in_header = _judge(header)
    rate_hz = rate_hz or rate_in_header
    if rate_hz is None:
        raise SessionError(f"{path}: neither the events nor the WAV header tell the sample rate.")
    length = max(0, path.stat().st_size - WAV_HEADER_BYTES) // _SAMPLE_BYTES
    wrong = None if sound and rate_in_header == rate_hz else f"{path.name}: the WAV header is damaged"
    return RecordedTrack(path, rate_hz, length), wrong


def open_flac(path: Path) -> RecordedTrack:
    """A FLAC track.

    Raises:
        SessionError: the file is damaged at its start.
    """
    import soundfile

    try:
        with soundfile.SoundFile(path) as file:
            return RecordedTrack(path, int(file.samplerate), int(file.frames))
    except (OSError, RuntimeError) as error:
        raise SessionError(f"{path}: cannot be opened ({error}).") from error


def _judge(header: bytes) -> tuple[bool, int | None]:
    """Whether a header is one of ours but for its sizes, and the rate it tells."""
    if len(header) < WAV_HEADER_BYTES:
        return False, None
    rate_hz = int(_HEADER.unpack(header)[7])
    if not 0 < rate_hz <= _HIGHEST_RATE_HZ:
        return False, None
    ours = wav_header(rate_hz, 0)
    return header[:4] == ours[:4] and header[8:40] == ours[8:40], rate_hz


def _read_flac(path: Path, start: int, count: int) -> npt.NDArray[np.int16]:
    import soundfile

    with soundfile.SoundFile(path) as file:
        file.seek(start)
        pcm: npt.NDArray[np.int16] = file.read(count, dtype="int16")
    return pcm
