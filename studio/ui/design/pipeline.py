"""The pipeline as boxes from the microphone to the speaker, one of which is chosen. Must not know presets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QEnterEvent, QPainter, QPaintEvent, QPen, QPolygonF, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QSizePolicy, QWidget

from studio.app.design_facts import Health
from studio.model.measures import Band
from studio.timeline.catalog import LaneName
from studio.ui.design import labels
from studio.ui.theme import Theme, font

_HEIGHT, _GAP, _ROW_GAP = 104, 22, 22
_ENDPOINT = 72
_ONE_ROW, _TWO_ROWS = 980, 540
"""From these widths on, in pixels, all boxes have room side by side, or in two rows."""
_PAD = 10


class BoxName(StrEnum):
    """The boxes, in the order of the sound."""

    MICROPHONE = "microphone"
    VAD = "vad"
    STT = "stt"
    TURN = "turn"
    LLM = "llm"
    TTS = "tts"
    SPEAKER = "speaker"


ENDPOINTS = {BoxName.MICROPHONE: "mic", BoxName.SPEAKER: "volume-2"}
_IN_TWO = (
    (BoxName.MICROPHONE, BoxName.VAD, BoxName.STT, BoxName.TURN),
    (BoxName.LLM, BoxName.TTS, BoxName.SPEAKER),
)
_IN_THREE = (
    (BoxName.MICROPHONE, BoxName.VAD, BoxName.STT),
    (BoxName.TURN, BoxName.LLM),
    (BoxName.TTS, BoxName.SPEAKER),
)
_LANES = {
    BoxName.VAD: LaneName.VOICE_ACTIVITY,
    BoxName.STT: LaneName.TRANSCRIPTION,
    BoxName.TURN: LaneName.TURN_DETECTION,
    BoxName.LLM: LaneName.LANGUAGE_MODEL,
    BoxName.TTS: LaneName.SPEECH_SYNTHESIS,
}


@dataclass(frozen=True, slots=True)
class BoxLook:
    """What a box says."""

    provider: str = ""
    model: str = ""
    planned: str = ""
    """`150 ms`."""
    source: str = ""
    """Where that figure comes from, in a word."""
    health: Health = Health.UNKNOWN
    told: str = ""
    """The health in words, for the tool tip and for screen readers."""


class Box(QAbstractButton):
    """One part of the pipeline."""

    def __init__(self, name: BoxName, theme: Theme) -> None:
        super().__init__()
        self.name = name
        self.look = BoxLook()
        self._theme = theme
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def sizeHint(self) -> QSize:
        """Four lines of text."""
        return QSize(_ENDPOINT if self.name in ENDPOINTS else 140, _HEIGHT)

    def restyle(self, theme: Theme) -> None:
        """Show everything in this theme and in the current language."""
        self._theme = theme
        self.show_look(self.look)

    def show_look(self, look: BoxLook) -> None:
        """Show what is in the box."""
        self.look = look
        title = labels.box(self.name)
        pieces = [title, f"{look.provider} {look.model}".strip(), f"{look.planned} {look.source}".strip(), look.told]
        self.setAccessibleName(". ".join(piece for piece in pieces if piece))
        self.setToolTip("\n".join(piece for piece in pieces[1:] if piece))
        self.update()

    def enterEvent(self, event: QEnterEvent) -> None:
        """Under the pointer its border is brighter."""
        super().enterEvent(event)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """And no longer."""
        super().leaveEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the frame and what is in it."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        chosen = self.isChecked()
        edge = self._theme["accent" if chosen or self.hasFocus() else "muted" if self.underMouse() else "line"]
        width = 2.0 if chosen else 1.0
        frame = QRectF(self.rect()).adjusted(width / 2, width / 2, -width / 2, -width / 2)
        painter.setPen(
            QPen(edge, width, Qt.PenStyle.DotLine if self.hasFocus() and not chosen else Qt.PenStyle.SolidLine)
        )
        painter.setBrush(self._theme["raised" if chosen else "surface"])
        painter.drawRoundedRect(frame, 12, 12)
        if self.name in ENDPOINTS:
            self._paint_endpoint(painter)
        else:
            self._paint_part(painter, self._theme.lane[_LANES[self.name]])
        painter.end()

    def _paint_endpoint(self, painter: QPainter) -> None:
        picture = self._theme.picture(ENDPOINTS[self.name], self._theme["text"], QSize(26, 26))
        painter.drawPixmap(QPointF((self.width() - 26) / 2, self.height() / 2 - 28), picture)
        painter.setFont(font(13))
        painter.setPen(self._theme["muted"])
        self._line(painter, QRectF(3, self.height() / 2 + 6, self.width() - 6, 20), labels.box(self.name), middle=True)

    def _paint_part(self, painter: QPainter, hue: QColor) -> None:
        room = self.width() - 2 * _PAD
        painter.fillRect(QRectF(_PAD, 14, 4, 12), hue)
        painter.setFont(font(13, bold=True))
        painter.setPen(self._theme["muted"])
        self._line(painter, QRectF(_PAD + 9, 10, room - 9 - 16, 20), labels.box(self.name))
        self._paint_health(painter, QPointF(self.width() - _PAD - 5, 20))
        painter.setFont(font(14, bold=True))
        painter.setPen(self._theme["text"])
        self._line(painter, QRectF(_PAD, 32, room, 20), self.look.provider)
        painter.setFont(font(13))
        painter.setPen(self._theme["muted"])
        self._line(painter, QRectF(_PAD, 52, room, 19), self.look.model, Qt.TextElideMode.ElideMiddle)
        painter.setFont(font(14, bold=True))
        painter.setPen(self._theme["text"])
        figure = QRectF(_PAD, 75, room, 20)
        self._line(painter, figure, self.look.planned)
        used = painter.fontMetrics().horizontalAdvance(self.look.planned) + 6 if self.look.planned else 0
        painter.setFont(font(13))
        painter.setPen(self._theme["muted"])
        if painter.fontMetrics().horizontalAdvance(self.look.source) <= room - used:
            self._line(painter, figure.adjusted(used, 0, 0, 0), self.look.source)

    def _paint_health(self, painter: QPainter, center: QPointF) -> None:
        """A dot, a triangle or a square: the shape says it, too."""
        bands = self._theme.band
        painter.setPen(Qt.PenStyle.NoPen)
        match self.look.health:
            case Health.READY:
                painter.setBrush(bands[Band.NATURAL])
                painter.drawEllipse(center, 4.5, 4.5)
            case Health.KEY_MISSING | Health.RETIRING:
                painter.setBrush(bands[Band.UNNATURAL])
                painter.drawPolygon(
                    QPolygonF([center + QPointF(0, -5), center + QPointF(5.5, 4.5), center + QPointF(-5.5, 4.5)])
                )
            case Health.RETIRED | Health.CLOSED | Health.WRONG:
                painter.setBrush(bands[Band.HANG_UP])
                painter.drawRect(QRectF(center.x() - 4.5, center.y() - 4.5, 9, 9))
            case Health.UNKNOWN:
                painter.setPen(QPen(self._theme["muted"], 1.5))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawEllipse(center, 4, 4)

    @staticmethod
    def _line(
        painter: QPainter,
        place: QRectF,
        text: str,
        elide: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
        middle: bool = False,
    ) -> None:
        shown = painter.fontMetrics().elidedText(text, elide, int(place.width()))
        side = Qt.AlignmentFlag.AlignHCenter if middle else Qt.AlignmentFlag.AlignLeft
        painter.drawText(place, side | Qt.AlignmentFlag.AlignVCenter, shown)


class Pipeline(QWidget):
    """All boxes with arrows between them: in one row, or in more where there is less room."""

    chosen = Signal(str)
    """The name of a box."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.boxes = {name: Box(name, theme) for name in BoxName}
        self._group = QButtonGroup(self)
        for box in self.boxes.values():
            box.setParent(self)
            self._group.addButton(box)
            box.clicked.connect(lambda _on=False, box=box: self.chosen.emit(box.name.value))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """As high as its rows."""
        rows = len(self._rows())
        return QSize(400, rows * _HEIGHT + (rows - 1) * _ROW_GAP)

    def minimumSizeHint(self) -> QSize:
        """The boxes shrink as far as their titles can be read."""
        return QSize(320, self.sizeHint().height())

    def restyle(self, theme: Theme) -> None:
        """Show everything in this theme and in the current language."""
        self._theme = theme
        for box in self.boxes.values():
            box.restyle(theme)
        self.update()

    def choose(self, name: BoxName) -> None:
        """Mark a box as the chosen one, without telling anyone."""
        self.boxes[name].setChecked(True)

    def show_looks(self, looks: Mapping[BoxName, BoxLook]) -> None:
        """Show what is in the boxes."""
        for name, look in looks.items():
            if look != self.boxes[name].look:
                self.boxes[name].show_look(look)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Every row takes the whole width."""
        super().resizeEvent(event)
        for row, names in enumerate(self._rows()):
            ends = sum(1 for name in names if name in ENDPOINTS)
            room = self.width() - ends * _ENDPOINT - (len(names) - 1) * _GAP
            width = room / max(1, len(names) - ends)
            x = 0.0
            for name in names:
                wide = _ENDPOINT if name in ENDPOINTS else width
                self.boxes[name].setGeometry(round(x), row * (_HEIGHT + _ROW_GAP), round(wide), _HEIGHT)
                x += wide + _GAP
        self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the arrows."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._theme["muted"], 1.5))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        names = list(BoxName)
        for before, after in pairwise(names):
            one, two = QRectF(self.boxes[before].geometry()), QRectF(self.boxes[after].geometry())
            if one.top() == two.top():
                line = [QPointF(one.right() + 5, one.center().y()), QPointF(two.left() - 5, two.center().y())]
            else:
                middle = (one.bottom() + two.top()) / 2
                line = [
                    QPointF(one.center().x(), one.bottom() + 4),
                    QPointF(one.center().x(), middle),
                    QPointF(two.center().x(), middle),
                    QPointF(two.center().x(), two.top() - 4),
                ]
            painter.drawPolyline(QPolygonF(line))
            _paint_head(painter, line[-1], down=one.top() != two.top())
        painter.end()

    def _rows(self) -> Sequence[Sequence[BoxName]]:
        if self.width() >= _ONE_ROW:
            return (tuple(BoxName),)
        return _IN_TWO if self.width() >= _TWO_ROWS else _IN_THREE


def _paint_head(painter: QPainter, tip: QPointF, down: bool) -> None:
    wings = [(-4, -4), (4, -4)] if down else [(-4, -4), (-4, 4)]
    for x, y in wings:
        painter.drawLine(tip, tip + QPointF(x, y))
