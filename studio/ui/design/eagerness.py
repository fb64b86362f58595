"""The one slider of the turn's end: from patient to eager, with the waits that follow. Must not know presets."""

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSlider, QVBoxLayout, QWidget

from studio.model.preset import TurnTaking
from studio.ui import words
from studio.ui.design import labels
from studio.ui.design.fields import FormKeys, as_in_forms

_STEPS = 20
_KEY_STEPS = 2
"""A key moves it by 0.1, the mouse by half of that."""
_USUAL = float(TurnTaking.model_fields["eagerness"].default)


class Eagerness(QWidget):
    """How soon the agent takes its turn."""

    entered = Signal(object)
    """0 to 1; None: the default."""

    def __init__(self, keys: FormKeys) -> None:
        super().__init__()
        self._taking = TurnTaking()
        self._name, self.word, self._patient, self._eager, self.told = (QLabel() for _ in range(5))
        self._name.setProperty("role", "title")
        for label in (self.word, self._patient, self._eager, self.told):
            label.setProperty("role", "muted")
        self.word.setProperty("role", "strong")
        self.told.setWordWrap(True)
        self.told.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, _STEPS)
        self.slider.setSingleStep(_KEY_STEPS)
        self.slider.setPageStep(_KEY_STEPS)
        self.slider.valueChanged.connect(self._enter)
        as_in_forms(self.slider, keys)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(_row(self._name, self.word))
        column.addWidget(self.slider)
        column.addLayout(_row(self._patient, self._eager))
        column.addSpacing(4)
        column.addWidget(self.told)
        self.restyle()

    def restyle(self) -> None:
        """Show everything in the current language."""
        self._name.setText(labels.setting("eagerness"))
        self._patient.setText(words.translate("Eagerness", "patient"))
        self._eager.setText(words.translate("Eagerness", "eager"))
        self.slider.setAccessibleName(labels.setting("eagerness"))
        self.slider.setToolTip(labels.explanation("eagerness", ""))
        self.show_taking(self._taking)

    def show_taking(self, taking: TurnTaking) -> None:
        """Show the eagerness, and the waits that hold: a timer which is set by hand counts as it is."""
        self._taking = taking
        with QSignalBlocker(self.slider):
            self.slider.setValue(round(taking.eagerness * _STEPS))
        self.word.setText(_word(taking.eagerness))
        waits = words.translate("Eagerness", "Answers after {sure} when sure, {unsure} when not.")
        sure = words.duration(taking.soonest_ms)
        self.told.setText(waits.format(sure=sure, unsure=words.duration(taking.patience_ms)))
        self.told.ensurePolished()  # its font is the style sheet's
        line = self.told.fontMetrics().lineSpacing() + 1  # a label rounds each line up
        self.told.setMinimumHeight(2 * line)  # nothing jumps while it moves
        self.slider.setAccessibleDescription(f"{self.word.text()}. {self.told.text()}")

    def _enter(self, step: int) -> None:
        eagerness = step / _STEPS
        self.entered.emit(None if eagerness == _USUAL else eagerness)


def _row(left: QLabel, right: QLabel) -> QHBoxLayout:
    row = QHBoxLayout()
    row.addWidget(left)
    row.addStretch(1)
    row.addWidget(right)
    return row


def _word(eagerness: float) -> str:
    if eagerness < 0.2:
        return words.translate("Eagerness", "very patient")
    if eagerness < 0.4:
        return words.translate("Eagerness", "rather patient")
    if eagerness <= 0.6:
        return words.translate("Eagerness", "balanced")
    return (
        words.translate("Eagerness", "rather eager") if eagerness <= 0.8 else words.translate("Eagerness", "very eager")
    )
