"""A level meter with peak hold, in decibels below full scale. Knows no device."""

import math

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.model.measures import Band
from studio.ui import words
from studio.ui.theme import Theme

FLOOR_DB = -60.0
_FALL_DB_PER_S = 24.0
_HOLD_S = 1.2
_LOUD_DB, _CLIPPED_DB = -9.0, -1.0


class LevelMeter(QWidget):
    """Rises at once, falls slowly, and holds the peak for a moment."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.level_db = self.held_db = FLOOR_DB
        self._held_for = 0.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """A slim bar."""
        return QSize(120, 12)

    def restyle(self, theme: Theme) -> None:
        """Show everything in this theme."""
        self._theme = theme
        self.update()

    def hear(self, peak: float, seconds: float) -> None:
        """Show the largest magnitude (0 to 1) of the last `seconds`."""
        shown = self._pixels()
        heard = max(FLOOR_DB, 20 * math.log10(peak)) if peak > 0 else FLOOR_DB
        self.level_db = max(heard, self.level_db - _FALL_DB_PER_S * seconds, FLOOR_DB)
        self._held_for += seconds
        if heard >= self.held_db:
            self.held_db, self._held_for = heard, 0.0
        elif self._held_for > _HOLD_S:
            self.held_db = max(self.level_db, self.held_db - _FALL_DB_PER_S * seconds)
        if self._pixels() != shown:
            self.update()

    def reset(self) -> None:
        """Silence."""
        self.level_db = self.held_db = FLOOR_DB
        self.update()

    def describe(self, title: str) -> None:
        """Tell screen readers what this measures."""
        self.setAccessibleName(title)
        self.setToolTip(words.translate("LevelMeter", "Peak level in decibels below full scale"))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the bar, its loud end in other colours, and the held peak."""
        painter = QPainter(self)
        height = self.height()
        painter.fillRect(QRectF(0, 0, self.width(), height), self._theme["raised"])
        level, held = self._pixels()
        bands = self._theme.band
        for begin_db, color in (
            (FLOOR_DB, bands[Band.NATURAL]),
            (_LOUD_DB, bands[Band.UNNATURAL]),
            (_CLIPPED_DB, bands[Band.HANG_UP]),
        ):
            begin = round(self._x(begin_db))
            if level > begin:
                painter.fillRect(QRectF(begin, 0, level - begin, height), color)
        if self.held_db > FLOOR_DB:
            painter.fillRect(QRectF(held - 2, 0, 2, height), self._theme["text"])
        painter.setPen(self._theme["surface"])
        for mark in (-48, -36, -24, -12):
            x = round(self._x(mark))
            painter.drawLine(x, 0, x, height)
        painter.end()

    def _x(self, decibels: float) -> float:
        return (decibels - FLOOR_DB) / -FLOOR_DB * self.width()

    def _pixels(self) -> tuple[int, int]:
        return round(self._x(self.level_db)), round(self._x(self.held_db))
