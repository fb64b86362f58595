"""A call on a virtual sound card, heard from outside: what the app says of it is true."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.outside import measure
from studio.app.folders import demo_caller
from studio.audio.wav_file import read_recording
from studio.pipeline.resampling import resample
from tests.virtual_sound_card import RATE_HZ, VirtualSoundCard

pytestmark = [pytest.mark.weights, pytest.mark.sound_card, pytest.mark.slow]

SECONDS = 11
"""The demo caller's first two questions."""
CLOSE_ENOUGH_MS = 20


def test_v2v_is_what_is_heard_outside(sound_card: VirtualSoundCard, tmp_path: Path) -> None:
    recording = read_recording(demo_caller())
    caller = resample(recording.samples, recording.rate_hz, RATE_HZ)[: SECONDS * RATE_HZ]
    turns = measure(sound_card, "embedded", caller, tmp_path)
    assert len(turns) == 2
    assert np.median([abs(turn.app_ms - turn.outside_ms) for turn in turns]) <= CLOSE_ENOUGH_MS
