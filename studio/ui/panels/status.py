"""The top of the Talk screen: what is going on, V2V figures, recording, and the buttons that matter."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout

from studio.app.call_state import Activity, CallState
from studio.model.measures import band
from studio.model.time import to_ms
from studio.ui import words
from studio.ui.keys import release_focus
from studio.ui.panels.tools import name_button
from studio.ui.theme import BESIDE_TEXT, ICON, Theme

_STATE, _FIGURE, _COUNT = 170, 96, 52
"""Room in pixels for the widest text, so that nothing moves while figures change."""

_ROOMY, _WITH_COST = 1180, 1250
"""From these widths on, in pixels, there is room for the text of the demo button, and for the cost as well."""

_COLORS = {
    Activity.IDLE: "muted",
    Activity.LOADING: "accent",
    Activity.LISTENING: "accent",
    Activity.USER_SPEAKING: "accent",
    Activity.THINKING: "text",
    Activity.AGENT_SPEAKING: "text",
}
_PICTURES = {
    Activity.IDLE: "circle",
    Activity.LOADING: "loader",
    Activity.LISTENING: "headphones",
    Activity.USER_SPEAKING: "user",
    Activity.THINKING: "hourglass",
    Activity.AGENT_SPEAKING: "bot",
}


class StatusBar(QFrame):
    """Shows a `CallState`; asks for talk, demo, mute and record."""

    talk = Signal()
    demo = Signal()
    mute = Signal(bool)
    record = Signal(bool)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("header")
        self._theme = theme
        self._activity = Activity.IDLE
        self._in_call = False
        self._recorded_s: int | None = None
        self._picture, self._activity_text = QLabel(), QLabel()
        self._activity_text.setProperty("role", "figure")
        self._titles = [QLabel() for _ in range(3)]
        self._figures = [QLabel("–") for _ in range(3)]
        self._count = QLabel()
        self._cost_title, self.cost = QLabel(), QLabel()
        self._usd_per_minute: float | None = None
        self._recording = QLabel()
        self._recording.setProperty("role", "recording")
        self.talk_button, self.demo_button = QPushButton(), QPushButton()
        self.mute_button, self.record_button = QToolButton(), QToolButton()
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 10, 16, 10)
        row.setSpacing(8)
        row.addWidget(self._picture)
        row.addWidget(self._activity_text)
        self._activity_text.setMinimumWidth(_STATE)
        row.addSpacing(8)
        for title, figure in zip(self._titles, self._figures, strict=True):
            title.setProperty("role", "caption")
            figure.setProperty("role", "figure")
            column = QVBoxLayout()
            column.setSpacing(0)
            column.addWidget(title)
            column.addWidget(figure)
            row.addLayout(column)
            row.addSpacing(4)
            figure.setMinimumWidth(_FIGURE)
        self._count.setProperty("role", "muted")
        self._count.setMinimumWidth(_COUNT)
        row.addWidget(self._count, 0, Qt.AlignmentFlag.AlignBottom)
        self._cost_title.setProperty("role", "caption")
        self.cost.setProperty("role", "figure")
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addWidget(self._cost_title)
        column.addWidget(self.cost)
        row.addLayout(column)
        row.addStretch(1)
        room = self._recording.sizePolicy()
        room.setRetainSizeWhenHidden(True)
        self._recording.setSizePolicy(room)
        self._recording.setMinimumWidth(_FIGURE)
        row.addWidget(self._recording)
        tools = (self.record_button, self.mute_button)
        for button in tools:
            button.setCheckable(True)
        self.talk_button.setProperty("role", "primary")
        self.talk_button.setIconSize(BESIDE_TEXT)
        for widget in (*tools, self.demo_button, self.talk_button):
            row.addWidget(widget)
            widget.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def _connect(self) -> None:
        self.talk_button.clicked.connect(lambda: self.talk.emit())
        self.demo_button.clicked.connect(lambda: self.demo.emit())
        self.mute_button.clicked.connect(self.mute)
        self.record_button.clicked.connect(self.record)

    def restyle(self, theme: Theme) -> None:
        """Show everything in this theme and in the current language."""
        self._theme = theme
        for title, text in zip(
            self._titles,
            (
                words.translate("StatusBar", "V2V last"),
                words.translate("StatusBar", "Median"),
                words.translate("StatusBar", "95th percentile"),
            ),
            strict=True,
        ):
            title.setText(text)
        v2v = words.translate(
            "StatusBar", "Voice to voice: from your last sound to the agent's first one, at the device"
        )
        for widget in (*self._titles, *self._figures):
            widget.setToolTip(v2v)
        self._cost_title.setText(words.translate("StatusBar", "Cost"))
        self.show_cost(self._usd_per_minute)
        self._show_demo_button()
        self.show_call(self._in_call)
        self._show_mute()
        self._show_record_button()
        self._show_activity()
        self.talk_button.setMinimumWidth(self.talk_button.sizeHint().width())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A narrow window leaves the demo button its picture only, and the cost no room."""
        super().resizeEvent(event)
        self._show_demo_button()
        self.show_cost(self._usd_per_minute)

    def _name(self, button: QToolButton, picture: str, name: str, keys: str, color: str = "text") -> None:
        button.setIcon(self._theme.icon(picture, color))
        name_button(button, name, keys)

    def show_call(self, in_call: bool) -> None:
        """Whether a call is under way or about to be."""
        self._in_call = in_call
        text = words.translate("StatusBar", "Stop") if in_call else words.translate("StatusBar", "Talk")
        self.talk_button.setText(text)
        self.talk_button.setToolTip(f"{text} ({words.key(Qt.Key.Key_Space)})")
        picture = "square" if in_call else "mic"
        self.talk_button.setIcon(self._theme.beside_text(picture, "on_accent"))
        release_focus(self.demo_button if in_call else self.mute_button)
        self.demo_button.setEnabled(not in_call)
        self.mute_button.setEnabled(in_call)

    def show_recording(self, on: bool, nanoseconds: int | None) -> None:
        """Whether calls are recorded, and for how long this one has been."""
        if self.record_button.isChecked() != on:
            self.record_button.setChecked(on)
            self._show_record_button()
        self._recording.setVisible(on and nanoseconds is not None)
        if nanoseconds is not None:
            self._set(self._recording, f"● REC {words.clock(nanoseconds)}")

    def show_state(self, state: CallState) -> None:
        """What is going on, and the latencies so far."""
        if state.activity is not self._activity:
            self._activity = state.activity
            self._show_activity()
        if state.muted != self.mute_button.isChecked():
            self.mute_button.setChecked(state.muted)
            self._show_mute()

    def show_figures(self, state: CallState) -> None:
        """Voice-to-voice latencies so far."""
        figures = state.v2v
        last = None if state.last_v2v is None else to_ms(state.last_v2v)
        for label, value in zip(self._figures, (last, figures.p50, figures.p95), strict=True):
            text = words.milliseconds(value)
            if value is not None:
                which = band(value)
                color = self._theme.band[which].name()
                text = f'<span style="color:{color}">{words.band_sign(which)}</span> {text}'
            self._set(label, text)
        self._set(self._count, words.translate("StatusBar", "n = {count}").format(count=figures.n) if figures.n else "")

    def show_cost(self, usd_per_minute: float | None) -> None:
        """What a minute of the call costs, in US dollars; None: nothing that has a known price was used."""
        self._usd_per_minute = usd_per_minute
        shown = usd_per_minute is not None and self.width() >= _WITH_COST
        for label in (self._cost_title, self.cost):
            label.setVisible(shown)
        if usd_per_minute is not None:
            a_minute = words.translate("StatusBar", "{cost}/min").format(cost=words.dollars(usd_per_minute))
            self._set(self.cost, a_minute)

    def _show_activity(self) -> None:
        color = self._theme[_COLORS[self._activity]]
        self._picture.setPixmap(self._theme.picture(_PICTURES[self._activity], color, QSize(24, 24)))
        self._activity_text.setText(words.activity(self._activity))

    def _show_demo_button(self) -> None:
        name, roomy = words.translate("StatusBar", "Let the demo caller talk"), self.width() >= _ROOMY
        self.demo_button.setText(name if roomy else "")
        self.demo_button.setIcon(self._theme.beside_text("play") if roomy else self._theme.icon("play"))
        self.demo_button.setIconSize(BESIDE_TEXT if roomy else ICON)
        self.demo_button.setAccessibleName(name)
        self.demo_button.setToolTip("" if roomy else name)

    def _show_record_button(self) -> None:
        on = self.record_button.isChecked()
        name = words.translate("StatusBar", "Stop recording") if on else words.translate("StatusBar", "Record")
        self._name(self.record_button, "circle-dot", name, "Ctrl+R", "recording" if on else "text")

    def _show_mute(self) -> None:
        muted = self.mute_button.isChecked()
        name = words.translate("StatusBar", "Unmute") if muted else words.translate("StatusBar", "Mute")
        self._name(self.mute_button, "mic-off" if muted else "mic", name, "Shift+M")

    @staticmethod
    def _set(label: QLabel, text: str) -> None:
        if label.text() != text:
            label.setText(text)
