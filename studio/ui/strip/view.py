"""The live strip: lanes under each other, the last 30 seconds from left to right. One widget, one paint."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.timeline.catalog import LANES, Size
from studio.timeline.live import LiveTimeline
from studio.ui import words
from studio.ui.strip.painters import PAINTERS, Canvas
from studio.ui.theme import Theme, font

_GUTTER = 132
_AXIS = 22
_MARGIN = 12
_GAP = 1
_WEIGHTS = {Size.TALL: 1.75, Size.FLAT: 1.0, Size.OVERLAY: 0.0}
_ROWS = int(sum(_WEIGHTS[entry.size] for entry in LANES))


class LiveStrip(QWidget):
    """Paints a `LiveTimeline`; call `update` after it has taken in events."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.timeline = LiveTimeline()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(_AXIS + round(_ROWS * 12.75))
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def sizeHint(self) -> QSize:
        """Room for every lane at a comfortable height."""
        return QSize(900, _AXIS + _ROWS * 19)

    def restyle(self, theme: Theme) -> None:
        """Show everything in this theme and in the current language."""
        self._theme = theme
        self.setAccessibleName(words.translate("LiveStrip", "Live timeline of the last 30 seconds"))
        self.update()

    def show_timeline(self, timeline: LiveTimeline) -> None:
        """Show another call."""
        self.timeline = timeline
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the gutter, the axis and every lane's marks."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme["surface"])
        plot = QRectF(_GUTTER, 4, self.width() - _GUTTER - _MARGIN, self.height() - _AXIS - 4)
        viewport = self.timeline.viewport(plot.width())
        self._paint_axis(painter, plot)
        top = plot.top()
        unit = plot.height() / _ROWS
        painter.setClipRect(plot.adjusted(0, -1, 0, 0))
        for entry, marks in self.timeline.lanes():
            height = unit * _WEIGHTS[entry.size]
            area = QRectF(plot.left(), round(top) + _GAP, plot.width(), round(top + height) - round(top) - 2 * _GAP)
            if entry.size is Size.OVERLAY:
                area = plot
            else:
                painter.fillRect(QRectF(plot.left(), round(top), plot.width(), 1), self._theme["raised"])
            canvas = Canvas(viewport, area, self._theme.lane[entry.name], self._theme, self.timeline.now)
            for mark in marks:
                PAINTERS[type(mark)](painter, canvas, mark)
            top += height
        painter.setClipping(False)
        self._paint_titles(painter, plot, unit)
        painter.end()

    def _paint_titles(self, painter: QPainter, plot: QRectF, unit: float) -> None:
        painter.setFont(font(13))
        top = plot.top()
        for entry in LANES:
            if entry.size is Size.OVERLAY:
                continue
            height = unit * _WEIGHTS[entry.size]
            middle = round(top + height / 2)
            painter.fillRect(QRectF(_MARGIN, middle - 5, 4, 10), self._theme.lane[entry.name])
            painter.setPen(self._theme["muted"])
            box = QRectF(_MARGIN + 10, top, plot.left() - _MARGIN - 14, height)
            title = painter.fontMetrics().elidedText(
                words.lane(entry.name), Qt.TextElideMode.ElideRight, int(box.width())
            )
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, title)
            top += height

    def _paint_axis(self, painter: QPainter, plot: QRectF) -> None:
        painter.setFont(font(13))
        seconds = 30
        for back in range(0, seconds + 1, 5):
            x = plot.right() - back / seconds * plot.width()
            painter.fillRect(QRectF(round(x), plot.top(), 1, plot.height() + 4), self._theme["raised"])
            painter.setPen(QPen(self._theme["muted"]))
            label = (
                words.translate("LiveStrip", "now")
                if back == 0
                else words.translate("LiveStrip", "{seconds} s").format(seconds=f"−{back}")
            )
            width = painter.fontMetrics().horizontalAdvance(label)
            left = min(x - width / 2, self.width() - width - 6)
            painter.drawText(QRectF(left, plot.bottom() + 3, width + 2, _AXIS), Qt.AlignmentFlag.AlignTop, label)
