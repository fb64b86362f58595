"""The conversation as cards, one per turn: what was said, what was answered, and what of it was not heard."""

import html

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QScrollArea,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from studio.app.call_state import Activity
from studio.model.bill import Cost
from studio.model.measures import Turn
from studio.model.time import to_ms
from studio.ui import insight, words
from studio.ui.keys import release_focus
from studio.ui.theme import BESIDE_TEXT, Theme

_BUBBLE = 560
_LEAST = 80
_WITH_PICTURE, _WITH_HEADING = 170, 110
"""Lower, in pixels, the invitation has no room for these."""
_COLUMN = 1000
"""Wider, and the eye loses the way from a question to its answer."""


def split_heard(said: str, heard: str) -> tuple[str, str]:
    """What of `said` was heard and what was not, cut after as many words as `heard` has."""
    if said.startswith(heard):
        return heard, said[len(heard) :]
    pieces = said.split()
    count = len(heard.split())
    return " ".join(pieces[:count]), " ".join(pieces[count:])


class TurnCard(QFrame):
    """One turn."""

    chosen = Signal(int)

    def __init__(self, turn: Turn, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("card")
        self.turn = turn
        self._theme = theme
        self._interim: str | None = None
        self._usd = 0.0
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._who = QLabel()
        self._who.setProperty("role", "title")
        self.figure = QLabel()
        self.said, self.answered = QLabel(), QLabel()
        self.said.setObjectName("said")
        self.answered.setObjectName("answered")
        for bubble in (self.said, self.answered):
            bubble.setWordWrap(True)
            bubble.setTextFormat(Qt.TextFormat.RichText)
        head = QHBoxLayout()
        head.addWidget(self._who)
        head.addStretch(1)
        head.addWidget(self.figure)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 8, 14, 10)
        layout.setSpacing(6)
        layout.addLayout(head)
        layout.addLayout(_row(self.said, at_end=True))
        layout.addLayout(_row(self.answered, at_end=False))

    def show_turn(self, turn: Turn, interim: str | None) -> None:
        """Show the turn as it stands; `interim` is what the STT engine hears and may still change."""
        self.turn, self._interim = turn, interim
        title = words.turn_title(turn)
        self._who.setText(title)
        self._bubble(self.said, self._said_text())
        self._bubble(self.answered, self._answer_text())
        self.figure.setText(self._figure_text())
        self.setAccessibleName(f"{title}. {turn.user_text} {turn.agent_text or turn.heard}".strip())
        understood = "\n".join(insight.sentences(turn))
        self.setToolTip(understood)
        self.setAccessibleDescription(understood)

    def show_cost(self, cost: Cost) -> None:
        """What the turn has cost so far; its parts and what the vendor's cache held are in the tooltip."""
        if cost.usd == self._usd:
            return
        self._usd = cost.usd
        self.figure.setText(self._figure_text())
        self.figure.setToolTip("\n".join(words.cost_parts(cost)))

    def restyle(self, theme: Theme) -> None:
        """Show everything in this theme and in the current language."""
        self._theme = theme
        self.show_turn(self.turn, self._interim)

    def choose(self, on: bool) -> None:
        """Mark this card as the one whose waterfall is shown."""
        if self.property("chosen") != on:
            self.setProperty("chosen", on)
            self.style().polish(self)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click chooses the card."""
        self.chosen.emit(self.turn.index)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """So does Enter; other keys are the window's."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.chosen.emit(self.turn.index)
        else:
            super().keyPressEvent(event)

    def _said_text(self) -> str:
        if self._interim is not None:
            return f'<span style="color:{self._theme["muted"].name()}">{html.escape(self._interim)} …</span>'
        return html.escape(self.turn.user_text)

    def _answer_text(self) -> str:
        turn = self.turn
        if not turn.interrupted:
            return html.escape(turn.agent_text or turn.heard)
        heard, unheard = split_heard(turn.agent_text, turn.heard)
        cut, muted = self._theme["danger"].name(), self._theme["muted"].name()
        return (
            f'{html.escape(heard)} <span style="color:{cut}">▍</span>'
            f'<s style="color:{muted}">{html.escape(unheard.strip())}</s>'
        )

    def _figure_text(self) -> str:
        turn = self.turn
        pieces = []
        if turn.interrupted:
            text = words.translate("TurnCard", "interrupted")
            if turn.barge_in_stop is not None:
                stop = words.milliseconds(to_ms(turn.barge_in_stop))
                text = words.translate("TurnCard", "interrupted, silent after {time}").format(time=stop)
            pieces.append(f'<span style="color:{self._theme["danger"].name()}">✂ {text}</span>')
        which = words.band_of(turn)
        if which is not None and turn.v2v is not None:
            pieces.append(
                f'<span style="color:{self._theme.band[which].name()}">{words.band_sign(which)} '
                f"<b>{words.milliseconds(to_ms(turn.v2v))}</b> {words.band_name(which)}</span>"
            )
        if self._usd > 0:
            pieces.insert(0, f'<span style="color:{self._theme["muted"].name()}">{words.dollars(self._usd)}</span>')
        return " &nbsp; ".join(pieces)

    @staticmethod
    def _bubble(label: QLabel, text: str) -> None:
        """A bubble as wide as its text, up to a width that is easy to read."""
        label.setVisible(bool(text))
        if label.text() != text:
            label.setText(text)
            # A fixed size needs one layout pass; height for width through a scroll area takes several, visibly.
            label.setMinimumSize(0, 0)  # what was set before counts for the size it asks for
            label.setWordWrap(False)
            width = min(_BUBBLE, label.sizeHint().width())
            label.setWordWrap(True)
            label.setFixedSize(width, label.heightForWidth(width))


class Transcript(QWidget):
    """All cards, the newest at the bottom; an invitation while there is none."""

    chosen = Signal(object)
    """The `Turn` whose waterfall is wanted."""
    demo = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.cards: dict[int, TurnCard] = {}
        self._pinned: int | None = None
        self.invitation = Invitation(theme)
        self.invitation.demo.connect(self.demo)
        self._column = QVBoxLayout()
        self._column.setContentsMargins(16, 12, 16, 12)
        self._column.setSpacing(4)
        self._column.addStretch(1)
        # Cards are never squeezed into the room there is, not even until the scroll area has noticed them.
        self._column.setSizeConstraint(QLayout.SizeConstraint.SetMinimumSize)
        cards = QWidget()
        cards.setLayout(self._column)
        cards.setMaximumWidth(_COLUMN)
        inside = QWidget()
        inside.setObjectName("page")
        row = QHBoxLayout(inside)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSizeConstraint(QLayout.SizeConstraint.SetMinimumSize)
        row.addWidget(cards)
        self.scroll_area = QScrollArea()
        self.scroll_area.setWidgetResizable(True)
        self.scroll_area.setWidget(inside)
        self.scroll_area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.scroll_area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        bar = self.scroll_area.verticalScrollBar()
        self._follows = True
        bar.valueChanged.connect(self._note_position)
        bar.rangeChanged.connect(self._follow)
        self.setMinimumHeight(_LEAST)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self.invitation)
        self._stack.addWidget(self.scroll_area)

    def restyle(self, theme: Theme) -> None:
        """Show everything in this theme and in the current language."""
        self._theme = theme
        self.scroll_area.setAccessibleName(words.translate("Transcript", "Conversation"))
        self.invitation.restyle(theme)
        for card in self.cards.values():
            card.restyle(theme)

    def show_activity(self, activity: Activity) -> None:
        """While nothing has been said: what to do or to wait for."""
        self.invitation.show_activity(activity)

    def clear(self) -> None:
        """Start a new conversation."""
        for card in self.cards.values():
            card.deleteLater()
        self.cards.clear()
        self._pinned, self._follows = None, True
        self._stack.setCurrentWidget(self.invitation)

    def show_turn(self, turn: Turn, interim: str | None) -> None:
        """Show a turn as it stands; a new one is added below."""
        card = self.cards.get(turn.index)
        if card is None:
            card = self.cards[turn.index] = TurnCard(turn, self._theme)
            card.chosen.connect(self._choose)
            self._column.addWidget(card)
            self._stack.setCurrentWidget(self.scroll_area)
        card.show_turn(turn, interim)
        if turn.v2v is not None and (self._pinned is None or self._pinned == turn.index):
            self._mark(turn.index)

    def show_cost(self, index: int, cost: Cost) -> None:
        """Show what a turn has cost so far."""
        self.cards[index].show_cost(cost)

    def _choose(self, index: int) -> None:
        """A click pins a card; clicking it again goes back to following the latest turn."""
        self._pinned = None if self._pinned == index else index
        self._mark(index)

    def _mark(self, index: int) -> None:
        for card in self.cards.values():
            card.choose(card.turn.index == index)
        self.chosen.emit(self.cards[index].turn)

    def _note_position(self, value: int) -> None:
        self._follows = value >= self.scroll_area.verticalScrollBar().maximum() - 4

    def _follow(self, _low: int, high: int) -> None:
        if self._follows:
            self.scroll_area.verticalScrollBar().setValue(high)


class Invitation(QWidget):
    """What to do first, and while a call has no words yet, what to wait for."""

    demo = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("page")
        self._theme = theme
        self._activity = Activity.IDLE
        self._picture, self.heading, self._text = QLabel(), QLabel(), QLabel()
        self.heading.setProperty("role", "heading")
        self._text.setProperty("role", "muted")
        self.button = QPushButton()
        self.button.setIconSize(BESIDE_TEXT)
        self.button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.button.clicked.connect(lambda: self.demo.emit())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addStretch(1)
        for widget in (self._picture, self.heading, self._text):
            widget.setAlignment(Qt.AlignmentFlag.AlignCenter)
            layout.addWidget(widget)
        layout.addWidget(self.button, 0, Qt.AlignmentFlag.AlignCenter)
        layout.addStretch(1)

    def restyle(self, theme: Theme) -> None:
        """Show everything in this theme and in the current language."""
        self._theme = theme
        self.button.setText(words.translate("Invitation", "No microphone? Let the demo caller talk"))
        self.button.setIcon(theme.beside_text("play"))
        picture, heading, text = self._content()
        self._picture.setPixmap(theme.picture(picture, theme["accent"], QSize(48, 48)))
        self.heading.setText(heading)
        self._text.setText(text)
        if self._activity is not Activity.IDLE:
            release_focus(self.button)
        self.button.setVisible(self._activity is Activity.IDLE)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In little room what to do stays, then the heading, then the picture."""
        super().resizeEvent(event)
        self._picture.setVisible(self.height() >= _WITH_PICTURE)
        self.heading.setVisible(self.height() >= _WITH_HEADING)

    def show_activity(self, activity: Activity) -> None:
        """Say what fits what is going on."""
        if activity is not self._activity:
            self._activity = activity
            self.restyle(self._theme)

    def _content(self) -> tuple[str, str, str]:
        """Picture, heading and text."""
        match self._activity:
            case Activity.IDLE:
                return (
                    "audio-lines",
                    words.translate("Invitation", "Talk to the agent"),
                    words.translate(
                        "Invitation", "Press Space and speak. Every wait shows below while the agent answers."
                    ),
                )
            case Activity.LOADING:
                return (
                    "loader",
                    words.translate("Invitation", "The agent is getting ready"),
                    words.translate("Invitation", "The call begins by itself. What is loaded stays loaded."),
                )
            case _:
                return (
                    "mic",
                    words.translate("Invitation", "Go ahead, the agent is listening"),
                    words.translate("Invitation", "What you say appears here while you speak."),
                )


def _row(bubble: QLabel, at_end: bool) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setContentsMargins(0, 0, 0, 0)
    if at_end:
        row.addStretch(1)
    row.addWidget(bubble)
    if not at_end:
        row.addStretch(1)
    return row
