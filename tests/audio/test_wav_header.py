import os
import struct
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.audio.wav_header import read_wav_header
from studio.model.errors import AudioFileError


def wav(rate_hz: int = 16_000, channels: int = 1, data: bytes = bytes(3200), promised: int | None = None) -> bytes:
    """A 16-bit WAV file whose header may lie."""
    fmt = struct.pack("<HHIIHH", 1, channels, rate_hz, rate_hz * channels * 2 & 0xFFFFFFFF, channels * 2, 16)
    length = len(data) if promised is None else promised
    body = b"WAVE" + b"fmt " + struct.pack("<I", 16) + fmt + b"data" + struct.pack("<I", length) + data
    return b"RIFF" + struct.pack("<I", len(body) & 0xFFFFFFFF) + body


def complaint(path: Path) -> str:
    with pytest.raises(AudioFileError) as caught:
        read_wav_header(path)
    message = str(caught.value)
    assert "\n" not in message
    assert message.endswith(".")
    assert str(path) in message
    return message


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b"RIFF", "cut short within its header"),
        (wav()[:20], "cut short within its header"),
        (wav()[:43], "cut short within its header"),
        (wav()[:1000], "promises 0.10 s of sound and 0.03 s are there"),
        (b"ID3\x04" + bytes(500), "not a WAV file"),
        (b"RIFF" + bytes(4) + b"AVI " + bytes(50), "not a WAV file"),
        (b"Hello, I am a text. " * 30, "not a WAV file"),
        (wav(channels=0), "no channel"),
        (wav(rate_hz=0), "0 samples a second"),
        (wav(rate_hz=7_999), "7999 samples a second"),
        (wav(rate_hz=4_000_000_000), "4000000000 samples a second"),
        (wav(data=b""), "holds no sound"),
    ],
)
def test_one_sentence_says_what_is_wrong(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "caller.wav"
    path.write_bytes(content)
    assert says in complaint(path)


def test_no_file_at_all(tmp_path: Path) -> None:
    assert "does not exist" in complaint(tmp_path / "missing.wav")
    assert "is a folder" in complaint(tmp_path)
    with pytest.raises(AudioFileError, match="cannot be read"):
        read_wav_header(Path("a\0b.wav"))


def test_an_unreadable_path_is_said_in_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "file.wav"
    file.write_bytes(wav())
    assert "cannot be read" in complaint(file / "below.wav")


def test_four_gigabytes_are_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "huge.wav"
    path.write_bytes(wav(promised=0xFFFFFFF0, data=b""))
    os.truncate(path, 4 << 30)
    began = time.thread_time()
    assert "4.0 GiB" in complaint(path)
    assert time.thread_time() - began < 0.1, "to read it takes a second"


def test_too_long_a_call_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "night.wav"
    path.write_bytes(wav(rate_hz=8_000, promised=8_000 * 2 * 3 * 3600, data=b""))
    os.truncate(path, 44 + 8_000 * 2 * 3 * 3600)
    assert "lasts 3.0 h" in complaint(path)


def test_a_stream_of_unknown_length_ends_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "piped.wav"
    path.write_bytes(wav(promised=0xFFFFFFFF))
    assert read_wav_header(path).frames == 1600


@given(st.binary(max_size=200), st.integers(0, 60))
@settings(deadline=None)
def test_damage_is_never_a_crash(tmp_path_factory: pytest.TempPathFactory, noise: bytes, at: int) -> None:
    path = tmp_path_factory.getbasetemp() / "damaged.wav"
    whole = wav()
    path.write_bytes(whole[:at] + noise + whole[at + len(noise) :])
    try:
        header = read_wav_header(path)
    except AudioFileError:
        return
    assert header.channels > 0
    assert 8_000 <= header.rate_hz <= 192_000
    assert header.frames > 0
