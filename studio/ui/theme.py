"""How the window looks: colours from `assets/themes`, the bundled font, icons. Knows no widget."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from string import Template

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from studio.model.measures import Band, SpanName
from studio.timeline.catalog import LaneName

ASSETS = Path(__file__).parents[2] / "assets"
FONT_FAMILY = "Pretendard"
ICON = QSize(20, 20)
BESIDE_TEXT = QSize(24, 18)


_DRAWN = {"chevron": "chevron-down", "check": "check"}
"""Pictures that the style sheet shows itself: one file for each theme."""


class ThemeName(StrEnum):
    """The themes there are."""

    DARK = "dark"
    LIGHT = "light"

    @classmethod
    def of_system(cls) -> "ThemeName":
        """The desktop's own; dark where it has none."""
        return cls.LIGHT if QGuiApplication.styleHints().colorScheme() is Qt.ColorScheme.Light else cls.DARK

    @property
    def other(self) -> "ThemeName":
        """The one to switch to."""
        return ThemeName.LIGHT if self is ThemeName.DARK else ThemeName.DARK


@dataclass(frozen=True, slots=True)
class Theme:
    """The colours of one theme."""

    name: ThemeName
    plain: Mapping[str, QColor]
    """By their names in the theme's file."""
    lane: Mapping[LaneName, QColor]
    span: Mapping[SpanName, QColor]
    band: Mapping[Band, QColor]

    @classmethod
    def load(cls, name: ThemeName) -> "Theme":
        """The theme from its file."""
        table = tomllib.loads((ASSETS / "themes" / f"{name}.toml").read_text(encoding="utf-8"))
        return cls(
            name,
            {key: QColor(value) for key, value in table.items() if isinstance(value, str)},
            {lane: QColor(table["lane"][lane]) for lane in LaneName},
            {span: QColor(table["span"][span]) for span in SpanName},
            {band: QColor(table["band"][band]) for band in Band},
        )

    def __getitem__(self, name: str) -> QColor:
        return self.plain[name]

    def style_sheet(self) -> str:
        """Qt's style sheet in these colours."""
        sheet = Template((ASSETS / "themes" / "studio.qss").read_text(encoding="utf-8"))
        pictures = {name: (ASSETS / "icons" / f"{file}-{self.name}.svg").as_posix() for name, file in _DRAWN.items()}
        return sheet.substitute({name: color.name() for name, color in self.plain.items()}, **pictures)

    def icon(self, name: str, color: str = "text") -> QIcon:
        """A picture of `assets/icons` in one of the theme's colours, faint where its button is disabled."""
        icon = QIcon(self.picture(name, self[color]))
        icon.addPixmap(self.picture(name, self["line"]), QIcon.Mode.Disabled)
        return icon

    def beside_text(self, name: str, color: str = "text") -> QIcon:
        """The same with room on its right, for a button of `BESIDE_TEXT` size."""
        return QIcon(self.picture(name, self[color], BESIDE_TEXT))

    def picture(self, name: str, color: QColor, size: QSize = ICON) -> QPixmap:
        """A picture of `assets/icons` at the left of `size`, sharp up to twice that in pixels."""
        svg = (ASSETS / "icons" / f"{name}.svg").read_text(encoding="utf-8").replace("currentColor", color.name())
        picture = QPixmap(size * 2)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        QSvgRenderer(QByteArray(svg.encode())).render(painter, QRectF(0, 0, picture.height(), picture.height()))
        painter.end()
        picture.setDevicePixelRatio(2)
        return picture


def contrast(first: QColor, second: QColor) -> float:
    """The contrast of two colours as WCAG 2 defines it: 1 to 21."""
    light, dark = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def readable_on(fill: QColor) -> QColor:
    """Black or white, whichever is easier to read on `fill`."""
    return max(QColor("#0b0e12"), QColor("#ffffff"), key=lambda ink: contrast(ink, fill))


def font(pixels: int, bold: bool = False) -> QFont:
    """The window's font with figures of equal width."""
    chosen = QFont(FONT_FAMILY)
    chosen.setPixelSize(pixels)
    chosen.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
    chosen.setFeature(QFont.Tag("tnum"), 1)
    return chosen


def load_fonts() -> None:
    """Make the bundled font known; it holds Latin and all of Hangul."""
    for file in sorted((ASSETS / "fonts").glob("*.otf")):
        QFontDatabase.addApplicationFont(str(file))


def _luminance(color: QColor) -> float:
    def linear(channel: float) -> float:
        return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)

    red, green, blue = (linear(channel) for channel in (color.redF(), color.greenF(), color.blueF()))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
