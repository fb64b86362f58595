"""The small buttons at the foot of the side: theme, language, keys."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from studio.ui import words
from studio.ui.theme import Theme, ThemeName


def name_button(button: QToolButton, name: str, keys: str) -> None:
    """Say what a button without text does: to screen readers, and in its tool tip together with its keys."""
    button.setAccessibleName(name)
    button.setToolTip(f"{name} ({keys})")


class Tools(QWidget):
    """Asks for another theme, another language, or the list of keys."""

    theme = Signal()
    language = Signal()
    keys = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.theme_button, self.language_button, self.keys_button = QToolButton(), QToolButton(), QToolButton()
        self.theme_button.clicked.connect(lambda: self.theme.emit())
        self.language_button.clicked.connect(lambda: self.language.emit())
        self.keys_button.clicked.connect(lambda: self.keys.emit())
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        for button in (self.theme_button, self.language_button, self.keys_button):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            row.addWidget(button)
        row.addStretch(1)

    def restyle(self, theme: Theme) -> None:
        """Show everything in this theme and in the current language."""
        self.theme_button.setIcon(theme.icon("sun" if theme.name is ThemeName.DARK else "moon"))
        self.language_button.setIcon(theme.icon("languages"))
        self.keys_button.setIcon(theme.icon("keyboard"))
        name_button(self.theme_button, words.translate("Tools", "Dark or light"), "Ctrl+Shift+D")
        name_button(self.language_button, words.translate("Tools", "Korean or English"), "Ctrl+Shift+L")
        name_button(self.keys_button, words.translate("Tools", "Keys"), "F1")
