import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.model.audio import LISTENING_RATE_HZ, Samples
from studio.providers.turn.log_mel import WINDOW_SAMPLES, log_mel


def sweep(seconds: int) -> Samples:
    """A tone that rises from 100 Hz by 2400 Hz a second."""
    at = np.arange(seconds * LISTENING_RATE_HZ) / LISTENING_RATE_HZ
    return (0.4 * np.sin(2 * np.pi * (100 * at + 1200 * at**2))).astype(np.float32)


def test_the_numbers_are_those_of_the_published_features() -> None:
    """What Pipecat 1.14.0's `compute_whisper_log_mel_features` gave for the same 3 s, filled up in front to 8 s."""
    features = log_mel(sweep(3))
    assert features.shape == (80, 800)
    assert features.dtype == np.float32
    assert features.mean(dtype=np.float64) == pytest.approx(-0.17605536552, abs=1e-7)
    assert features.std(dtype=np.float64) == pytest.approx(0.23383842073, abs=1e-7)
    known = {
        (0, 0): -0.07153,
        (0, 499): 0.62496,
        (5, 510): 1.0198,
        (40, 600): -0.22014,
        (79, 799): 0.76544,
        (79, 500): -0.22014,
        (3, 500): 1.55875,
    }
    for (band, frame), value in known.items():
        assert features[band, frame] == pytest.approx(value, abs=1e-5)
    assert features[:, [520, 600, 700, 790]].argmax(axis=0).tolist() == [14, 50, 67, 77]


def test_only_the_latest_eight_seconds_count() -> None:
    audio = sweep(12)
    np.testing.assert_array_equal(log_mel(audio), log_mel(audio[-WINDOW_SAMPLES:]))


@pytest.mark.parametrize("count", [0, 400, 40_000, 127_700, WINDOW_SAMPLES - 1])
def test_silence_in_front_is_as_if_it_had_been_recorded(count: int) -> None:
    audio = sweep(8)[:count]
    np.testing.assert_array_equal(log_mel(audio), log_mel(np.pad(audio, (WINDOW_SAMPLES - count, 0))))


@settings(max_examples=20, deadline=None)
@given(level=st.floats(0.1, 1), count=st.integers(1600, WINDOW_SAMPLES + 1000))
def test_loudness_does_not_count(level: float, count: int) -> None:
    noise = np.random.default_rng(0).normal(0, 0.2, count).astype(np.float32)
    np.testing.assert_allclose(log_mel(noise), log_mel(noise * np.float32(level)), atol=0.02)
