"""Every kind of mark is drawn where its times say: looked up in the picture, pixel by pixel."""

from typing import get_args

import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from studio.model.time import Instant
from studio.model.turn_events import IntentGuessed
from studio.timeline.marks import Interruption, Level, Mark, Point, Stretch, Texture, Tick, Understood, Wave
from studio.timeline.viewport import Viewport
from studio.ui.strip.painters import PAINTERS, Canvas
from studio.ui.theme import Theme

WIDTH, HEIGHT = 200, 40
INK = QColor("#ff0000")


def draw(theme: Theme, *marks: Mark) -> QImage:
    """100 ns on 200 pixels, now being 80."""
    image = QImage(WIDTH, HEIGHT, QImage.Format.Format_RGB32)
    image.fill(QColor("black"))
    painter = QPainter(image)
    viewport = Viewport(Instant(0), Instant(100), WIDTH)
    canvas = Canvas(viewport, QRectF(0, 0, WIDTH, HEIGHT), INK, theme, Instant(80))
    for mark in marks:
        PAINTERS[type(mark)](painter, canvas, mark)
    painter.end()
    return image


def red(image: QImage, x: int) -> list[int]:
    """The rows of a column in which the ink is strong."""
    pixels = [image.pixelColor(x, y) for y in range(HEIGHT)]
    return [y for y, pixel in enumerate(pixels) if pixel.red() > 200 and pixel.green() < 60]


def test_there_is_a_painter_for_every_kind() -> None:
    assert set(PAINTERS) == set(get_args(Mark))


def test_wave_stands_around_the_middle(theme: Theme) -> None:
    starts = np.array([10, 20, 30], dtype=np.int64)
    image = draw(theme, Wave(starts, np.array([1.0, 0.25, 0.0], dtype=np.float32), 10))
    assert len(red(image, 25)) == pytest.approx(38, abs=1)
    assert len(red(image, 50)) == pytest.approx(19, abs=1)
    assert red(image, 70) == []
    assert sum(red(image, 50)) / len(red(image, 50)) == pytest.approx(19.5, abs=1)
    assert red(image, 15) == []


def test_level_stands_on_the_ground_and_is_strong_from_the_threshold(theme: Theme) -> None:
    starts = np.array([10, 20], dtype=np.int64)
    image = draw(theme, Level(starts, np.array([0.75, 0.25], dtype=np.float32), 10, 0.5))
    assert len(red(image, 30)) == pytest.approx(30, abs=2)
    assert max(red(image, 30)) == HEIGHT - 1
    assert red(image, 50) == []  # below the threshold: pale
    assert image.pixelColor(50, HEIGHT - 2).red() > 40


@pytest.mark.parametrize(("value", "filled"), [(0.9, True), (0.5, True), (0.49, False)])
def test_point_is_filled_from_the_threshold(theme: Theme, value: float, filled: bool) -> None:
    image = draw(theme, Point(Instant(50), value, 0.5))
    y = round(HEIGHT - 4 - value * (HEIGHT - 8)) - 2  # inside the dot, off its stem
    assert (image.pixelColor(98, y).red() > 200) is filled


def test_a_fused_point_has_corners(theme: Theme) -> None:
    plain, fused = (draw(theme, Point(Instant(50), 0.5, 0.1, fused=fused)) for fused in (False, True))
    assert len(red(fused, 99)) > len(red(plain, 99))


def test_stretches_differ_by_texture_not_only_by_colour(theme: Theme) -> None:
    inked = {
        texture: sum(len(red(draw(theme, Stretch(Instant(10), Instant(60), texture)), x)) for x in range(30, 110))
        for texture in Texture
    }
    assert inked[Texture.WORK] > 2 * inked[Texture.WAIT] > 2 * inked[Texture.AHEAD] > 0


def test_waste_is_hollow_and_struck_through(theme: Theme) -> None:
    image = draw(theme, Stretch(Instant(10), Instant(60), Texture.WASTED))
    assert red(image, 60) == pytest.approx([2, 19, 37], abs=1)


def test_what_lasts_reaches_until_now(theme: Theme) -> None:
    image = draw(theme, Stretch(Instant(50), None, Texture.WORK))
    assert red(image, 98) == []
    assert red(image, 101)
    assert red(image, 158)
    assert red(image, 163) == []


def test_something_short_is_still_seen(theme: Theme) -> None:
    assert red(draw(theme, Stretch(Instant(50), Instant(50), Texture.WORK)), 100)
    assert red(draw(theme, Tick(Instant(50))), 99)


def test_interruption_goes_from_top_to_bottom(theme: Theme) -> None:
    image = draw(theme, Interruption(Instant(50), Instant(70)))
    assert len(red(image, 99)) == HEIGHT
    assert image.pixelColor(120, 30).red() > 40
    assert image.pixelColor(150, 30).red() == 0


def test_an_interruption_that_is_not_confirmed_is_quieter(theme: Theme) -> None:
    real, false = (draw(theme, Interruption(Instant(50), Instant(70), confirmed=is_real)) for is_real in (True, False))
    inked = [sum(len(red(image, x)) for x in range(98, 112)) for image in (real, false)]
    assert inked[0] > 2 * inked[1] > 0
    assert real.pixelColor(120, 30).red() > false.pixelColor(120, 30).red() > 0


def test_what_is_out_of_sight_is_not_drawn(theme: Theme) -> None:
    image = draw(
        theme,
        Stretch(Instant(-50), Instant(-10), Texture.WORK),
        Tick(Instant(120)),
        Point(Instant(130), 0.9, 0.5),
        Interruption(Instant(-30), Instant(-20)),
        Wave(np.array([200], dtype=np.int64), np.array([1.0], dtype=np.float32), 10),
    )
    assert all(red(image, x) == [] for x in range(WIDTH))


def test_what_was_understood_is_written_until_something_else_was(theme: Theme) -> None:
    def inked(image: QImage, start: int, end: int) -> int:
        return sum(image.pixelColor(x, y).value() > 60 for x in range(start, end) for y in range(HEIGHT))

    guess = IntentGuessed(Instant(10), 0, "change", 0.9, "cancel it", False, 0.1)
    latest = draw(theme, Understood(Instant(10), None, guess, None))
    assert red(latest, 19)
    assert inked(latest, 24, 70) > 100
    cut = draw(theme, Understood(Instant(10), Instant(30), guess, None))
    assert 0 < inked(cut, 24, 60) < inked(latest, 24, 70)
    assert inked(cut, 60, WIDTH) == 0
    assert inked(draw(theme, Understood(Instant(-50), Instant(-10), guess, None)), 0, WIDTH) == 0
