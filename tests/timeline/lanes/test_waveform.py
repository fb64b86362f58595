from studio.model.events import AgentAudio, UserAudio
from studio.model.time import Instant, milliseconds
from studio.timeline.lanes.waveform import Waveform
from studio.timeline.marks import Wave


def user(ms: float, peak: float) -> UserAudio:
    at = Instant(milliseconds(ms))
    return UserAudio(Instant(at + milliseconds(33)), at, 32.0, 0.9, 0.5, peak)


def test_shows_one_side_only() -> None:
    lane = Waveform(UserAudio)
    lane.on_event(user(0, 0.25))
    lane.on_event(AgentAudio(Instant(0), Instant(0), 10.0, 0.75, 0.0))
    lane.on_event(user(32, 0.5))
    (wave,) = lane.marks()
    assert isinstance(wave, Wave)
    assert wave.starts.tolist() == [0, milliseconds(32)]
    assert wave.peaks.tolist() == [0.25, 0.5]
    assert wave.length == milliseconds(32)


def test_forgets_what_has_ended() -> None:
    lane = Waveform(UserAudio)
    for frame in range(10):
        lane.on_event(user(frame * 32, frame / 10))
    lane.forget(Instant(milliseconds(100)))
    (wave,) = lane.marks()
    assert isinstance(wave, Wave)
    # The frame that began at 96 ms is still visible at 100 ms, and the one of 68 ms is not.
    assert wave.starts.tolist() == [milliseconds(frame * 32) for frame in range(3, 10)]
