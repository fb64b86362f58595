import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytestqt.qtbot import QtBot

from studio.ui.panels.meters import FLOOR_DB, LevelMeter
from studio.ui.theme import Theme, ThemeName


@pytest.fixture
def meter(theme: Theme, qtbot: QtBot) -> LevelMeter:
    shown = LevelMeter(theme)
    qtbot.addWidget(shown)
    shown.resize(120, 12)
    return shown


def test_rises_at_once_and_falls_slowly(meter: LevelMeter) -> None:
    meter.hear(0.5, 0.033)
    assert meter.level_db == pytest.approx(-6.02, abs=0.01)
    meter.hear(0.0, 0.5)
    assert meter.level_db == pytest.approx(-18.02, abs=0.01)


def test_the_peak_is_held_and_then_falls(meter: LevelMeter) -> None:
    meter.hear(0.5, 0.1)
    meter.hear(0.0, 1.1)
    assert meter.held_db == pytest.approx(-6.02, abs=0.01)
    meter.hear(0.0, 0.5)
    assert meter.held_db == pytest.approx(-18.02, abs=0.01)
    meter.reset()
    assert meter.held_db == meter.level_db == FLOOR_DB


@given(st.lists(st.floats(0, 1), max_size=60))
def test_the_peak_is_never_below_the_level(peaks: list[float]) -> None:
    meter = LevelMeter(Theme.load(ThemeName.DARK))
    for peak in peaks:
        meter.hear(peak, 0.05)
        assert FLOOR_DB <= meter.level_db <= meter.held_db <= 0


def test_the_bar_is_as_long_as_the_level(meter: LevelMeter, theme: Theme) -> None:
    meter.hear(10 ** (-30 / 20), 0.033)  # -30 dB is the middle of the scale
    image = meter.grab().toImage()
    background = theme["raised"].rgb()
    lit = [x for x in range(image.width()) if image.pixelColor(x, 6).rgb() != background]
    assert max(x for x in lit if x < image.width() * 0.55) / image.devicePixelRatio() == pytest.approx(59, abs=2)
