import pytest

from studio.model.events import UserAudio
from studio.model.time import Instant, milliseconds
from studio.timeline.lanes.vad import VoiceActivity
from studio.timeline.marks import Level


def test_shows_probability_and_threshold() -> None:
    lane = VoiceActivity()
    for n, probability in enumerate((0.1, 0.8)):
        start = Instant(milliseconds(32 * n))
        lane.on_event(UserAudio(Instant(start + 1), start, 32.0, probability, 0.35, 0.2))
    (level,) = lane.marks()
    assert isinstance(level, Level)
    assert level.values.tolist() == pytest.approx([0.1, 0.8])
    assert (level.threshold, level.length) == (0.35, milliseconds(32))
    lane.forget(Instant(milliseconds(65)))
    (level,) = lane.marks()
    assert isinstance(level, Level)
    assert level.starts.size == 0
