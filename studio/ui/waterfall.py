"""One turn's wait, piece by piece: a bar that sums to V2V, its cause in one sentence, and how it feels."""

from collections.abc import Iterator, Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from studio.model.measures import HANG_UP_MS, NATURAL_MS, Band, Span, SpanName, Turn
from studio.model.time import to_ms
from studio.timeline.marks import Texture
from studio.ui import words
from studio.ui.strip.painters import paint_texture
from studio.ui.theme import Theme, font, readable_on

WAITS = frozenset({SpanName.ENDPOINTING_WAIT, SpanName.SENTENCE_AGGREGATION, SpanName.PLAYOUT})
"""The spans in which nothing is computed: drawn hatched."""

_SCALE_MS = 1500.0
_BAR_TOP, _BAR_HEIGHT = 24, 30
_ROW = 22
_ROOMY = 880
"""From this width on, in pixels, every span has room in two rows of legend."""


class SpanBar(QWidget):
    """The bar with the bands of human conversation above it and a legend with every figure below."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._spans: tuple[Span, ...] = ()
        self._total = 0.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Bands, bar and legend: two rows, or three where there is less room."""
        rows = 2 if self.width() >= _ROOMY else 3
        return QSize(700, _BAR_TOP + _BAR_HEIGHT + rows * _ROW + 8)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width may need another height."""
        super().resizeEvent(event)
        self.updateGeometry()

    def restyle(self, theme: Theme) -> None:
        """Show everything in this theme and in the current language."""
        self._theme = theme
        self._describe()
        self.update()

    def show_turn(self, turn: Turn | None) -> None:
        """Show where this turn's wait went."""
        self.show_spans(turn.spans if turn else (), to_ms(turn.v2v) if turn and turn.v2v is not None else 0.0)

    def show_spans(self, spans: Sequence[Span], total_ms: float) -> None:
        """Show a wait of `total_ms` that consists of `spans`."""
        self._spans, self._total = tuple(spans), total_ms
        self._describe()
        self.update()

    def _describe(self) -> None:
        self.setAccessibleName(words.translate("Waterfall", "Where the time of the answer went"))
        self.setAccessibleDescription(", ".join(self._figure(span) for span in self._told()))

    def _told(self) -> list[Span]:
        """The spans that are not 0 ms when rounded, and always what belongs to no stage."""
        return [span for span in self._spans if to_ms(span.length) >= 0.5 or span.name is SpanName.UNATTRIBUTED]

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint bands, bar and legend."""
        painter = QPainter(self)
        painter.setFont(font(13))
        scale = (self.width() - 2) / max(_SCALE_MS, self._total * 1.04)
        self._paint_bands(painter, scale)
        x = 0.0
        for span in self._spans:
            width = to_ms(span.length) * scale
            if width > 0:
                self._paint_span(painter, span, QRectF(x, _BAR_TOP, max(width, 1.0), _BAR_HEIGHT))
            x += width
        self._paint_legend(painter)
        painter.end()

    def _paint_bands(self, painter: QPainter, scale: float) -> None:
        end = self.width() / scale
        edges = (0.0, NATURAL_MS, HANG_UP_MS, end)
        for which, left, right in zip(Band, edges, edges[1:], strict=False):
            box = QRectF(left * scale, 0, (right - left) * scale - 2, _BAR_TOP - 4)
            color = self._theme.band[which]
            painter.fillRect(QRectF(box.left(), box.bottom() - 2, box.width(), 2), color)
            painter.setPen(color)
            sign = words.band_sign(which)
            told = (f"{sign} {words.band_bounds(which)}", f"{sign} {words.band_name(which)}")
            room, metrics = box.width(), painter.fontMetrics()
            text = next((each for each in told if metrics.horizontalAdvance(each) <= room), sign)
            painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, text)
        painter.fillRect(QRectF(0, _BAR_TOP, self.width(), _BAR_HEIGHT), self._theme["raised"])
        painter.setPen(QPen(self._theme["muted"], 1, Qt.PenStyle.DashLine))
        for edge in edges[1:3]:
            painter.drawLine(int(edge * scale) - 1, _BAR_TOP, int(edge * scale) - 1, _BAR_TOP + _BAR_HEIGHT)

    def _paint_span(self, painter: QPainter, span: Span, bar: QRectF) -> None:
        color = self._theme.span[span.name]
        waits = span.name in WAITS
        paint_texture(painter, bar, color, Texture.WAIT if waits else Texture.WORK)
        text = f"{to_ms(span.length):.0f}"
        width = painter.fontMetrics().horizontalAdvance(text) + 10
        if width <= bar.width():
            plate = QRectF(bar.center().x() - width / 2, bar.center().y() - 9, width, 18)
            painter.fillRect(plate, color)
            painter.setPen(readable_on(color))
            painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, text)

    def _paint_legend(self, painter: QPainter) -> None:
        for span, box in self.legend():
            swatch = QRectF(box.left(), box.top() + 3, 13, 13)
            texture = Texture.WAIT if span.name in WAITS else Texture.WORK
            paint_texture(painter, swatch, self._theme.span[span.name], texture)
            painter.setPen(self._theme["text"])
            painter.drawText(box.adjusted(19, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, self._figure(span))

    def legend(self) -> Iterator[tuple[Span, QRectF]]:
        """The spans that are told, each with its place in the widget."""
        metrics = QFontMetricsF(font(13))
        x, y = 0.0, float(_BAR_TOP + _BAR_HEIGHT + 8)
        for span in self._told():
            width = metrics.horizontalAdvance(self._figure(span))
            if x + 20 + width > self.width():
                x, y = 0.0, y + _ROW
            yield span, QRectF(x, y, width + 23, 20)
            x += width + 40

    @staticmethod
    def _figure(span: Span) -> str:
        return f"{words.span(span.name)} {words.milliseconds(to_ms(span.length))}"


class Waterfall(QWidget):
    """The chosen turn: its number, its band, its cause, its bar, why it ended and what working ahead saved."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._turn: Turn | None = None
        self._title, self._cause, self._details = QLabel(), QLabel(), QLabel()
        self._title.setProperty("role", "strong")
        self._details.setProperty("role", "muted")
        self.bar = SpanBar(theme)
        head = QHBoxLayout()
        head.setSpacing(16)
        head.addWidget(self._title)
        head.addWidget(self._details, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 10, 16, 10)
        layout.setSpacing(6)
        layout.addLayout(head)
        layout.addWidget(self._cause)
        layout.addWidget(self.bar)
        for line in (self._cause, self._details):
            line.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Sentences may have more or less room."""
        super().resizeEvent(event)
        for line in (self._cause, self._details):
            self._tell(line, line.toolTip())

    def restyle(self, theme: Theme) -> None:
        """Show everything in this theme and in the current language."""
        self._theme = theme
        self.bar.restyle(theme)
        self.show_turn(self._turn)

    def show_turn(self, turn: Turn | None) -> None:
        """Show this turn, or an invitation when there is none."""
        self._turn = turn
        self.bar.show_turn(turn)
        which = words.band_of(turn) if turn else None
        if turn is None or which is None:
            self._title.setText(words.translate("Waterfall", "Wait for the answer"))
            self._tell(
                self._cause, words.translate("Waterfall", "The first answer will show here where its time went.")
            )
            self._tell(self._details, "")
            return
        color = self._theme.band[which].name()
        band = f'<span style="color:{color}">{words.band_sign(which)} {words.band_name(which)}</span>'
        self._title.setText(words.turn_title(turn) + f"  {band}")
        self._tell(self._cause, words.cause(turn))
        self._tell(self._details, words.details(turn))

    def _tell(self, line: QLabel, sentence: str) -> None:
        """One line; what has no room is told by the tool tip."""
        room = self.contentsRect().width() - 32
        if line is self._details:  # beside the title
            room -= self._title.sizeHint().width() + 16
        line.setText(line.fontMetrics().elidedText(sentence, Qt.TextElideMode.ElideRight, room))
        line.setToolTip(sentence)
        line.setAccessibleName(sentence)
