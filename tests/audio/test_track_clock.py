from hypothesis import given
from hypothesis import strategies as st

from studio.audio.track_clock import DeviceTime, TrackClock
from studio.model.time import Instant, milliseconds, to_ms

RATE_HZ, BLOCK, BLOCK_MS = 16_000, 160, 10


def test_a_callback_that_was_held_up_does_not_move_the_sound() -> None:
    time = DeviceTime(0)
    told = []
    for block in range(50):
        on_time = milliseconds(block * BLOCK_MS)
        held_up = milliseconds(40 if block % 3 else 0)
        told.append(time.at_device(Instant(on_time + held_up), 1000 + block / 100, 1000 + block / 100 - 0.012))
    assert [round(to_ms(at), 1) for at in told] == [block * 10 - 12 for block in range(50)]


def test_follows_a_device_clock_that_is_set_anew() -> None:
    time = DeviceTime(0)
    for block in range(500):
        jump = -3600 if block > 100 else 0  # the wall clock goes back an hour
        at = time.at_device(Instant(milliseconds(block * 10)), 5000 + jump + block / 100, 5000 + jump + block / 100)
    assert abs(to_ms(at) - 4990) < 0.1


def test_a_device_without_times_has_its_latency() -> None:
    called = Instant(milliseconds(100))
    for now, at in ((0.0, 0.0), (50.0, 0.0), (50.0, 90.0)):
        assert to_ms(DeviceTime(-0.02).at_device(called, now, at)) == 80


def feed(clock: TrackClock, blocks: int, ppm: float = 0, jitter: list[int] | None = None) -> int:
    """Place `blocks` blocks of a device that runs `ppm` slow; returns the samples found missing."""
    missing = 0
    for block in range(blocks):
        wobble = jitter[block % len(jitter)] if jitter else 0
        measured = Instant(round(milliseconds(block * BLOCK_MS) * (1 + ppm / 1e6)) + milliseconds(wobble))
        missing += clock.missing_before(block * BLOCK, measured, interrupted=False)
    return missing


@given(st.floats(-300, 300), st.lists(st.integers(-15, 15), min_size=1, max_size=20))
def test_drift_and_jitter_are_followed_and_never_taken_for_a_gap(ppm: float, jitter: list[int]) -> None:
    clock = TrackClock(RATE_HZ)
    assert feed(clock, 6000, ppm, jitter) == 0
    truth_ms = 60_000 * (1 + ppm / 1e6)
    assert abs(to_ms(clock.at(6000 * BLOCK)) - truth_ms) <= 16 + 0.2


@given(st.lists(st.integers(-40, 40), min_size=300, max_size=300))
def test_times_never_run_backwards(jitter: list[int]) -> None:
    clock, last = TrackClock(RATE_HZ), None
    for block, wobble in enumerate(jitter):
        measured = Instant(milliseconds(block * BLOCK_MS + wobble))
        clock.missing_before(block * BLOCK, measured, interrupted=False)
        assert last is None or clock.at(block * BLOCK) > last
        last = clock.at(block * BLOCK)


def test_a_gap_is_found_exactly() -> None:
    clock = TrackClock(RATE_HZ)
    feed(clock, 100)
    after = Instant(milliseconds(1000 + 350))
    assert clock.missing_before(100 * BLOCK, after, interrupted=False) == 350 * 16
    assert clock.missing_before(100 * BLOCK + 350 * 16, after, interrupted=True) == 0


def test_a_small_gap_counts_only_when_the_device_says_so() -> None:
    for interrupted, missing in ((True, 20 * 16), (False, 0)):
        clock = TrackClock(RATE_HZ)
        feed(clock, 100)
        assert clock.missing_before(100 * BLOCK, Instant(milliseconds(1020)), interrupted) == missing
