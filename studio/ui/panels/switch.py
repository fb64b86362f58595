"""Which screen is shown: one button for each, side by side."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QPushButton

from studio.ui import words


class Switch(QFrame):
    """Design | Talk."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("switch")
        self.buttons = {"design": QPushButton(), "talk": QPushButton()}
        self._group = QButtonGroup(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(3, 3, 3, 3)
        row.setSpacing(3)
        for name, button in self.buttons.items():
            button.setCheckable(True)
            button.setProperty("role", "segment")
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(lambda _on=False, name=name: self.chosen.emit(name))
            self._group.addButton(button)
            row.addWidget(button, 1)

    def show_chosen(self, name: str) -> None:
        """Mark the screen that is shown."""
        self.buttons[name].setChecked(True)

    def restyle(self) -> None:
        """Show everything in the current language."""
        self.setAccessibleName(words.translate("Switch", "Screen"))
        for name, text, keys in (
            ("design", words.translate("Switch", "Design"), "Ctrl+1"),
            ("talk", words.translate("Switch", "Talk"), "Ctrl+2"),
        ):
            self.buttons[name].setText(text)
            self.buttons[name].setToolTip(f"{text} ({keys})")
