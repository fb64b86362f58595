"""Turns the WAV tracks of a closed session into FLAC: half the size, and a checksum over every frame.

The WAV file goes only when its FLAC file has been written, flushed, decoded and found equal, so that
kill -9 at any moment leaves at least one whole copy under a final name.
"""

from contextlib import suppress
from pathlib import Path

import numpy as np

from studio.model.errors import SessionError
from studio.model.terms import Track
from studio.recording import disk
from studio.recording.tracks import RecordedTrack, open_flac, open_wav

_CHUNK_SAMPLES = 1 << 20


def compress(folder: Path) -> None:
    """Compress every track of a session that nobody writes to. Blocks for about 3 s per hour of a track.

    Raises:
        SessionError: a track stays WAV, and why; it is whole.
    """
    for name in Track:
        wav = folder / f"{name}.wav"
        if wav.exists():
            track, _ = open_wav(wav, None)
            if track.length:
                _compress(track, folder / f"{name}.flac")


def _compress(wav: RecordedTrack, target: Path) -> None:
    part = target.with_name(target.name + disk.PART)
    try:
        _encode(wav, part)
        _verify(wav, open_flac(part))
        part.replace(target)
        disk.flush_folder(target.parent)
        wav.path.unlink()
    except (OSError, RuntimeError, SessionError) as error:
        with suppress(OSError):  # recovery removes it later
            part.unlink(missing_ok=True)
        raise SessionError(f"{wav.path} stays uncompressed: {error}") from error


def _encode(wav: RecordedTrack, part: Path) -> None:
    import soundfile

    with soundfile.SoundFile(part, "w", wav.rate_hz, 1, "PCM_16", format="FLAC") as file:
        for start in range(0, wav.length, _CHUNK_SAMPLES):
            file.write(wav.read_pcm(start, _CHUNK_SAMPLES))
    with part.open("rb+", buffering=0) as written:
        disk.flush(written)


def _verify(wav: RecordedTrack, flac: RecordedTrack) -> None:
    same = (wav.length, wav.rate_hz) == (flac.length, flac.rate_hz) and all(
        np.array_equal(wav.read_pcm(start, _CHUNK_SAMPLES), flac.read_pcm(start, _CHUNK_SAMPLES))
        for start in range(0, wav.length, _CHUNK_SAMPLES)
    )
    if not same:
        raise SessionError("it does not decode to what was recorded.")
