import numpy as np
import pytest

from studio.pipeline.trouble_sound import trouble_sound


@pytest.mark.parametrize("rate_hz", [16_000, 24_000, 48_000])
def test_it_is_short_soft_and_without_a_click(rate_hz: int) -> None:
    sound = trouble_sound(rate_hz)
    assert sound.dtype == np.float32
    assert sound.size == round(0.32 * rate_hz)
    assert 0.1 < np.abs(sound).max() <= 0.12
    assert np.abs(np.diff(sound, prepend=0, append=0)).max() < 0.12 * 2 * np.pi * 440 / rate_hz * 1.1
