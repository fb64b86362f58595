import os
import subprocess
import sys

import numpy as np
import pytest

from studio.audio.echo import WebRtcEchoCanceller
from studio.model.audio import Samples
from studio.pipeline.resampling import resample

RATE_HZ = 16_000


def voice(seconds: float, pitch_hz: float, seed: int) -> Samples:
    """Something like speech: pulses at a wandering pitch through formants, in syllables with pauses."""
    chance = np.random.default_rng(seed)
    count = round(seconds * RATE_HZ)
    time = np.arange(count) / RATE_HZ
    pitch = pitch_hz * (1 + 0.2 * np.sin(2 * np.pi * 0.7 * time) + 0.1 * np.sin(2 * np.pi * 2.3 * time))
    phase = np.cumsum(pitch) / RATE_HZ
    sound = sum(np.sin(2 * np.pi * k * phase) / k * (k * pitch < 7000) for k in range(1, 30))
    syllables = np.repeat(chance.uniform(0, 1, count // 3200 + 1) > 0.25, 3200)[:count]
    loudness = np.convolve(syllables, np.hanning(800) / 400, mode="same")
    whole = (sound + 0.3 * chance.standard_normal(count)) * loudness
    return np.asarray(0.4 * whole / np.abs(whole).max(), dtype=np.float32)


def level_db(samples: Samples) -> float:
    return float(10 * np.log10(np.mean(np.square(samples)) + 1e-12))


def without_echo(played: Samples, captured: Samples, played_rate_hz: int = RATE_HZ, piece: int = 1) -> Samples:
    """The canceller run block by block; `piece` blocks are told at once, as speakers do."""
    canceller, heard = WebRtcEchoCanceller(), []
    told = resample(played, RATE_HZ, played_rate_hz)
    step = played_rate_hz // 100
    for block in range(len(captured) // 160):
        if block % piece == 0:
            canceller.far(told[block * step : (block + piece) * step], played_rate_hz)
        heard.append(canceller.near(captured[block * 160 : (block + 1) * 160]))
    return np.concatenate(heard)


def echo_of(played: Samples, delay_ms: int, gain: float = 0.4) -> Samples:
    room = np.random.default_rng(5).standard_normal(2000) * np.exp(-np.arange(2000) / 400)
    room[0] = 4
    back = np.convolve(played, room / np.sqrt(np.sum(room**2)))[: len(played)] * gain
    late = delay_ms * RATE_HZ // 1000
    quiet_room = np.random.default_rng(6).standard_normal(len(played)) * 1e-4
    return (np.concatenate([np.zeros(late), back])[: len(played)] + quiet_room).astype(np.float32)


@pytest.mark.parametrize(
    ("rate_hz", "piece", "delay_ms"), [(48_000, 3, 130), (48_000, 1, 20), (24_000, 1, 60), (44_100, 6, 250)]
)
def test_takes_the_echo_out(rate_hz: int, piece: int, delay_ms: int) -> None:
    played = voice(10, 120, seed=1)
    captured = echo_of(played, delay_ms)
    left = without_echo(played, captured, rate_hz, piece)
    late = slice(6 * RATE_HZ, 10 * RATE_HZ)
    assert level_db(captured[late]) - level_db(left[late]) > 20


def test_leaves_the_user_alone_while_nothing_is_played() -> None:
    user = voice(5, 190, seed=2)
    heard = without_echo(np.zeros_like(user), user)
    assert abs(level_db(heard[RATE_HZ:]) - level_db(user[RATE_HZ:])) < 2


def test_the_user_is_heard_over_the_agent() -> None:
    played, user = voice(10, 120, seed=1), voice(10, 190, seed=2)
    user[: 6 * RATE_HZ] = 0
    echo = echo_of(played, 100, gain=0.2)
    alone, both = without_echo(played, echo), without_echo(played, echo + user)
    late = slice(6 * RATE_HZ, 10 * RATE_HZ)
    assert level_db(both[late]) - level_db(alone[late]) > 20


def test_pieces_of_any_length_are_the_same_as_whole_blocks() -> None:
    played = voice(3, 120, seed=1)
    captured = echo_of(played, 50)
    whole = without_echo(played, captured)
    canceller, heard, told = WebRtcEchoCanceller(), [], 0
    for block in range(len(captured) // 160):
        while told < (block + 1) * 160:
            step = min(37, (block + 1) * 160 - told)
            canceller.far(played[told : told + step], RATE_HZ)
            told += step
        heard.append(canceller.near(captured[block * 160 : (block + 1) * 160]))
    assert np.array_equal(np.concatenate(heard), whole)


def test_with_headphones_the_first_word_over_the_agent_is_heard_as_it_was_said() -> None:
    played, user = voice(4, 120, seed=1), voice(4, 190, seed=2)
    user[: 3 * RATE_HZ] = 0
    heard = without_echo(played, user)
    assert abs(level_db(heard[3 * RATE_HZ :]) - level_db(user[3 * RATE_HZ :])) < 1


def test_noise_of_the_room_is_no_echo() -> None:
    noise = np.random.default_rng(3).normal(0, 0.003, 5 * RATE_HZ).astype(np.float32)
    played, user = voice(5, 120, seed=1), voice(5, 190, seed=2)
    played[:RATE_HZ] = 0
    user[: 4 * RATE_HZ] = 0
    heard = without_echo(played, user + noise)
    assert abs(level_db(heard[4 * RATE_HZ :]) - level_db((user + noise)[4 * RATE_HZ :])) < 1


def test_an_echo_that_begins_later_is_taken_out_too() -> None:
    played = voice(16, 120, seed=1)
    captured = echo_of(played, 60)
    captured[: 4 * RATE_HZ] = 0
    left = without_echo(played, captured)
    late = slice(12 * RATE_HZ, 16 * RATE_HZ)
    assert level_db(captured[late]) - level_db(left[late]) > 20


_END_OF_A_PROCESS = """
import atexit, logging, sys, time
atexit.register(time.sleep, 0.5)  # the last to be called: livekit has said its goodbye long before
logging.basicConfig(level=logging.DEBUG, stream=sys.stdout)
from studio.audio.echo import WebRtcEchoCanceller
WebRtcEchoCanceller()
time.sleep(1.5)  # what it logs at its start has been told by then
print("the end", flush=True)
"""


def test_nothing_comes_back_from_the_library_while_python_ends() -> None:
    """A thread that comes back when Python is gone is killed inside of Rust, which aborts the process.

    Several times, as the library passes its log on only in half of all cases.
    """
    environment = {**os.environ, "LIVEKIT_RTC_DEBUG": "1"}
    command = [sys.executable, "-c", _END_OF_A_PROCESS]
    ending = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) for _ in range(5)]
    for process in ending:
        started, ended = process.communicate(timeout=60)[0].split("the end")
        assert process.returncode == 0
        assert "livekit" in started
        assert ended.strip() == ""
