import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from studio.model.audio import to_float, to_pcm16
from studio.model.conversation import TimedWord
from studio.providers.tts.phrase import Phrase, from_bytes, to_bytes
from tests.providers.tts.phrases import key, phrase, same

times = some.floats(0, 1e6, allow_nan=False)
words = some.lists(some.builds(TimedWord, some.text(), times, times), max_size=3).map(tuple)


@given(some.lists(some.tuples(some.integers(0, 50), words), max_size=5).map(tuple), some.sampled_from([8000, 24_000]))
def test_what_is_written_is_read(pieces: tuple[tuple[int, tuple[TimedWord, ...]], ...], rate_hz: int) -> None:
    pcm = np.arange(sum(count for count, _ in pieces), dtype=np.int16) * np.int16(500)
    back = from_bytes(key(1), to_bytes(key(1), Phrase(rate_hz, pcm, pieces)))
    assert back is not None
    assert (back.rate_hz, back.pieces, back.pcm.tolist()) == (rate_hz, pieces, pcm.tolist())


def test_the_pieces_come_as_they_were_given() -> None:
    kept = phrase(3, samples=101)
    sounds = list(kept.sounds())
    assert [(sound.samples.size, sound.words, sound.cached) for sound in sounds] == [
        (50, kept.pieces[0][1], True),
        (51, (), True),
    ]
    assert np.array_equal(to_pcm16(np.concatenate([sound.samples for sound in sounds])), kept.pcm)
    assert np.array_equal(sounds[0].samples, to_float(kept.pcm[:50]))


@pytest.mark.parametrize("length", [0, 1, 31, 32, 33, 100, -1])
def test_a_torn_file_is_none(length: int) -> None:
    assert from_bytes(key(1), to_bytes(key(1), phrase(1))[:length]) is None


@given(some.integers(0, 10_000), some.integers(1, 255))
def test_a_file_with_a_wrong_byte_is_none(position: int, change: int) -> None:
    data = bytearray(to_bytes(key(1), phrase(1, samples=500)))
    data[position % len(data)] ^= change
    assert from_bytes(key(1), bytes(data)) is None


def test_another_phrases_file_is_none() -> None:
    data = to_bytes(key(1), phrase(1))
    assert same(from_bytes(key(1), data), phrase(1))
    assert from_bytes(key(2), data) is None
