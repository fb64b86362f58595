import shutil
import subprocess
import wave
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.model.audio import AudioBlock
from studio.model.errors import SessionError
from studio.model.time import Instant
from studio.recording.tracks import WAV_HEADER_BYTES, GrowingTrack, open_flac, open_wav, wav_header


def ramp(position: int, count: int) -> AudioBlock:
    values = (np.arange(position, position + count) % 30_000 + 1) / np.float32(32768)
    return AudioBlock(values.astype(np.float32), position, Instant(0))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3000), st.integers(1, 500)), min_size=1, max_size=20))
def test_sound_is_where_its_position_says(
    tmp_path_factory: pytest.TempPathFactory, gaps: list[tuple[int, int]]
) -> None:
    path = tmp_path_factory.mktemp("track") / "user.wav"
    blocks, position = [], 0
    for gap, count in gaps:
        blocks.append(ramp(position + gap, count))
        position += gap + count
    growing = GrowingTrack(path, 16_000)
    growing.write(blocks)
    growing.close()
    track, _ = open_wav(path, 16_000)
    expected = np.zeros(position, dtype=np.float32)
    for block in blocks:
        expected[block.position : block.position + block.samples.size] = block.samples
    assert np.array_equal(track.read(), expected)
    assert np.array_equal(track.read(position // 2, 100), expected[position // 2 :][:100])


def test_any_program_reads_a_growing_track(tmp_path: Path) -> None:
    path = tmp_path / "user.wav"
    growing = GrowingTrack(path, 16_000)
    growing.write([ramp(0, 16_000)])
    growing.flush()
    growing.write([ramp(16_000, 8000)])  # killed here: the header tells one second, the file holds 1.5
    growing.close()
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (16_000, 1, 2)
        assert file.getnframes() == 16_000
    assert soundfile.info(path).frames == 16_000
    track, wrong = open_wav(path, None)
    assert (track.length, track.rate_hz, wrong) == (24_000, 16_000, None)


@pytest.mark.parametrize("start", [-5, 0, 99, 100, 10**15])
@pytest.mark.parametrize("count", [-1, 0, 1, 10**15])
def test_no_request_allocates_more_than_the_track_has(tmp_path: Path, start: int, count: int) -> None:
    growing = GrowingTrack(tmp_path / "user.wav", 16_000)
    growing.write([ramp(0, 100)])
    growing.close()
    expected = np.arange(100)[max(start, 0) :][: max(count, 0)].size
    assert open_wav(tmp_path / "user.wav", 16_000)[0].read(start, count).size == expected


def test_past_4_gib_the_sizes_say_until_the_end(tmp_path: Path) -> None:
    """24 hours at 48 kHz; the silence between costs no disk."""
    path, position = tmp_path / "played.wav", 24 * 3600 * 48_000
    growing = GrowingTrack(path, 48_000)
    growing.write([ramp(0, 480), ramp(position, 480)])
    growing.flush()
    growing.close()
    with path.open("rb") as file:
        head = file.read(WAV_HEADER_BYTES)
    assert head[4:8] == head[40:44] == b"\xff" * 4
    track, wrong = open_wav(path, 48_000)
    assert (track.length, wrong) == (position + 480, None)
    assert np.array_equal(track.read(position, 480), ramp(position, 480).samples)
    if shutil.which("du"):
        blocks = subprocess.run(["du", "-k", path], capture_output=True, text=True, check=True).stdout.split()[0]
        assert int(blocks) < 1000


@pytest.mark.parametrize("damaged", [0, 5, 9, 20, 22, 30, 34, 38])
def test_a_wrong_header_costs_no_sound(tmp_path: Path, damaged: int) -> None:
    path = tmp_path / "user.wav"
    content = bytearray(wav_header(16_000, 100) + bytes(200))
    content[damaged] ^= 0xFF
    path.write_bytes(content)
    track, wrong = open_wav(path, 16_000)
    assert (track.length, track.rate_hz) == (100, 16_000)
    assert (wrong is None) is (damaged == 5)  # the sizes are not believed anyway


def test_every_truncation_opens(tmp_path: Path) -> None:
    path = tmp_path / "user.wav"
    content = wav_header(16_000, 50) + bytes(100)
    for end in range(len(content) + 1):
        path.write_bytes(content[:end])
        assert open_wav(path, 16_000)[0].read().size == max(0, end - 44) // 2
        if end < WAV_HEADER_BYTES:
            with pytest.raises(SessionError, match="sample rate"):
                open_wav(path, None)


def test_damaged_flac_is_an_error_and_the_rest_plays(tmp_path: Path) -> None:
    path = tmp_path / "user.flac"
    noise = np.random.default_rng(5).integers(-9000, 9000, 16_000 * 20).astype(np.int16)
    soundfile.write(path, noise, 16_000, subtype="PCM_16")
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0x10
    path.write_bytes(content)
    track = open_flac(path)
    assert np.array_equal(track.read_pcm(0, 16_000), noise[:16_000])
    with pytest.raises(SessionError, match="cannot be read at"):
        track.read_pcm(0, track.length)
    path.write_bytes(b"no flac at all")
    with pytest.raises(SessionError, match="cannot be opened"):
        open_flac(path)
