"""How each kind of mark is drawn: one function per kind, one table. Knows no lane and no event.

Dense marks go to Qt as one array of rectangles, which costs a tenth of drawing them one by one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen
from shiboken6 import Shiboken

from studio.model.time import Instant
from studio.timeline.marks import Interruption, Level, Point, Stretch, Texture, Tick, Understood, Wave
from studio.timeline.viewport import Viewport
from studio.ui import insight
from studio.ui.theme import Theme, font


@dataclass(frozen=True, slots=True)
class Canvas:
    """Where a lane is drawn and in what colours."""

    viewport: Viewport
    area: QRectF
    color: QColor
    theme: Theme
    now: Instant

    def x(self, moment: int) -> float:
        """The pixel position of an instant on the widget."""
        return self.area.left() + self.viewport.x(moment)


Bars = npt.NDArray[np.float64]
"""Rows of x, y, width, height: the memory layout of an array of QRectF."""


def draw_wave(painter: QPainter, canvas: Canvas, mark: Wave) -> None:
    """Bars around the middle of the lane, and the line they stand around."""
    middle, half = canvas.area.center().y(), canvas.area.height() / 2 - 1
    painter.fillRect(QRectF(canvas.area.left(), middle - 0.5, canvas.area.width(), 1), _faint(canvas.color, 70))
    starts, peaks, length = canvas.viewport.loudest(mark.starts, mark.peaks, mark.length)
    loud = peaks > 0.004
    # Loudness is felt by its root more than by its size: quiet speech stays visible.
    heights = np.sqrt(peaks[loud]) * half
    bars = _bars(canvas, starts[loud], length)
    bars[:, 1], bars[:, 3] = middle - heights, 2 * heights
    _fill(painter, bars, canvas.color)


def draw_level(painter: QPainter, canvas: Canvas, mark: Level) -> None:
    """Bars from the ground, strong from the threshold on; the threshold as a dashed line."""
    starts, values, length = canvas.viewport.loudest(mark.starts, mark.values, mark.length)
    bars = _bars(canvas, starts, length)
    heights = np.maximum(values * canvas.area.height(), 0.5)
    bars[:, 1], bars[:, 3] = canvas.area.bottom() - heights, heights
    above = values >= mark.threshold
    _fill(painter, bars[~above], _faint(canvas.color, 90))
    _fill(painter, bars[above], canvas.color)
    _threshold(painter, canvas, mark.threshold)


def draw_point(painter: QPainter, canvas: Canvas, mark: Point) -> None:
    """A dot on a stem, a diamond for a fused one; filled where it reaches the threshold, hollow where it does not."""
    x, ground = canvas.x(mark.at), canvas.area.bottom()
    if not canvas.viewport.shows(mark.at, mark.at):
        return
    _threshold(painter, canvas, mark.threshold)
    y = ground - 4 - mark.value * (canvas.area.height() - 8)
    painter.fillRect(QRectF(x - 0.75, y, 1.5, ground - y), canvas.color)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(canvas.color, 2))
    painter.setBrush(canvas.color if mark.value >= mark.threshold else canvas.theme["surface"])
    if mark.fused:
        painter.drawConvexPolygon([QPointF(x, y - 6), QPointF(x + 6, y), QPointF(x, y + 6), QPointF(x - 6, y)])
    else:
        painter.drawEllipse(QPointF(x, y), 4, 4)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def draw_stretch(painter: QPainter, canvas: Canvas, mark: Stretch) -> None:
    """A bar: solid for work, hatched for waiting, pale for what nobody waits for, struck through for waste."""
    end = mark.end if mark.end is not None else canvas.now
    if not canvas.viewport.shows(mark.start, end):
        return
    left = max(canvas.x(mark.start), canvas.area.left())
    width = max(canvas.x(end) - left, 2.0)
    bar = QRectF(left, canvas.area.top() + 2, width, canvas.area.height() - 4)
    paint_texture(painter, bar, canvas.color, mark.texture)


def draw_tick(painter: QPainter, canvas: Canvas, mark: Tick) -> None:
    """A short upright line."""
    x = canvas.x(mark.at)
    if canvas.area.left() <= x <= canvas.area.right():
        painter.fillRect(QRectF(x - 0.75, canvas.area.top() + 5, 1.5, canvas.area.height() - 10), canvas.color)


def draw_interruption(painter: QPainter, canvas: Canvas, mark: Interruption) -> None:
    """A line across all lanes with a flag at its top, and the time until the agent was silent.

    One that is not confirmed is quiet: a dashed line, a hollow flag and a faint band for the pause.
    """
    end = mark.end if mark.end is not None else canvas.now
    if not canvas.viewport.shows(mark.onset, end):
        return
    left = max(canvas.x(mark.onset), canvas.area.left())
    top, height = canvas.area.top(), canvas.area.height()
    band = QRectF(left, top, max(canvas.x(end) - left, 1.0), height)
    painter.fillRect(band, _faint(canvas.color, 70 if mark.confirmed else 25))
    if mark.confirmed:
        painter.fillRect(QRectF(left - 1, top, 2, height), canvas.color)
    else:
        painter.setPen(QPen(canvas.color, 1, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(left, top), QPointF(left, top + height))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(canvas.color, 1))
    painter.setBrush(canvas.color if mark.confirmed else canvas.theme["surface"])
    painter.drawConvexPolygon([QPointF(left - 1, top), QPointF(left + 11, top + 5), QPointF(left - 1, top + 10)])
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def draw_understood(painter: QPainter, canvas: Canvas, mark: Understood) -> None:
    """An upright line, and after it in words what was understood, as far as there is room until something else was."""
    end = mark.end if mark.end is not None else canvas.now
    if not canvas.viewport.shows(mark.at, end):
        return
    area, left = canvas.area, canvas.x(mark.at)
    painter.fillRect(QRectF(left - 0.75, area.top() + 2, 1.5, area.height() - 4), canvas.color)
    room = (canvas.x(end) if mark.end is not None else area.right()) - left - 6
    painter.setFont(font(12))
    text = painter.fontMetrics().elidedText(
        insight.brief(mark.intent, mark.routed), Qt.TextElideMode.ElideRight, int(max(room, 0))
    )
    painter.setPen(canvas.theme["text"])
    box = QRectF(left + 4, area.top() - 2, max(room, 0), area.height() + 4)
    painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)


PAINTERS: Mapping[type, Callable[[QPainter, Canvas, Any], None]] = {
    Wave: draw_wave,
    Level: draw_level,
    Point: draw_point,
    Stretch: draw_stretch,
    Tick: draw_tick,
    Interruption: draw_interruption,
    Understood: draw_understood,
}


def paint_texture(painter: QPainter, bar: QRectF, color: QColor, texture: Texture) -> None:
    """Fill a bar so that its texture says work, wait, ahead or wasted even without colour."""
    match texture:
        case Texture.WORK:
            painter.fillRect(bar, color)
        case Texture.AHEAD:
            painter.fillRect(bar, _faint(color, 80))
            painter.fillRect(QRectF(bar.left(), bar.bottom() - 2, bar.width(), 2), color)
        case Texture.WASTED:
            painter.setPen(QPen(color, 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(bar.adjusted(0.5, 0.5, -0.5, -0.5))
            painter.fillRect(QRectF(bar.left(), bar.center().y() - 0.5, bar.width(), 1), color)
        case Texture.WAIT:
            painter.fillRect(bar, _faint(color, 50))
            painter.setBrushOrigin(0, 0)
            painter.fillRect(bar, QBrush(color, Qt.BrushStyle.BDiagPattern))
            painter.setPen(QPen(color, 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(bar.adjusted(0.5, 0.5, -0.5, -0.5))


def _threshold(painter: QPainter, canvas: Canvas, threshold: float) -> None:
    y = canvas.area.bottom() - threshold * canvas.area.height()
    pen = QPen(canvas.theme["muted"], 1)
    pen.setDashPattern([4, 4])
    painter.setPen(pen)
    painter.drawLine(QPointF(canvas.area.left(), y), QPointF(canvas.area.right(), y))


def _bars(canvas: Canvas, starts: npt.NDArray[np.int64], length: int) -> Bars:
    bars = np.empty((starts.size, 4), dtype=np.float64)
    bars[:, 0] = canvas.area.left() + canvas.viewport.xs(starts)
    bars[:, 2] = max(length / canvas.viewport.ns_per_pixel, 1.0)
    return bars


def _fill(painter: QPainter, bars: Bars, color: QColor) -> None:
    """Draw all bars at once: Qt reads them where numpy keeps them."""
    if bars.size:
        contiguous = np.ascontiguousarray(bars)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        first = Shiboken.wrapInstance(contiguous.ctypes.data, QRectF)
        painter.drawRects(first, len(contiguous))  # type: ignore[call-overload]


def _faint(color: QColor, alpha: int) -> QColor:
    pale = QColor(color)
    pale.setAlpha(alpha)
    return pale
