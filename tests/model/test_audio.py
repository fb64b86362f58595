import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.model.audio import AUDIBLE_DB, audible_span, peak, rms_windows, silence, to_float, to_pcm16

RATE_HZ = 16_000


@given(st.lists(st.integers(-32768, 32767), max_size=300))
def test_sixteen_bits_survive_the_way_there_and_back(values: list[int]) -> None:
    pcm = np.array(values, dtype=np.int16)
    assert to_pcm16(to_float(pcm)).tolist() == values


def test_louder_than_full_scale_is_clipped() -> None:
    assert to_pcm16(np.array([1.5, 1.0, -1.0, -7.0], dtype=np.float32)).tolist() == [32767, 32767, -32768, -32768]


def test_peak() -> None:
    assert peak(silence(0)) == 0
    assert peak(np.array([0.25, -0.5], dtype=np.float32)) == 0.5


@pytest.mark.parametrize(("count", "windows"), [(0, 0), (1, 1), (160, 1), (161, 2)])
def test_levels_are_of_whole_windows_and_the_rest(count: int, windows: int) -> None:
    levels = rms_windows(np.full(count, 0.5, dtype=np.float32), RATE_HZ)
    assert levels.size == windows
    if count >= 160:
        assert levels[0] == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("first", "end", "expected"),
    [
        (1600, 3200, (1600, 3200)),
        (1601, 3199, (1600, 3200)),
        (0, 16_000, (0, 16_000)),
        (15_900, 15_950, (15_840, 16_000)),
    ],
)
def test_the_audible_part_in_windows_of_ten_milliseconds(first: int, end: int, expected: tuple[int, int]) -> None:
    sound = silence(RATE_HZ)
    sound[first:end] = 0.5
    assert audible_span(sound, RATE_HZ) == expected


def test_nothing_is_audible_in_silence() -> None:
    assert audible_span(silence(0), RATE_HZ) is None
    assert audible_span(silence(RATE_HZ), RATE_HZ) is None
    assert audible_span(np.full(RATE_HZ, 1e-6, dtype=np.float32), RATE_HZ) is None


def test_audible_is_relative_to_the_loudest_and_above_the_noise() -> None:
    sound = np.full(RATE_HZ, 0.5 * 10 ** ((AUDIBLE_DB - 1) / 20), dtype=np.float32)
    sound[8000:9600] = 0.5
    assert audible_span(sound, RATE_HZ) == (8000, 9600)
    quiet = sound * np.float32(0.02)
    assert audible_span(quiet, RATE_HZ) == (8000, 9600)
    assert audible_span(quiet, RATE_HZ, noise_rms=0.01) is None


@given(st.lists(st.floats(-1, 1, width=32), max_size=700), st.floats(0, 0.5))
def test_the_audible_part_lies_within_the_sound(values: list[float], noise: float) -> None:
    sound = np.array(values, dtype=np.float32)
    span = audible_span(sound, RATE_HZ, noise)
    if span is not None:
        assert 0 <= span[0] < span[1] <= sound.size
