"""WAV to FLAC, cut short and refused at every point."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from studio.model.errors import SessionError
from studio.recording import compress as compressing
from studio.recording import disk
from studio.recording.compress import compress
from studio.recording.reader import open_session
from studio.recording.tracks import RecordedTrack
from studio.recording.writer import SessionWriter
from tests.recording.calls import RATES_HZ, settings, sound, whole_call


@pytest.fixture
def closed(tmp_path: Path) -> Path:
    writer = SessionWriter(settings(tmp_path / "s", pytest.fail))
    whole_call(writer, 100)
    writer.close()
    return tmp_path / "s"


def assert_whole(folder: Path) -> None:
    session = open_session(folder)
    assert (session.damage, session.recovered) == ((), None)
    for track, rate_hz in RATES_HZ.items():
        assert np.array_equal(session.tracks[track].read(), sound(track, 0, rate_hz))


def test_every_sample_is_kept_in_less_space(closed: Path) -> None:
    before = sum(path.stat().st_size for path in closed.glob("*.wav"))
    compress(closed)
    assert not list(closed.glob("*.wav"))
    assert sum(path.stat().st_size for path in closed.glob("*.flac")) < before / 2
    assert_whole(closed)
    compress(closed)
    assert_whole(closed)


@pytest.mark.parametrize("step", ["flush", "flush_folder"])
def test_cut_short_at_any_step(closed: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    """Refused at the n-th call of a step, for every n, the session stays whole and the reason is told."""
    whole = closed.with_name("whole")
    shutil.copytree(closed, whole)
    allowed = 0
    while True:
        shutil.rmtree(closed)
        shutil.copytree(whole, closed)
        calls = 0

        def refuse(_: object, allowed: int = allowed) -> None:
            nonlocal calls
            calls += 1
            if calls > allowed:
                raise OSError(28, "No space left on device")

        monkeypatch.setattr(disk, step, refuse)
        if allowed == len(RATES_HZ):
            compress(closed)
            break
        with pytest.raises(SessionError, match="stays uncompressed"):
            compress(closed)
        assert_whole(closed)
        assert not list(closed.glob("*.part"))
        allowed += 1


def test_flac_that_decodes_to_something_else_never_replaces_the_original(
    closed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encode = compressing._encode

    def encode_another_sound(wav: RecordedTrack, part: Path) -> None:
        other = closed.parent / "other.wav"
        content = bytearray(wav.path.read_bytes())
        content[-2] ^= 1
        other.write_bytes(content)
        encode(RecordedTrack(other, wav.rate_hz, wav.length), part)

    monkeypatch.setattr(compressing, "_encode", encode_another_sound)
    with pytest.raises(SessionError, match="does not decode"):
        compress(closed)
    assert_whole(closed)
    assert not list(closed.glob("*.flac*"))
