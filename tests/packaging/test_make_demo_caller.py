"""The recording in assets/demo is what its caller.toml says it is."""

import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from studio.model.audio import LISTENING_RATE_HZ, Samples, rms_windows
from studio.providers.stt.moonshine import Moonshine, MoonshineSettings
from tests.providers.speech import words

DEMO = Path(__file__).parents[2] / "assets" / "demo"
ROOM_RMS = 10 ** (-65 / 20)


@pytest.fixture(scope="module")
def utterances() -> list[dict[str, Any]]:
    return list(tomllib.loads((DEMO / "caller.toml").read_text(encoding="utf-8"))["utterances"])


@pytest.fixture(scope="module")
def recording() -> Samples:
    samples, rate_hz = soundfile.read(DEMO / "caller.wav", dtype="float32")
    assert rate_hz == LISTENING_RATE_HZ
    assert samples.ndim == 1
    return np.asarray(samples, dtype=np.float32)


def cut(recording: Samples, start_ms: int, end_ms: int) -> Samples:
    return recording[max(0, start_ms) * LISTENING_RATE_HZ // 1000 : end_ms * LISTENING_RATE_HZ // 1000]


def test_there_is_silence_between_utterances_and_speech_in_them(
    utterances: list[dict[str, Any]], recording: Samples
) -> None:
    before_ms = 0
    for each in utterances:
        assert rms_windows(cut(recording, before_ms, each["start_ms"]), LISTENING_RATE_HZ).max() < 2 * ROOM_RMS
        spoken = rms_windows(cut(recording, each["start_ms"], each["end_ms"]), LISTENING_RATE_HZ)
        assert spoken.max() > 0.05
        assert min(spoken[0], spoken[-1]) > 1.2 * ROOM_RMS, "it starts and ends where it says"
        before_ms = each["end_ms"]
    assert before_ms + 5000 < recording.size * 1000 / LISTENING_RATE_HZ < 75_000


def test_one_hesitates_and_one_talks_over_the_answer(utterances: list[dict[str, Any]]) -> None:
    assert sum("hesitation_ms" in each for each in utterances) == 1
    assert [each.get("barge_in", False) for each in utterances].count(True) == 1


@pytest.mark.weights
async def test_it_is_understood(utterances: list[dict[str, Any]], recording: Samples) -> None:
    stt = Moonshine(MoonshineSettings())
    await stt.open()
    for each in utterances:
        heard = await stt.transcribe(cut(recording, each["start_ms"] - 400, each["end_ms"] + 300))
        assert words(heard) == words(each["text"])
    await stt.close()
