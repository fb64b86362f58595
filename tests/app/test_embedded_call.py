"""The embedded default with its real models: whatever kind of WAV calls, each utterance is answered aloud."""

import tomllib
from pathlib import Path

import numpy as np
import pytest
import soundfile

from studio.app.folders import demo_caller
from studio.app.headless import Screen, talk
from studio.app.voice_link import CallRequest
from studio.audio.wav_file import read_recording
from studio.model.audio import audible_span
from studio.pipeline.resampling import resample

pytestmark = [pytest.mark.weights, pytest.mark.slow]

UTTERANCES = 2
KINDS = [(8_000, 1, "PCM_16"), (16_000, 2, "FLOAT"), (44_100, 1, "FLOAT"), (48_000, 2, "PCM_16")]


def caller(path: Path, rate_hz: int, channels: int, subtype: str) -> list[dict[str, float]]:
    """The demo caller's first utterances as another kind of WAV; what they are, and when."""
    truth = tomllib.loads(demo_caller().with_suffix(".toml").read_text(encoding="utf-8"))["utterances"]
    said: list[dict[str, float]] = truth[:UTTERANCES]
    recording = read_recording(demo_caller())
    end = round((said[-1]["end_ms"] + 1000) * recording.rate_hz / 1000)
    mono = resample(recording.samples[:end], recording.rate_hz, rate_hz)
    soundfile.write(path, np.repeat(mono[:, np.newaxis], channels, axis=1), rate_hz, subtype)
    return said


@pytest.mark.parametrize(("rate_hz", "channels", "subtype"), KINDS)
def test_each_utterance_is_answered_aloud(tmp_path: Path, rate_hz: int, channels: int, subtype: str) -> None:
    said = caller(tmp_path / "caller.wav", rate_hz, channels, subtype)
    request = CallRequest(
        preset="embedded", recording=tmp_path / "caller.wav", output=tmp_path / "agent.wav", virtual=True
    )
    report = talk(request, Screen(print, print, print))

    assert len(report.turns) == len(said)
    agent = read_recording(tmp_path / "agent.wav")
    for turn, truth in zip(report.turns, said, strict=True):
        assert turn.user.start_ms == pytest.approx(truth["start_ms"], abs=80)
        assert turn.user.end_ms == pytest.approx(truth["end_ms"], abs=80)
        assert turn.v2v_ms is not None
        assert sum(span.ms for span in turn.spans) == pytest.approx(turn.v2v_ms, abs=1)
        assert sum(span.ms for span in turn.spans if span.name == "unattributed") <= turn.v2v_ms / 10
        # The output is on the input's clock: what the report says is where the sound is.
        assert turn.agent.start_ms is not None
        assert turn.agent.end_ms is not None
        begin, end = (round(moment * agent.rate_hz / 1000) for moment in (turn.agent.start_ms, turn.agent.end_ms))
        span = audible_span(agent.samples[begin - agent.rate_hz // 10 : end], agent.rate_hz)
        assert span is not None
        assert abs(span[0] / agent.rate_hz * 1000 - 100) <= 15
    assert "italy" in report.turns[0].user.text.lower()
    assert "rome" in report.turns[0].agent.heard.lower()
    assert "rain" in report.turns[1].user.text.lower()
    assert report.turns[1].agent.heard
