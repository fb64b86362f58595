"""What a WAV file says about itself, read from its first bytes and checked before any sound is.

libsndfile repairs or reports most damage in its own words; a caller must instead hear one sentence.
"""

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from studio.model.errors import AudioFileError

RATES_HZ = range(8_000, 192_001)
LONGEST_S = 2 * 60 * 60
LARGEST_BYTES = 1 << 30

_UNKNOWN_SIZE = 0xFFFFFFFF
"""What programs that stream a WAV into a pipe write for a size they do not know yet."""


@dataclass(frozen=True, slots=True)
class WavHeader:
    """The format and the length of a usable WAV file."""

    rate_hz: int
    channels: int
    frames: int
    """Samples per channel."""


def read_wav_header(path: Path) -> WavHeader:
    """Check a WAV file as far as it can be without reading its samples.

    Raises:
        AudioFileError: missing, no file, empty, no WAV, damaged, cut short, or too long.
    """
    try:
        size = path.stat().st_size
        if path.is_dir():
            raise AudioFileError(f"{path} is a folder: give a WAV file.")
        if size == 0:
            raise AudioFileError(f"{path} is empty: record it again.")
        if size > LARGEST_BYTES:
            raise AudioFileError(f"{path} has {size / (1 << 30):.1f} GiB: give a recording of at most 1 GiB.")
        with path.open("rb") as file:
            return _parse(path, file, size)
    except FileNotFoundError as error:
        raise AudioFileError(f"{path} does not exist: give the path of a WAV file.") from error
    except (OSError, ValueError) as error:  # ValueError: a path with a NUL character
        raise AudioFileError(f"{path} cannot be read: {error}.") from error


def _parse(path: Path, file: BinaryIO, size: int) -> WavHeader:
    riff = file.read(12)
    if riff[:4] not in (b"RIFF", b"RF64") or (len(riff) == 12 and riff[8:] != b"WAVE"):
        raise AudioFileError(f"{path} is not a WAV file: convert it to WAV first.")
    fmt: tuple[int, int, int, int] | None = None
    while len(head := file.read(8)) == 8:
        name, length = head[:4], int.from_bytes(head[4:], "little")
        if name == b"fmt ":
            fmt = _parse_format(path, file.read(min(length, 16)))
            file.seek(max(0, length - 16), 1)
        elif name == b"data":
            return _checked(path, fmt, length, size - file.tell())
        else:
            file.seek(length, 1)
        file.seek(length % 2, 1)  # chunks begin at even offsets
    raise AudioFileError(f"{path} is cut short within its header: copy or record it again.")


def _parse_format(path: Path, fmt: bytes) -> tuple[int, int, int, int]:
    if len(fmt) < 16:
        raise AudioFileError(f"{path} is cut short within its header: copy or record it again.")
    _, channels, rate_hz, byte_rate, frame_bytes, _ = struct.unpack("<HHIIHH", fmt[:16])
    return channels, rate_hz, byte_rate, frame_bytes


def _checked(path: Path, fmt: tuple[int, int, int, int] | None, promised: int, present: int) -> WavHeader:
    if fmt is None:
        raise AudioFileError(f"{path} does not say its format before its samples: convert it to WAV again.")
    channels, rate_hz, byte_rate, frame_bytes = fmt
    if channels == 0:
        raise AudioFileError(f"{path} has no channel: record it again.")
    if rate_hz not in RATES_HZ:
        raise AudioFileError(f"{path} has {rate_hz} samples a second: give 8000 to 192000.")
    if frame_bytes == 0 or byte_rate == 0:
        raise AudioFileError(f"{path} has a damaged header: convert it to WAV again.")
    if promised == _UNKNOWN_SIZE:
        promised = present
    if present < promised:
        raise AudioFileError(
            f"{path} is cut short: its header promises {promised / byte_rate:.2f} s of sound "
            f"and {present / byte_rate:.2f} s are there; copy or record it again."
        )
    if promised < frame_bytes:
        raise AudioFileError(f"{path} holds no sound: record it again.")
    if promised / byte_rate > LONGEST_S:
        raise AudioFileError(f"{path} lasts {promised / byte_rate / 3600:.1f} h: give at most 2 h.")
    return WavHeader(rate_hz, channels, promised // frame_bytes)
