import io
import wave
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.model.audio import Samples, silence, to_float
from studio.providers.tts.pcm_stream import PcmStream

RATE_HZ = 24_000
TONE = (np.sin(np.arange(2400) / 10) * 9000).astype("<i2")
UNKNOWN = b"\xff\xff\xff\xff"


def wav(pcm: bytes, rate_hz: int = RATE_HZ, channels: int = 1, width: int = 2) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(width)
        out.setframerate(rate_hz)
        out.writeframes(pcm)
    return file.getvalue()


def heard(*pieces: bytes) -> Samples:
    stream = PcmStream(RATE_HZ)
    return np.concatenate([silence(0), *map(stream.push, pieces), stream.end()])


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[start:end] for start, end in pairwise(edges)]


WHOLE = wav(TONE.tobytes())
STREAMED = WHOLE[:4] + UNKNOWN + WHOLE[8:40] + UNKNOWN + WHOLE[44:]
EMPTY_SIZE = WHOLE[:40] + bytes(4) + WHOLE[44:]
WITH_A_LIST = WHOLE[:12] + b"LIST\x03\x00\x00\x00abc\x00" + WHOLE[12:]
WITH_A_TAIL = WHOLE + b"LIST\x04\x00\x00\x00abcd"
RAW = TONE.tobytes()
FILES = [RAW, WHOLE, STREAMED, EMPTY_SIZE, WITH_A_LIST, WITH_A_TAIL]


@given(data=st.sampled_from(FILES), places=st.lists(st.integers(0, 10_000), max_size=12))
def test_however_it_is_cut_it_is_the_same_sound(data: bytes, places: list[int]) -> None:
    assert np.array_equal(heard(*cut(data, places)), to_float(TONE))


@pytest.mark.parametrize("data", FILES)
def test_byte_by_byte_it_is_the_same_sound(data: bytes) -> None:
    assert np.array_equal(heard(*(data[index : index + 1] for index in range(len(data)))), to_float(TONE))


@given(st.binary(max_size=40).filter(lambda data: data[:4] != b"RIFF"[: len(data[:4])]))
def test_whatever_is_no_file_is_sound_down_to_the_last_whole_sample(data: bytes) -> None:
    assert heard(data).size == len(data) // 2


@pytest.mark.parametrize("rate_hz", [16_000, 44_100, 48_000])
def test_a_file_of_another_rate_sounds_as_long_and_as_high(rate_hz: int) -> None:
    tone = (0.5 * np.sin(2 * np.pi * 440 * np.arange(rate_hz) / rate_hz) * 32767).astype("<i2").tobytes()
    sound = heard(*cut(wav(tone, rate_hz), list(range(0, len(tone), 999))))
    assert sound.size == pytest.approx(RATE_HZ, abs=50)
    spectrum = np.abs(np.fft.rfft(sound))
    assert np.argmax(spectrum) * RATE_HZ / sound.size == pytest.approx(440, abs=2)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (wav(RAW, channels=2), "2 channels of 16 bits at 24000 Hz"),
        (wav(RAW, width=1), "1 channels of 8 bits"),
        (wav(RAW, width=4), "1 channels of 32 bits"),
        (WHOLE[:20] + b"\x03\x00" + WHOLE[22:], "coded as 3"),
        (WHOLE[:24] + bytes(4) + WHOLE[28:], "at 0 Hz"),
        (WHOLE[:12] + b"LIST\xf0\xff\xff\xff" + WHOLE[12:], "without sound"),
    ],
)
def test_a_file_of_something_else_is_named(data: bytes, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        heard(data)


@pytest.mark.parametrize("data", [b"", b"R", b"RIFF", WHOLE[:30], WHOLE[:43], WHOLE[:44], WHOLE[:45]])
def test_a_file_that_ends_before_its_sound_is_silent(data: bytes) -> None:
    assert heard(data).size == 0
