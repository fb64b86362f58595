"""A call on a virtual sound card, heard from outside: what the app says of it is true."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.outside import measure
from studio.app.folders import demo_caller
from studio.audio.wav_file import read_recording
from studio.model.measures import turns
from studio.pipeline.resampling import resample
from studio.recording.reader import open_session
from tests.virtual_sound_card import RATE_HZ, Pcm, VirtualSoundCard

pytestmark = [pytest.mark.weights, pytest.mark.sound_card, pytest.mark.slow]

SECONDS = 11
"""The demo caller's first two questions."""
CLOSE_ENOUGH_MS = 50
"""`benchmarks.outside` measures it; what a device holds back is more than this."""


def caller() -> Pcm:
    recording = read_recording(demo_caller())
    return resample(recording.samples, recording.rate_hz, RATE_HZ)[: SECONDS * RATE_HZ]


def test_v2v_is_what_is_heard_outside(sound_card: VirtualSoundCard, tmp_path: Path) -> None:
    twice = measure(sound_card, "embedded", caller(), tmp_path)
    assert len(twice) == 2
    assert np.median([abs(turn.app_ms - turn.outside_ms) for turn in twice]) <= CLOSE_ENOUGH_MS


@pytest.mark.usefixtures("sound_card")  # which skips where there can be none
def test_an_open_speaker_does_not_interrupt_the_agent(tmp_path_factory: pytest.TempPathFactory) -> None:
    # A card of its own: the echo stays on it.
    folder = tmp_path_factory.mktemp("card")
    card = VirtualSoundCard(folder)
    try:
        card.open_speaker()
        measure(card, "embedded", caller(), folder)
    finally:
        card.close()
    held = turns(open_session(folder / "session").events)
    assert len(held) == 2
    assert [turn.interrupted for turn in held] == [False, False]
    assert all(turn.heard for turn in held)
