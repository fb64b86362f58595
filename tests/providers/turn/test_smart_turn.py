import asyncio
import threading

import numpy as np
import pytest

from studio.model.audio import silence
from studio.model.errors import PresetError, WeightsError
from studio.model.preset import Part, Role
from studio.providers import catalog
from studio.providers.turn.smart_turn import SmartTurn, SmartTurnSettings
from tests.providers.speech import SENTENCES, spoken


def test_an_unknown_model_is_refused_when_the_preset_is_read() -> None:
    with pytest.raises(PresetError, match="v3"):
        catalog.settings(Role.TURN, Part(use="smart-turn/v9"))


async def test_missing_weights_are_told(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STUDIO_WEIGHTS_CACHE", str(tmp_path))
    detector = SmartTurn(SmartTurnSettings())
    with pytest.raises(WeightsError, match="smart-turn"):
        await detector.open()
    await detector.close()


async def test_asking_before_opening_is_a_bug() -> None:
    detector = SmartTurn(SmartTurnSettings())
    with pytest.raises(RuntimeError, match="before it was opened"):
        await detector.end_probability(silence(16_000))
    await detector.close()


@pytest.mark.weights
async def test_what_was_said_eight_seconds_ago_does_not_count() -> None:
    detector = SmartTurn(SmartTurnSettings())
    await detector.open()
    latest = np.concatenate([spoken(SENTENCES[4]), spoken(SENTENCES[3])])[-8 * 16_000 :]
    alone = await detector.end_probability(latest)
    later = await detector.end_probability(np.concatenate([spoken(SENTENCES[1]), latest]))
    assert later == (alone if latest.size == 8 * 16_000 else pytest.approx(alone, abs=0.2))
    await detector.close()


@pytest.mark.weights
async def test_the_loop_is_free_and_there_is_one_thread() -> None:
    detector = SmartTurn(SmartTurnSettings())
    await detector.open()
    judging = asyncio.gather(*[detector.end_probability(spoken(SENTENCES[0])) for _ in range(4)])
    turns = 0
    while not judging.done():
        turns += 1
        await asyncio.sleep(0.001)
    assert turns > 5
    assert len(set(await judging)) == 1
    assert sum(thread.name.startswith("smart-turn") for thread in threading.enumerate()) == 1
    await detector.close()
