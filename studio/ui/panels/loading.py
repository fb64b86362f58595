"""The parts of the pipeline with how far each is: fetching, loading, warming up, ready."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QProgressBar, QVBoxLayout, QWidget

from studio.app.call_state import CallState, StageLoad
from studio.model.terms import Stage
from studio.ui import words
from studio.ui.theme import Theme

SHOWN = (Stage.VAD, Stage.TURN, Stage.STT, Stage.LLM, Stage.TTS)


class StageRow(QWidget):
    """One part (None: all of them together): its name, what it is or does, and a bar while it loads."""

    def __init__(self, stage: Stage | None) -> None:
        super().__init__()
        self._stage = stage
        self.load: StageLoad | None = None
        self._sign, self._name, self._detail, self._time = QLabel(), QLabel(), QLabel(), QLabel()
        self._name.setProperty("role", "strong")
        self._detail.setProperty("role", "muted")
        self._time.setProperty("role", "muted")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        _keep_room(self.bar)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(2)
        grid.addWidget(self._sign, 0, 0)
        grid.addWidget(self._name, 0, 1)
        grid.addWidget(self._time, 0, 2, Qt.AlignmentFlag.AlignRight)
        grid.addWidget(self._detail, 1, 1, 1, 2)
        grid.addWidget(self.bar, 2, 1, 1, 2)
        grid.setColumnStretch(1, 1)

    def show_load(self, load: StageLoad | None, theme: Theme) -> None:
        """Show how far the part is."""
        self.load = load
        name = words.stage(self._stage) if self._stage else words.translate("StageRow", "Getting ready")
        self._name.setText(name)
        ready = load is not None and load.load_ms is not None
        picture, color = ("circle-check", "accent") if ready else ("loader" if load else "circle", "muted")
        self._sign.setPixmap(theme.picture(picture, theme[color], QSize(16, 16)))
        self._detail.setText(self._elided(load.doing) if load else words.translate("StageRow", "not loaded"))
        self._detail.setToolTip(load.doing if load else "")
        self._time.setText(self._progress(load))
        self.bar.setVisible(load is not None and not ready)
        self.bar.setRange(0, 0 if load and load.fraction is None else 100)
        if load and load.fraction is not None:
            self.bar.setValue(round(100 * load.fraction))
        self.bar.setAccessibleName(words.translate("StageRow", "{stage} loading").format(stage=name))

    def _elided(self, text: str) -> str:
        return self._detail.fontMetrics().elidedText(text, Qt.TextElideMode.ElideMiddle, 200)

    @staticmethod
    def _progress(load: StageLoad | None) -> str:
        if load is None:
            return ""
        if load.load_ms is not None:
            return words.milliseconds(load.load_ms)
        return "" if load.fraction is None else f"{load.fraction:.0%}"


class StagePanel(QWidget):
    """All parts in the order of the pipeline."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._title = QLabel()
        self._title.setProperty("role", "title")
        self.rows: dict[Stage | None, StageRow] = {stage: StageRow(stage) for stage in (*SHOWN, None)}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self._title)
        for row in self.rows.values():
            column.addWidget(row)
        _keep_room(self.rows[None])
        self.rows[None].hide()

    def restyle(self, theme: Theme) -> None:
        """Show everything in this theme and in the current language."""
        self._theme = theme
        self._title.setText(words.translate("StagePanel", "Pipeline"))
        for row in self.rows.values():
            row.show_load(row.load, theme)

    def show_state(self, state: CallState) -> None:
        """Show how far each part is, and below them what is done for all."""
        for stage, row in self.rows.items():
            load = state.stages.get(stage)
            if load != row.load:
                row.show_load(load, self._theme)
        self.rows[None].setVisible(None in state.stages)


def _keep_room(widget: QWidget) -> None:
    """Nothing moves when `widget` comes and goes."""
    room = widget.sizePolicy()
    room.setRetainSizeWhenHidden(True)
    widget.setSizePolicy(room)
