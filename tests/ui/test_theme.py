from itertools import product
from types import SimpleNamespace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFontInfo, QFontMetrics, QGuiApplication, QRawFont

from studio.model.measures import Band
from studio.ui.theme import ASSETS, Theme, ThemeName, contrast, font, readable_on

TEXTS = ("text", "muted", "danger", "recording", "accent")
GROUNDS = ("background", "surface", "raised")

each_theme = pytest.mark.parametrize("name", ThemeName)


def test_contrast_is_that_of_wcag() -> None:
    assert contrast(QColor("black"), QColor("white")) == pytest.approx(21)
    assert contrast(QColor("#767676"), QColor("white")) == pytest.approx(4.54, abs=0.01)


@each_theme
def test_text_can_be_read(name: ThemeName) -> None:
    theme = Theme.load(name)
    inks = {ink: theme[ink] for ink in TEXTS} | {str(band): theme.band[band] for band in Band}
    pairs = [(ink, ground) for ink, ground in product(inks, GROUNDS)]
    poor = {
        (ink, ground): round(contrast(inks[ink], theme[ground]), 2)
        for ink, ground in pairs
        if contrast(inks[ink], theme[ground]) < 4.5
    }
    assert not poor
    assert contrast(theme["on_accent"], theme["accent"]) >= 4.5


@each_theme
def test_marks_can_be_seen(name: ThemeName) -> None:
    """WCAG 2 asks 3:1 of graphics; the residue is allowed to be quiet, its figure stands beside it."""
    theme = Theme.load(name)
    poor: dict[str, float] = {
        key: round(contrast(color, theme["surface"]), 2)
        for key, color in [*theme.lane.items(), *theme.span.items()]
        if contrast(color, theme["surface"]) < 2.5
    }
    assert not poor


@each_theme
def test_figures_on_marks_can_be_read(name: ThemeName) -> None:
    assert all(contrast(readable_on(color), color) >= 4.5 for color in Theme.load(name).span.values())


@each_theme
def test_style_sheet_has_no_hole_and_its_pictures_exist(name: ThemeName) -> None:
    sheet = Theme.load(name).style_sheet()
    assert "$" not in sheet
    path = sheet.partition('url("')[2].partition('")')[0]
    assert (ASSETS / "icons" / f"chevron-down-{name}.svg").as_posix() == path
    assert (ASSETS / "icons" / f"chevron-down-{name}.svg").is_file()


@pytest.mark.parametrize("bold", [False, True])
def test_bundled_font_is_used_and_has_korean(theme: Theme, bold: bool) -> None:
    chosen = font(14, bold)
    assert QFontInfo(chosen).family() == "Pretendard"
    raw = QRawFont.fromFont(chosen)
    assert all(raw.supportsCharacter(ord(letter)) for letter in "Az09가힣뷁")


def test_figures_have_equal_widths(theme: Theme) -> None:
    metrics = QFontMetrics(font(14))
    assert metrics.horizontalAdvance("111") == metrics.horizontalAdvance("888")


def test_a_picture_has_the_colour_it_was_asked_for(theme: Theme) -> None:
    image = theme.picture("square", QColor("#ff0000")).toImage()
    assert image.devicePixelRatio() == 2
    assert image.pixelColor(20, 20) == QColor("#ff0000")
    assert image.pixelColor(0, 0).alpha() == 0


@pytest.mark.parametrize(
    ("scheme", "name"),
    [
        (Qt.ColorScheme.Light, ThemeName.LIGHT),
        (Qt.ColorScheme.Dark, ThemeName.DARK),
        (Qt.ColorScheme.Unknown, ThemeName.DARK),
    ],
)
def test_starts_as_the_desktop_looks(scheme: Qt.ColorScheme, name: ThemeName, monkeypatch: pytest.MonkeyPatch) -> None:
    hints = SimpleNamespace(colorScheme=lambda: scheme)
    monkeypatch.setattr(QGuiApplication, "styleHints", lambda: hints)
    assert ThemeName.of_system() is name
    assert name.other.other is name is not name.other
