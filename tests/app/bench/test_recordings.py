from pathlib import Path

import pytest

from studio.app.bench.recordings import find_recordings
from studio.model.errors import AudioFileError
from tests.virtual_call import caller


def test_the_words_of_a_recording_are_beside_it(tmp_path: Path) -> None:
    caller(tmp_path / "b.WAV", [], 500)
    caller(tmp_path / "a.wav", [], 1000)
    (tmp_path / "a.txt").write_text(" Hello there.\n")
    (tmp_path / "notes.md").write_text("not a recording")
    first, second = find_recordings(tmp_path)
    assert (first.name, first.words, first.length_ms) == ("a.wav", "Hello there.", 1000)
    assert (second.name, second.words, second.length_ms) == ("b.WAV", None, 500)


def test_a_folder_without_recordings_is_told(tmp_path: Path) -> None:
    with pytest.raises(AudioFileError, match="holds no WAV file"):
        find_recordings(tmp_path)
    with pytest.raises(AudioFileError, match="is no folder"):
        find_recordings(tmp_path / "missing")


def test_what_cannot_be_used_is_told_before_anything_is_heard(tmp_path: Path) -> None:
    caller(tmp_path / "a.wav", [], 100)
    (tmp_path / "a.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(AudioFileError, match=r"a\.txt cannot be read as UTF-8"):
        find_recordings(tmp_path)
    (tmp_path / "a.txt").unlink()
    (tmp_path / "b.wav").write_bytes(b"nothing")
    with pytest.raises(AudioFileError, match=r"b\.wav"):
        find_recordings(tmp_path)
