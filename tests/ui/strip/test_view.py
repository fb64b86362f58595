import pytest
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from studio.timeline.catalog import LaneName
from studio.timeline.live import LiveTimeline
from studio.ui.strip.view import LiveStrip
from studio.ui.theme import Theme, ThemeName
from tests.ui.scripted_call import call


@pytest.fixture
def strip(theme: Theme, qtbot: QtBot) -> LiveStrip:
    shown = LiveStrip(theme)
    qtbot.addWidget(shown)
    shown.resize(1000, 320)
    shown.restyle(theme)
    shown.show()
    return shown


def count(image: QImage, theme: Theme, lane: LaneName) -> int:
    wanted = theme.lane[lane].rgb()
    return sum(image.pixelColor(x, y).rgb() == wanted for x in range(140, image.width()) for y in range(image.height()))


def test_every_lane_leaves_marks(strip: LiveStrip, theme: Theme) -> None:
    empty = strip.grab().toImage()
    timeline = LiveTimeline()
    for event in call(24_500):
        timeline.on_event(event)
    strip.show_timeline(timeline)
    full = strip.grab().toImage()
    for lane in (LaneName.AGENT, LaneName.LANGUAGE_MODEL, LaneName.CLAUSE_WAIT, LaneName.PLAYOUT):
        assert count(full, theme, lane) > count(empty, theme, lane) + 20, lane
    assert count(full, theme, LaneName.INTERRUPTIONS) > 400


def test_marks_move_to_the_left(strip: LiveStrip, theme: Theme) -> None:
    def first_interruption(until: float) -> int:
        timeline = LiveTimeline()
        for event in call(until):
            timeline.on_event(event)
        strip.show_timeline(timeline)
        image = strip.grab().toImage()
        wanted = theme.lane[LaneName.INTERRUPTIONS].rgb()
        return next(x for x in range(140, image.width()) if image.pixelColor(x, 200).rgb() == wanted)

    pixels_per_second = (1000 - 132 - 12) / 30
    assert first_interruption(22_000) - first_interruption(26_000) == pytest.approx(4 * pixels_per_second, abs=2)


def test_both_themes_paint_their_own_ground(strip: LiveStrip) -> None:
    for name in ThemeName:
        theme = Theme.load(name)
        strip.restyle(theme)
        assert strip.grab().toImage().pixelColor(2, 2).rgb() == theme["surface"].rgb()
