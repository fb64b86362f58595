import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.model.audio import Samples
from studio.pipeline.resampling import StreamResampler, resample

RATES = [8_000, 16_000, 22_050, 24_000, 44_100, 48_000]


def tone(rate_hz: int, hz: float, seconds: float = 0.5) -> Samples:
    return np.sin(2 * np.pi * hz * np.arange(round(rate_hz * seconds)) / rate_hz).astype(np.float32)


def click(rate_hz: int, at_s: float, seconds: float = 0.5) -> Samples:
    """A smooth pulse of some 4 ms, so that every rate can carry it."""
    times = np.arange(round(rate_hz * seconds)) / rate_hz - at_s
    return np.exp(-((times / 0.001) ** 2)).astype(np.float32)


@pytest.mark.parametrize("to_hz", RATES)
@pytest.mark.parametrize("from_hz", RATES)
def test_a_tone_stays_the_tone_it_was(from_hz: int, to_hz: int) -> None:
    changed = resample(tone(from_hz, 440), from_hz, to_hz)
    expected = tone(to_hz, 440)
    assert abs(changed.size - expected.size) <= 1
    middle = slice(to_hz // 10, to_hz * 4 // 10)
    assert np.abs(changed[middle] - expected[middle]).max() < 0.01


@pytest.mark.parametrize("from_hz", RATES)
@pytest.mark.parametrize("to_hz", [16_000, 48_000])
def test_a_stream_keeps_its_length_and_its_times(from_hz: int, to_hz: int) -> None:
    sound = click(from_hz, 0.25)
    stream = StreamResampler(from_hz, to_hz)
    block = from_hz // 100
    pieces = [stream.push(sound[at : at + block]) for at in range(0, sound.size, block)]
    changed = np.concatenate([*pieces, stream.flush()])
    assert changed.dtype == np.float32
    assert abs(changed.size / to_hz - sound.size / from_hz) < 0.001
    assert abs(int(np.argmax(changed)) / to_hz - 0.25) < 0.0005
    if from_hz != to_hz:
        held_back = (sound.size / from_hz) - sum(piece.size for piece in pieces) / to_hz
        assert held_back < (0.0035 if from_hz >= 16_000 else 0.007)


def test_the_same_rate_changes_nothing() -> None:
    sound = tone(24_000, 440)
    assert resample(sound, 24_000, 24_000) is sound
    stream = StreamResampler(24_000, 24_000)
    assert stream.push(sound) is sound
    assert stream.flush().size == 0


def test_what_the_new_rate_cannot_carry_is_gone() -> None:
    high = tone(48_000, 10_000)
    assert np.abs(resample(high, 48_000, 16_000)[800:-800]).max() < 0.01
    assert np.abs(StreamResampler(48_000, 16_000).push(high)[1600:]).max() < 0.01


@given(st.lists(st.integers(0, 700), min_size=1, max_size=20))
@settings(deadline=None)
def test_how_a_stream_is_cut_does_not_change_its_sound(lengths: list[int]) -> None:
    sound = tone(24_000, 300, sum(lengths) / 24_000)
    stream, at, pieces = StreamResampler(24_000, 48_000), 0, []
    for length in lengths:
        pieces.append(stream.push(sound[at : at + length]))
        at += length
    cut = np.concatenate([*pieces, stream.flush()])
    whole_stream = StreamResampler(24_000, 48_000)
    whole = np.concatenate([whole_stream.push(sound), whole_stream.flush()])
    assert cut.size == whole.size
    assert np.allclose(cut, whole, atol=1e-4)
