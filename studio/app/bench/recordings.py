"""The recordings of a comparison of recognisers: WAV files of a folder, each with its words beside it where known.

Must not know who hears them.
"""

from dataclasses import dataclass
from pathlib import Path

from studio.audio.wav_header import read_wav_header
from studio.model.errors import AudioFileError


@dataclass(frozen=True, slots=True)
class Recording:
    """One WAV file."""

    path: Path
    length_ms: float
    words: str | None
    """What is said in it; None: nobody wrote it down."""

    @property
    def name(self) -> str:
        """The file's."""
        return self.path.name


def find_recordings(folder: Path) -> list[Recording]:
    """The WAV files in `folder`, by name; the words of NAME.wav are in NAME.txt.

    Raises:
        AudioFileError: there is no such folder, no WAV file in it, or one that cannot be used; a text is not UTF-8.
    """
    if not folder.is_dir():
        raise AudioFileError(f"{folder} is no folder: give one with WAV files.")
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() == ".wav")
    if not paths:
        raise AudioFileError(
            f"{folder} holds no WAV file: put recordings there, and NAME.txt with the words of NAME.wav."
        )
    return [_recording(path) for path in paths]


def _recording(path: Path) -> Recording:
    header = read_wav_header(path)
    beside = path.with_suffix(".txt")
    try:
        words = beside.read_text("utf-8-sig").strip()
    except FileNotFoundError:
        words = None
    except (OSError, UnicodeDecodeError) as error:
        raise AudioFileError(f"{beside} cannot be read as UTF-8: {error}.") from error
    return Recording(path, header.frames * 1000 / header.rate_hz, words)
