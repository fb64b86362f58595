import time
from collections.abc import Callable

import numpy as np
import pytest

from studio.model.audio import AudioBlock, Samples, silence
from studio.model.time import NS_PER_MS, Instant, milliseconds
from studio.pipeline.echo_check import ECHO_LIKENESS, EchoCheck, Likeness
from studio.pipeline.resampling import resample
from tests.providers.speech import spoken

RATE_HZ = 48_000
AGENT = "It is sunny today in London, and about twenty degrees. Take a hat with you when you go out this afternoon."
USER = "I ordered a blue jacket last week, but it has not arrived yet. Can you tell me where it is now?"
LENGTH = 4800
"""300 ms at 16 kHz."""
PLAYED_FROM = Instant(5000 * NS_PER_MS)

Speaker = Callable[[Samples], Samples]


def level(samples: Samples) -> float:
    return float(np.sqrt(np.mean(samples**2)))


@pytest.fixture(scope="module")
def agent() -> Samples:
    return spoken(AGENT)[7000:]


@pytest.fixture(scope="module", params=[4, 5, 6], ids=["higher", "same voice", "lower"])
def user(request: pytest.FixtureRequest, agent: Samples) -> Samples:
    """Somebody else: the voice there is, of another size; as long as the agent speaks."""
    voice = resample(spoken(USER)[8000:-8000], 5000, request.param * 1000)
    return np.resize(voice, agent.size) * np.float32(level(agent) / level(voice))


def room(samples: Samples) -> Samples:
    """More reverberation than direct sound."""
    random = np.random.default_rng(11)
    answer = 0.3 * random.standard_normal(1600) * np.exp(-np.arange(1600) / 200)
    answer[0] = 1
    size = 1 << (samples.size + 1600).bit_length()
    return np.fft.irfft(np.fft.rfft(samples, size) * np.fft.rfft(answer, size), size)[: samples.size].astype(np.float32)


def small(samples: Samples) -> Samples:
    spectrum = np.fft.rfft(room(samples))
    of_bin = np.fft.rfftfreq(samples.size, 1 / 16_000)
    spectrum[(of_bin < 300) | (of_bin > 3400)] = 0
    return np.fft.irfft(spectrum, samples.size).astype(np.float32)


def overdriven(samples: Samples) -> Samples:
    return room(np.clip(samples, -0.25 * samples.max(), 0.25 * samples.max()))


def far(samples: Samples) -> Samples:
    return np.float32(0.01) * room(samples)


def compared(agent: Samples, heard: Samples, user: Samples | None = None) -> list[Likeness]:
    """300 ms of it at many places where there is something to be heard, each with all that was played."""
    check, answers = EchoCheck(), list[Likeness]()
    loud = resample(agent, 16_000, RATE_HZ)
    speaking = heard if user is None else user
    for position in range(0, loud.size - 480, 480):
        at = Instant(PLAYED_FROM + position * 1_000_000_000 // RATE_HZ)
        check.played(AudioBlock(loud[position : position + 480], position, at), RATE_HZ)
        begin = (position // 3) - LENGTH - 1600  # told 100 ms later than it was played
        if begin > 0 and position % 7200 == 0:
            sound = heard[begin : begin + LENGTH]
            if level(sound) > 0.3 * level(heard) and level(speaking[begin : begin + LENGTH]) > 0.3 * level(speaking):
                answers.append(check.compare(sound, Instant(PLAYED_FROM + milliseconds(begin / 16))))
    assert len(answers) > 20
    return answers


def echo(agent: Samples, speaker: Speaker, delay_ms: int) -> Samples:
    late = np.concatenate([silence(delay_ms * 16), speaker(agent)])[: agent.size]
    return late + np.random.default_rng(5).normal(0, 1e-5, agent.size).astype(np.float32)


@pytest.mark.parametrize("delay_ms", [0, 90, 390])
@pytest.mark.parametrize("speaker", [lambda sound: sound, room, small, overdriven, far])
def test_an_echo_is_alike_and_its_delay_is_told(agent: Samples, speaker: Speaker, delay_ms: int) -> None:
    answers = compared(agent, echo(agent, speaker, delay_ms))
    alike = np.array([answer.likeness for answer in answers])
    assert np.median(alike) > 0.7
    assert np.mean(alike >= ECHO_LIKENESS) >= 0.85
    assert abs(np.median([answer.delay_ms for answer in answers]) - delay_ms) < 10


def test_a_user_is_not_alike(agent: Samples, user: Samples) -> None:
    alike = [answer.likeness for answer in compared(agent, user)]
    assert np.median(alike) < 0.1
    assert np.percentile(alike, 95) < 0.3
    assert np.mean(np.array(alike) >= ECHO_LIKENESS) <= 0.03


@pytest.mark.parametrize(("user_db", "lowest", "highest"), [(-20, 0.7, 1), (-6, 0.3, 0.8), (0, 0.1, 0.5), (6, 0, 0.3)])
def test_of_both_the_likeness_is_the_echos_share(
    agent: Samples, user: Samples, user_db: float, lowest: float, highest: float
) -> None:
    both = [echo(agent, room, 60), user]
    gain = np.float32(10 ** (user_db / 20) * level(both[0]) / level(user))
    alike = [answer.likeness for answer in compared(agent, both[0] + gain * user, user)]
    assert lowest <= np.median(alike) <= highest


def test_in_silence_there_is_no_echo(agent: Samples) -> None:
    check = EchoCheck()
    assert check.compare(agent[:LENGTH], Instant(0)).likeness == 0
    check.played(AudioBlock(silence(RATE_HZ), 0, Instant(0)), RATE_HZ)
    assert check.compare(agent[:LENGTH], Instant(500 * NS_PER_MS)).likeness == 0
    check.played(AudioBlock(resample(agent, 16_000, RATE_HZ), RATE_HZ, Instant(1000 * NS_PER_MS)), RATE_HZ)
    assert check.compare(silence(LENGTH), Instant(1500 * NS_PER_MS)).likeness == 0
    assert check.compare(agent[:100], Instant(1500 * NS_PER_MS)).likeness == 0


def test_what_was_played_long_ago_or_is_yet_to_come_is_not_compared(agent: Samples) -> None:
    check = EchoCheck()
    check.played(AudioBlock(resample(agent, 16_000, RATE_HZ), 0, Instant(0)), RATE_HZ)
    for start_ms in (0, 60_000):
        assert check.compare(agent[8000 : 8000 + LENGTH], Instant(start_ms * NS_PER_MS)).likeness < ECHO_LIKENESS


def test_it_is_quick(agent: Samples) -> None:
    check = EchoCheck()
    check.played(AudioBlock(resample(agent[:24_000], 16_000, RATE_HZ), 0, Instant(0)), RATE_HZ)
    took = []
    for _ in range(20):
        began = time.thread_time()
        check.compare(agent[8000 : 8000 + LENGTH], Instant(520 * NS_PER_MS))
        took.append(time.thread_time() - began)
    assert min(took) < 0.02, "1 ms on an ordinary core"
