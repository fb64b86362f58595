import threading

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from studio.audio.playout_buffer import PlayoutBuffer
from studio.model.audio import Samples


def counting(start: int, count: int) -> Samples:
    return np.arange(start, start + count, dtype=np.float32)


def test_plays_what_was_written_then_silence() -> None:
    buffer = PlayoutBuffer()
    assert buffer.write(counting(1, 5)) == 0
    assert buffer.write(counting(6, 2)) == 5
    first, second = buffer.read(4), buffer.read(4)
    assert (first.samples.tolist(), first.written_start, first.written_count, first.buffered) == ([1, 2, 3, 4], 0, 4, 3)
    assert (second.samples.tolist(), second.written_start, second.written_count) == ([5, 6, 7, 0], 4, 3)


def test_clear_drops_what_waits_and_keeps_what_comes() -> None:
    buffer = PlayoutBuffer(fade_samples=0)
    buffer.write(counting(0, 100))
    buffer.read(10)
    buffer.clear()
    assert buffer.write(counting(500, 3)) == 100
    block = buffer.read(4)
    assert (block.samples.tolist(), block.written_start, block.written_count) == ([500, 501, 502, 0], 100, 3)


def test_what_is_cleared_while_it_sounds_fades_out_within_the_block() -> None:
    buffer = PlayoutBuffer(fade_samples=4)
    buffer.write(np.ones(100, dtype=np.float32))
    buffer.read(10)
    buffer.clear()
    buffer.write(counting(500, 3))
    fading, after = buffer.read(10), buffer.read(10)
    assert fading.samples.tolist() == [1, 0.75, 0.5, 0.25, 0, 0, 0, 0, 0, 0]
    assert (fading.written_start, fading.written_count) == (10, 4)
    assert after.samples[:3].tolist() == [500, 501, 502]
    assert after.written_start == 100


def test_what_is_cleared_before_it_sounds_is_never_heard() -> None:
    buffer = PlayoutBuffer()
    buffer.read(10)
    buffer.write(counting(1, 100))
    buffer.clear()
    assert not buffer.read(10).samples.any()


def test_a_written_array_may_be_reused_by_the_caller() -> None:
    buffer, samples = PlayoutBuffer(), counting(1, 2)
    buffer.write(samples)
    samples[:] = 0
    assert buffer.read(2).samples.tolist() == [1, 2]


STEPS = st.one_of(
    st.tuples(st.just("write"), st.integers(0, 30)),
    st.tuples(st.just("read"), st.integers(1, 30)),
    st.tuples(st.just("clear"), st.just(0)),
)


@given(st.lists(STEPS))
def test_is_the_written_stream_less_what_was_cleared(steps: list[tuple[str, int]]) -> None:
    buffer, waiting, written, read_up_to = PlayoutBuffer(fade_samples=0), list[int](), 0, 0
    for what, count in steps:
        if what == "write":
            assert buffer.write(counting(written, count)) == written
            waiting += range(written, written + count)
            written += count
        elif what == "clear":
            buffer.clear()
            waiting = []
        else:
            block = buffer.read(count)
            expected, waiting = waiting[:count], waiting[count:]
            assert block.samples.tolist() == expected + [0] * (count - len(expected))
            assert (block.written_count, block.buffered) == (len(expected), len(waiting))
            assert block.written_start == (expected[0] if expected else block.written_start)
            assert read_up_to <= block.written_start <= written
            read_up_to = block.written_start + block.written_count


def test_two_threads_lose_and_repeat_nothing() -> None:
    buffer, total, piece = PlayoutBuffer(), 200_000, 500
    played: list[float] = []

    def play() -> None:
        while len(played) < total:
            block = buffer.read(480)
            played.extend(block.samples[: block.written_count].tolist())

    reader = threading.Thread(target=play)
    reader.start()
    for start in range(0, total, piece):
        buffer.write(counting(start, piece))
    reader.join(30)
    assert played == list(range(total))
