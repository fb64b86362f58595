import numpy as np
import pytest

from studio.audio.echo_path import EchoPath
from studio.model.audio import LISTENING_RATE_HZ, Samples, silence
from studio.pipeline.resampling import resample
from tests.audio.test_echo import echo_of, voice

RATE_HZ = LISTENING_RATE_HZ


def absent(played: Samples, heard: Samples, played_rate_hz: int = RATE_HZ) -> list[bool]:
    """What is believed after each 10 ms; the speaker tells 30 ms at once."""
    path, told, believed = EchoPath(), resample(played, RATE_HZ, played_rate_hz), []
    step = played_rate_hz // 100
    for block in range(heard.size // 160):
        if block % 3 == 0:
            path.played(told[block * step : (block + 3) * step], played_rate_hz)
        path.heard(heard[block * 160 : (block + 1) * 160])
        believed.append(path.absent)
    return believed


def noise(seconds: float, level: float) -> Samples:
    return np.random.default_rng(4).normal(0, level, round(seconds * RATE_HZ)).astype(np.float32)


@pytest.mark.parametrize("rate_hz", [16_000, 24_000, 48_000])
@pytest.mark.parametrize("level", [0.0, 1e-4, 3e-3])
def test_nothing_comes_back_into_a_headset(rate_hz: int, level: float) -> None:
    quiet, agent = silence(RATE_HZ), voice(3, 120, seed=1)
    believed = absent(np.concatenate((quiet, agent)), noise(4, level), rate_hz)
    assert not any(believed[:140])  # so long an echo may still come
    assert believed[-1]


@pytest.mark.parametrize(("delay_ms", "gain"), [(20, 0.4), (130, 0.4), (300, 0.4), (60, 0.05)])
def test_a_speaker_is_heard(delay_ms: int, gain: float) -> None:
    played = voice(6, 120, seed=1)
    assert not any(absent(played, echo_of(played, delay_ms, gain)))


@pytest.mark.parametrize("hertz", [0, 50, 100])
@pytest.mark.parametrize("gain", [0.05, 0.02])
def test_hum_hides_no_echo(hertz: int, gain: float) -> None:
    played = np.concatenate((silence(RATE_HZ), voice(6, 120, seed=1)))
    hum = 0.014 * np.cos(2 * np.pi * hertz * np.arange(played.size) / RATE_HZ)
    assert not any(absent(played, (echo_of(played, 60, gain) + hum).astype(np.float32)))


def test_nothing_is_told_by_a_time_without_a_device() -> None:
    played = voice(6, 120, seed=1)
    heard = echo_of(played, 60, 0.2)
    path, believed = EchoPath(), []
    for block in range(heard.size // 160):
        if not 200 <= block < 300:  # the speaker is being swapped
            path.played(played[block * 160 : (block + 1) * 160], RATE_HZ)
        path.heard(silence(160) if 200 <= block < 300 else heard[block * 160 : (block + 1) * 160])
        believed.append(path.absent)
    assert not any(believed)


def test_nothing_is_believed_while_the_agent_is_silent() -> None:
    assert not any(absent(silence(5 * RATE_HZ), noise(5, 1e-4)))


def test_a_user_over_the_agent_is_no_echo() -> None:
    played, user = voice(8, 120, seed=1), voice(8, 190, seed=2)
    user[: 2 * RATE_HZ] = 0
    assert all(absent(played, user)[200:])


def test_a_speaker_that_is_switched_on_is_noticed() -> None:
    played = voice(8, 120, seed=1)
    heard = echo_of(played, 60)
    heard[: 4 * RATE_HZ] = 0
    believed = absent(played, heard)
    assert believed[390]
    assert not any(believed[500:])
