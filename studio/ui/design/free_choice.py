"""A choice with room for what is not listed: a model or a voice, by its vendor's own name."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QComboBox, QCompleter


@dataclass(frozen=True, slots=True)
class Option:
    """Something listed."""

    value: str
    label: str = ""
    """What the list says; empty: the value."""
    tip: str = ""


class FreeChoice(QComboBox):
    """Lists options and takes any text."""

    entered = Signal(str)
    """A value, listed or not."""

    def __init__(self) -> None:
        super().__init__()
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(8)
        self._value = ""
        completer = self.completer()
        assert completer is not None
        completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self.activated.connect(lambda index: self._enter(str(self.itemData(index))))
        line = self.lineEdit()
        assert line is not None
        line.editingFinished.connect(lambda: self._enter(self._typed()))

    @property
    def value(self) -> str:
        """What is chosen; empty: nothing."""
        return self._value

    def offer(self, options: Sequence[Option]) -> None:
        """List these; what is shown stays."""
        with QSignalBlocker(self):
            self.clear()
            for option in options:
                self.addItem(option.label or option.value, option.value)
                self.setItemData(self.count() - 1, option.tip or option.label, Qt.ItemDataRole.ToolTipRole)
            self._show()

    def show_value(self, value: str) -> None:
        """Show this one, without telling anyone."""
        self._value = value
        line = self.lineEdit()
        if not (line is not None and line.isModified() and self.hasFocus()):
            self._show()

    def forget(self) -> None:
        """Show nothing chosen and nothing typed."""
        self._value = ""
        self._show()

    def set_hint(self, text: str) -> None:
        """What holds where nothing is chosen."""
        line = self.lineEdit()
        assert line is not None
        line.setPlaceholderText(text)

    def _show(self) -> None:
        index = self.findData(self._value)
        with QSignalBlocker(self):
            self.setCurrentIndex(index)
            self.setEditText(self._value if index < 0 or self._value == self.itemText(index) else self.itemText(index))

    def _typed(self) -> str:
        """What stands there: the value of a listed label, else the text itself."""
        text = self.currentText().strip()
        index = self.findText(text)
        return str(self.itemData(index)) if index >= 0 else text

    def _enter(self, value: str) -> None:
        if value != self._value:
            self._value = value
            self._show()
            self.entered.emit(value)
