import numpy as np
import pytest

from benchmarks.turns.stretch import stretches, trimmed
from benchmarks.turns.truth import PER_MS
from studio.model.audio import Samples


def tone(ms: int) -> Samples:
    return (0.3 * np.sin(np.arange(ms * PER_MS) / 8)).astype(np.float32)


def quiet(ms: int) -> Samples:
    return np.zeros(ms * PER_MS, dtype=np.float32)


def test_silence_around_a_line_goes() -> None:
    assert trimmed(np.concatenate([quiet(100), tone(500), quiet(300)])).size == 500 * PER_MS


def test_silence_alone_is_no_line() -> None:
    with pytest.raises(ValueError, match="without any sound"):
        trimmed(quiet(100))


def test_a_line_is_cut_at_the_gaps_that_are_nearest_to_where_they_should_be() -> None:
    line = np.concatenate([tone(600), quiet(200), tone(400), quiet(40), tone(300), quiet(250), tone(700)])
    pieces = stretches(line, [0.3, 0.7])
    assert [piece.size / PER_MS for piece in pieces] == [600, 740, 700]


def test_a_line_without_gaps_is_cut_where_it_is_softest() -> None:
    line = tone(1000)
    line[480 * PER_MS : 500 * PER_MS] *= np.float32(0.2)
    first, second = stretches(line, [0.5])
    assert 470 <= first.size / PER_MS <= 510
    assert first.size + second.size == pytest.approx(line.size, abs=20 * PER_MS)
