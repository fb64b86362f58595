from hypothesis import given
from hypothesis import strategies as st

from studio.model.time import NS_PER_MS, NS_PER_S, Instant, later, milliseconds, of_samples, to_ms, to_samples


def test_units() -> None:
    assert milliseconds(1.5) == 1_500_000
    assert to_ms(1_500_499) == 1.5
    assert to_ms(-2_000_600) == -2.001
    assert later(Instant(5), -7) == -2
    assert of_samples(160, 16_000) == 10 * NS_PER_MS
    assert to_samples(10 * NS_PER_MS, 44_100) == 441


@given(st.integers(0, 10**13), st.sampled_from([8_000, 16_000, 22_050, 24_000, 44_100, 48_000, 192_000]))
def test_samples_there_and_back_lose_at_most_one(samples: int, rate_hz: int) -> None:
    length = of_samples(samples, rate_hz)
    assert samples - 1 <= to_samples(length, rate_hz) <= samples
    assert abs(length - samples * NS_PER_S / rate_hz) <= 1 + samples * 1e-6


@given(st.integers(-(10**15), 10**15))
def test_milliseconds_are_exact_to_the_microsecond(nanoseconds: int) -> None:
    assert abs(milliseconds(to_ms(nanoseconds)) - nanoseconds) <= 501
