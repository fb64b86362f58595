"""Who takes over when a provider fails: a list in order, with add, remove and move."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from studio.ui import words
from studio.ui.design.fields import FormKeys, as_in_forms
from studio.ui.design.free_choice import FreeChoice, Option
from studio.ui.theme import Theme


class FallbackList(QWidget):
    """Shows PROVIDER/MODEL of each and asks for changes."""

    added = Signal(str)
    removed = Signal(int)
    moved = Signal(int, int)
    """From one place to another."""

    def __init__(self, keys: FormKeys, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._uses: list[str] = []
        self._title, self._help = QLabel(), QLabel()
        self._title.setProperty("role", "title")
        self._help.setProperty("role", "muted")
        self._help.setWordWrap(True)
        self._rows = QVBoxLayout()
        self._rows.setSpacing(2)
        self.choice = FreeChoice()
        as_in_forms(self.choice, keys)
        self.add_button = QToolButton()
        self.add_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.add_button.clicked.connect(self._add)
        adding = QHBoxLayout()
        adding.setSpacing(6)
        adding.addWidget(self.choice, 1)
        adding.addWidget(self.add_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self._title)
        column.addLayout(self._rows)
        column.addLayout(adding)
        column.addWidget(self._help)

    @property
    def buttons(self) -> list[QToolButton]:
        """Those of the rows: for each one up, down, remove."""
        return [button for button in self.findChildren(QToolButton) if button is not self.add_button]

    def restyle(self, theme: Theme) -> None:
        """Show everything in this theme and in the current language."""
        self._theme = theme
        self._title.setText(words.translate("FallbackList", "When it fails"))
        self._help.setText(words.translate("FallbackList", "Who takes over in the middle of a call, in this order."))
        self.choice.setAccessibleName(words.translate("FallbackList", "Provider to take over"))
        self.choice.set_hint(words.translate("FallbackList", "provider/model"))
        self.add_button.setIcon(theme.icon("plus"))
        add = words.translate("FallbackList", "Add")
        self.add_button.setAccessibleName(add)
        self.add_button.setToolTip(add)
        self._show_rows()

    def offer(self, options: Sequence[Option]) -> None:
        """What can take over."""
        self.choice.offer(options)

    def show_uses(self, uses: list[str]) -> None:
        """Show those that take over, in order."""
        if uses != self._uses:
            self._uses = uses
            self._show_rows()

    def _add(self) -> None:
        if use := self.choice.currentData() or self.choice.currentText().strip():
            self.choice.forget()
            self.added.emit(str(use))

    def _show_rows(self) -> None:
        while (item := self._rows.takeAt(0)) is not None:
            if (row := item.widget()) is not None:
                row.setParent(None)
                row.deleteLater()
        for index, use in enumerate(self._uses):
            self._rows.addWidget(self._row(index, use))

    def _row(self, index: int, use: str) -> QWidget:
        row = QWidget()
        layout = QHBoxLayout(row)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        label = QLabel(f"{index + 1}. {use}")
        label.setToolTip(use)
        label.setMinimumWidth(40)
        layout.addWidget(label, 1)
        for picture, name, does, works in (
            ("arrow-up", words.translate("FallbackList", "Earlier"), (index, index - 1), index > 0),
            ("arrow-down", words.translate("FallbackList", "Later"), (index, index + 1), index + 1 < len(self._uses)),
            ("x", words.translate("FallbackList", "Remove"), None, True),
        ):
            button = QToolButton()
            button.setIcon(self._theme.icon(picture, "text" if works else "line"))
            button.setIconSize(QSize(14, 14))
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setAccessibleName(f"{name}: {use}")
            button.setToolTip(name)
            button.setEnabled(works)
            if does is None:
                button.clicked.connect(lambda: self.removed.emit(index))
            else:
                button.clicked.connect(lambda _on=False, does=does: self.moved.emit(*does))
            layout.addWidget(button)
        return row
