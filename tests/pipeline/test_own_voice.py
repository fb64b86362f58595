import asyncio

import numpy as np
import pytest

from studio.model.audio import LISTENING_RATE_HZ, Samples
from studio.model.turn_events import EchoSuspected
from studio.pipeline.bus import Bus
from studio.pipeline.clock import Clock
from studio.pipeline.floor import Agent, State, User
from studio.pipeline.own_voice import OwnVoice
from tests.pipeline.stages.readers import Reader, virtually
from tests.pipeline.stages.test_listen import cut, listen

DELAY_MS = 50
SPEAKING = State(agent=Agent.SPEAKING)


def noise(seed: int) -> Samples:
    return np.float32(0.1) * np.random.default_rng(seed).standard_normal(16_000).astype(np.float32)


def returned(played: Samples, heard: Samples, state: State) -> tuple[bool, list[EchoSuspected]]:
    async def run() -> tuple[bool, list[EchoSuspected]]:
        bus, reader = Bus(), Reader()
        bus.subscribe(reader)
        own_voice = OwnVoice(stage, Clock(asyncio.get_running_loop()), bus)
        for block in cut(played):
            own_voice.played(block, LISTENING_RATE_HZ)
        return own_voice.returns(state, 3), reader.of(EchoSuspected)

    _, stage, _ = listen(cut(heard))
    return virtually(run())


def delayed(sound: Samples) -> Samples:
    return np.roll(sound, DELAY_MS * LISTENING_RATE_HZ // 1000)


def test_the_agents_own_voice_is_known_and_told() -> None:
    known, [told] = returned(noise(1), delayed(noise(1)), SPEAKING)
    assert known
    assert told.turn == 3
    assert told.likeness > 0.9
    assert told.delay_ms == pytest.approx(DELAY_MS, abs=1)


def test_somebody_else_is_not_taken_for_it() -> None:
    assert returned(noise(1), noise(2), SPEAKING) == (False, [])


@pytest.mark.parametrize(
    "state",
    [
        State(),
        State(agent=Agent.THINKING),
        State(agent=Agent.HELD, user=User.SPEAKING),
        State(agent=Agent.SPEAKING, user=User.SPEAKING),
        State(agent=Agent.SPEAKING, user=User.PAUSING),
        State(agent=Agent.SPEAKING, protected=True),
    ],
)
def test_it_is_not_looked_for_where_that_changes_nothing(state: State) -> None:
    assert returned(noise(1), delayed(noise(1)), state) == (False, [])
