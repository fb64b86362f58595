from studio.model.events import AgentAudio, UserAudio
from studio.model.time import NS_PER_S, Instant, milliseconds
from studio.timeline.catalog import LaneName
from studio.timeline.live import LIVE_WINDOW, LiveTimeline
from studio.timeline.marks import Interruption, Stretch, Texture, Wave
from tests.ui.scripted_call import call


def test_shows_the_whole_call() -> None:
    timeline = LiveTimeline()
    for event in call(24_500):
        timeline.on_event(event)
    marks = {entry.name: list(lane) for entry, lane in timeline.lanes()}
    waits = [mark for mark in marks[LaneName.ENDPOINTING_WAIT] if isinstance(mark, Stretch)]
    assert [wait.end is not None and (wait.end - wait.start) / 1e6 for wait in waits] == [160, 700, 96]
    assert all(wait.texture is Texture.WAIT for wait in waits)
    backchannel, interruption = marks[LaneName.INTERRUPTIONS]
    assert backchannel == Interruption(Instant(milliseconds(18_395)), Instant(milliseconds(19_045)), confirmed=False)
    assert interruption == Interruption(Instant(milliseconds(20_900)), Instant(milliseconds(21_090)))
    assert len(marks[LaneName.TURN_END]) == 9


def test_the_right_edge_is_now() -> None:
    timeline = LiveTimeline()
    timeline.on_event(AgentAudio(Instant(5 * NS_PER_S), Instant(0), 10.0, 0.1, 0.0))
    timeline.on_event(AgentAudio(Instant(4 * NS_PER_S), Instant(0), 10.0, 0.1, 0.0))
    viewport = timeline.viewport(300)
    assert (viewport.end, viewport.start) == (5 * NS_PER_S, 5 * NS_PER_S - LIVE_WINDOW)


def test_an_hour_costs_no_more_than_the_window() -> None:
    timeline = LiveTimeline()
    frame = milliseconds(32)
    for n in range(3600 * 1000 // 32):
        start = Instant(n * frame)
        timeline.on_event(UserAudio(Instant(start + frame), start, 32.0, 0.1, 0.5, 0.2))
    marks = {entry.name: lane for entry, lane in timeline.lanes()}
    (wave,) = marks[LaneName.USER]
    assert isinstance(wave, Wave)
    assert wave.starts.size <= (LIVE_WINDOW + NS_PER_S) // frame + 2
    assert wave.starts[-1] == timeline.now - frame
