"""A control for each kind of setting, made from its description. Must not know which setting of whom it is."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSlider,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from studio.app.design import as_text
from studio.app.setting_fields import Kind, SettingField
from studio.ui import words
from studio.ui.design import labels
from studio.ui.design.free_choice import FreeChoice, Option

_FAR = 1_000_000
_MARGINS = (8, 0, 8, 0)
_STEPS = 200
"""Steps of a slider for a number."""


class FormKeys(QObject):
    """Keys and the wheel in a form: undo is the preset's, not a field's, and the wheel scrolls the form."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Leave the wheel to the form while the control has no focus; undo and redo to the window."""
        if event.type() is QEvent.Type.Wheel and isinstance(watched, QWidget) and not watched.hasFocus():
            event.ignore()
            return True
        if isinstance(event, QKeyEvent) and event.type() in (QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride):
            undo, redo = QKeySequence.StandardKey.Undo, QKeySequence.StandardKey.Redo
            if event.matches(undo) or event.matches(redo):
                event.ignore()
                return True
        return False


def as_in_forms(control: QWidget, keys: FormKeys) -> None:
    """Let a control behave as one of many in a form that scrolls and can be undone."""
    control.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    for widget in (control, *control.findChildren(QLineEdit)):
        widget.installEventFilter(keys)


class FieldControl(QWidget):
    """One setting: its name, its control, and what it does."""

    entered = Signal(object)
    """The value the user gave; None: the default."""

    def __init__(self, field: SettingField, keys: FormKeys) -> None:
        super().__init__()
        self.field = field
        self._default = field.default
        self._showing, self._emptied = False, False
        self._given: Any = None
        """What the preset says."""
        self._name, self._help, self._problem = QLabel(), QLabel(), QLabel()
        self._name.setProperty("role", "title")
        self._help.setProperty("role", "muted")
        self._problem.setProperty("role", "problem")
        self.control, self._read, self._write = _MAKERS[field.kind](field, self._enter)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(4)
        self.reset = QPushButton()
        if field.kind is not Kind.SWITCH:
            self._column.addLayout(self._heading())
        self._column.addWidget(self.control)
        for label in (self._help, self._problem):
            label.setWordWrap(True)
            self._column.addWidget(label)
        self._problem.hide()
        for widget in (self.control, *self.control.findChildren(QWidget)):
            if widget.focusPolicy() is not Qt.FocusPolicy.NoFocus:
                as_in_forms(widget, keys)
        for spin in self.findChildren(QAbstractSpinBox):
            spin.lineEdit().textEdited.connect(self._type)
            spin.editingFinished.connect(self._leave)
        self.restyle()

    def _heading(self) -> QHBoxLayout:
        """The name, and what takes a number back that the preset says."""
        self.reset.setProperty("role", "reset")
        self.reset.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        kept = self.reset.sizePolicy()
        kept.setRetainSizeWhenHidden(True)
        self.reset.setSizePolicy(kept)
        self.reset.hide()
        self.reset.clicked.connect(self.control.setFocus)
        self.reset.clicked.connect(self._take_back)
        row = QHBoxLayout()
        row.addWidget(self._name)
        row.addStretch(1)
        if self.field.kind in (Kind.WHOLE, Kind.NUMBER):
            row.addWidget(self.reset)
        return row

    def restyle(self) -> None:
        """Show everything in the current language."""
        name = labels.setting(self.field.key)
        told = labels.explanation(self.field.key, self.field.help)
        self._name.setText(name)
        self._help.setText(told)
        self._help.setVisible(bool(told))
        for widget in (self.control, *self.control.findChildren(QWidget)):
            widget.setAccessibleName(name)
            widget.setAccessibleDescription(told)
        if isinstance(self.control, QCheckBox):
            self.control.setText(name)
        unit = labels.unit(self.field.key)
        for spin in self.findChildren(QAbstractSpinBox):
            if isinstance(spin, QSpinBox | QDoubleSpinBox):
                spin.setSuffix(unit)
                if self.field.optional:
                    spin.setSpecialValueText(words.translate("FieldControl", "as the provider likes"))
        if isinstance(self.control, QComboBox) and self.field.kind is Kind.CHOICE:
            for index in range(self.control.count()):
                self.control.setItemText(index, labels.choice(self.control.itemData(index)))
        if isinstance(self.control, FreeChoice):
            self.control.set_hint(words.translate("FieldControl", "provider/model"))
        if isinstance(self.control, QLineEdit):
            hint = as_text(self._default) if self._default not in (None, {}, []) else ""
            self.control.setPlaceholderText(hint)
        self._show_reset()

    def offer(self, options: Sequence[Option]) -> None:
        """List what could be entered, where any text can be."""
        if isinstance(self.control, FreeChoice):
            self.control.offer(options)

    def show_value(self, value: Any, default: Any = None) -> None:
        """Show what the preset says; None: nothing, the default is shown, which another setting may have moved."""
        self._default = self.field.default if default is None else default
        self._given, self._emptied = value, False
        self._show_reset()
        shown = self._default if value is None else value
        if not self._says(shown):
            self._showing = True
            self._write(shown)
            self._showing = False
        self.show_problem("")

    def _show_reset(self) -> None:
        if self._default is None:
            back = words.translate("FieldControl", "Reset")
        else:
            value = f"{as_text(self._default)}{labels.unit(self.field.key)}"
            back = words.translate("FieldControl", "back to {value}").format(value=value)
        self.reset.setText(back)
        self.reset.setAccessibleName(f"{labels.setting(self.field.key)}: {back}")
        self.reset.setVisible(self._given is not None and self.field.kind in (Kind.WHOLE, Kind.NUMBER))

    def show_problem(self, sentence: str) -> None:
        """Say what is wrong with what was entered; empty: nothing."""
        self._problem.setText(sentence)
        self._problem.setVisible(bool(sentence))
        if self.control.property("wrong") != bool(sentence):
            self.control.setProperty("wrong", bool(sentence))
            self.control.style().polish(self.control)

    def _says(self, value: Any) -> bool:
        try:
            said = self._read()
        except ValueError:
            return False
        return bool(said == value) and isinstance(said, bool) is isinstance(value, bool)

    def _type(self, text: str) -> None:
        self._emptied = not text.removesuffix(labels.unit(self.field.key)).strip()

    def _leave(self) -> None:
        if self._emptied:
            self._emptied = False
            self._take_back()

    def _take_back(self) -> None:
        if self._given is not None:
            self.entered.emit(None)

    def _enter(self) -> None:
        if self._showing:
            return
        try:
            value = self._read()
        except ValueError:
            self.show_problem(words.translate("FieldControl", 'Write it as JSON, for example {"name": "value"}.'))
            return
        self.show_problem("")
        if self._emptied and value == (self._default if self._given is None else self._given):
            return  # Qt puts back what was there before
        self._emptied = False
        self.entered.emit(None if value == self._default or value == "" else value)


_Control = tuple[QWidget, Callable[[], Any], Callable[[Any], None]]
"""A control, how its value is read, and how one is shown."""


def _switch(_field: SettingField, enter: Callable[[], None]) -> _Control:
    box = QCheckBox()
    box.toggled.connect(lambda _on: enter())
    return box, box.isChecked, lambda value: box.setChecked(value is True)


def _whole(field: SettingField, enter: Callable[[], None]) -> _Control:
    spin = QSpinBox()
    spin.lineEdit().setTextMargins(*_MARGINS)
    least = int(field.least) if field.least is not None else -_FAR
    unset = least - 1
    spin.setRange(unset if field.optional else least, int(field.most) if field.most is not None else _FAR)
    spin.setSingleStep(_step(field))
    spin.valueChanged.connect(lambda _value: enter())

    def read() -> int | None:
        return None if field.optional and spin.value() == unset else spin.value()

    def write(value: Any) -> None:
        spin.setValue(value if isinstance(value, int) else unset)

    return (_with_slider(spin, field), read, write) if _has_slider(field) else (spin, read, write)


def _number(field: SettingField, enter: Callable[[], None]) -> _Control:
    spin = QDoubleSpinBox()
    spin.lineEdit().setTextMargins(*_MARGINS)
    spin.setDecimals(2)
    least = field.least if field.least is not None else -float(_FAR)
    unset = least - 0.01
    spin.setRange(unset if field.optional else least, field.most if field.most is not None else float(_FAR))
    spin.setSingleStep(0.05 if field.most is not None else 0.5)
    spin.valueChanged.connect(lambda _value: enter())

    def read() -> float | None:
        return None if field.optional and spin.value() < least - 0.005 else round(spin.value(), 2)

    def write(value: Any) -> None:
        spin.setValue(float(value) if isinstance(value, int | float) else unset)

    return (_with_slider(spin, field), read, write) if _has_slider(field) else (spin, read, write)


def _text(_field: SettingField, enter: Callable[[], None]) -> _Control:
    line = QLineEdit()
    line.textEdited.connect(lambda _text: enter())

    def write(value: Any) -> None:
        line.setText("" if value is None else as_text(value))

    return line, lambda: line.text().strip(), write


def _words(_field: SettingField, enter: Callable[[], None]) -> _Control:
    line = QLineEdit()
    line.textEdited.connect(lambda _text: enter())

    def read() -> list[str]:
        return [word for piece in line.text().split(",") if (word := piece.strip())]

    def write(value: Any) -> None:
        line.setText(", ".join(map(str, value or ())))

    return line, read, write


def _table(field: SettingField, enter: Callable[[], None]) -> _Control:
    line = QLineEdit()
    empty: list[Any] | dict[str, Any] = [] if isinstance(field.default, list) else {}
    line.textEdited.connect(lambda _text: enter())

    def read() -> Any:
        return json.loads(line.text()) if line.text().strip() else empty

    def write(value: Any) -> None:
        line.setText(json.dumps(value, ensure_ascii=False) if value else "")

    return line, read, write


def _choice(field: SettingField, enter: Callable[[], None]) -> _Control:
    box = QComboBox()
    for choice in (None, *field.choices) if field.optional else field.choices:
        box.addItem(str(choice), choice)
    box.activated.connect(lambda _index: enter())

    def write(value: Any) -> None:
        box.setCurrentIndex(box.findData(value))

    return box, box.currentData, write


def _part(_field: SettingField, enter: Callable[[], None]) -> _Control:
    choice, shown = FreeChoice(), dict[str, Any]()
    choice.entered.connect(lambda _use: enter())

    def read() -> dict[str, Any] | None:
        """Settings are those of one model and mean nothing to another; who takes over does the same for both."""
        if not choice.value:
            return None
        kept = shown if choice.value == shown.get("use") else {k: v for k, v in shown.items() if k == "fallback"}
        return {**kept, "use": choice.value}

    def write(value: Any) -> None:
        shown.clear()
        shown.update(value if isinstance(value, dict) else {})
        choice.show_value(str(shown.get("use", "")))

    return choice, read, write


_MAKERS: dict[Kind, Callable[[SettingField, Callable[[], None]], _Control]] = {
    Kind.SWITCH: _switch,
    Kind.WHOLE: _whole,
    Kind.NUMBER: _number,
    Kind.TEXT: _text,
    Kind.CHOICE: _choice,
    Kind.WORDS: _words,
    Kind.PART: _part,
    Kind.TABLE: _table,
}


def _step(field: SettingField) -> int:
    return 10 if field.key.endswith("_ms") else 1


def _has_slider(field: SettingField) -> bool:
    return field.least is not None and field.most is not None and not field.optional


def _with_slider(spin: QSpinBox | QDoubleSpinBox, field: SettingField) -> QWidget:
    """A slider before the figure, which both show the same value."""
    assert field.least is not None
    assert field.most is not None
    low, high = field.least, field.most
    slider = QSlider(Qt.Orientation.Horizontal)
    slider.setRange(0, _STEPS)
    slider.setPageStep(_STEPS // 10)

    def follow() -> None:
        with QSignalBlocker(slider):
            slider.setValue(round((spin.value() - low) / (high - low) * _STEPS))

    def lead(value: int) -> None:
        wanted = low + value / _STEPS * (high - low)
        if isinstance(spin, QSpinBox):
            spin.setValue(round(wanted / spin.singleStep()) * spin.singleStep())
        else:
            spin.setValue(wanted)

    spin.valueChanged.connect(lambda _value: follow())
    slider.valueChanged.connect(lead)
    spin.setFixedWidth(92)
    row = QWidget()
    row.setFocusProxy(spin)
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(10)
    layout.addWidget(slider, 1)
    layout.addWidget(spin)
    follow()
    return row
