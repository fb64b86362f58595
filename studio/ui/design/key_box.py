"""The key of the chosen provider: whether and where it is, with the ways to set it, to try it and to get one."""

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout

from studio.app.design_facts import KeyNeed, key_need
from studio.model.measures import Band
from studio.ui import words
from studio.ui.theme import Theme


class KeyBox(QFrame):
    """Shows where a key is, never the key."""

    set_wanted = Signal(object)
    """The `KeyNeed`."""
    test_wanted = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._need: KeyNeed | None = None
        self._known = False
        self._title, self._state, self.outcome = QLabel(), QLabel(), QLabel()
        self._title.setProperty("role", "title")
        self.outcome.setProperty("role", "muted")
        for label in (self._state, self.outcome):
            label.setWordWrap(True)
        self.outcome.setTextFormat(Qt.TextFormat.PlainText)
        self.set_button, self.test_button, self.get_button = QPushButton(), QPushButton(), QPushButton()
        row = QHBoxLayout()
        row.setSpacing(6)
        for button in (self.set_button, self.test_button, self.get_button):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self._title)
        column.addWidget(self._state)
        column.addLayout(row)
        column.addWidget(self.outcome)
        self.outcome.hide()
        self.set_button.clicked.connect(lambda: self.set_wanted.emit(self._need))
        self.test_button.clicked.connect(self._test)
        self.get_button.clicked.connect(self._get)

    def restyle(self, theme: Theme) -> None:
        """Show everything in this theme and in the current language."""
        self._theme = theme
        self._title.setText(words.translate("KeyBox", "Key"))
        self.set_button.setText(words.translate("KeyBox", "Set key…"))
        self.test_button.setText(words.translate("KeyBox", "Test"))
        self.get_button.setText(words.translate("KeyBox", "Get a key"))
        self._show_state()

    def show_key(self, provider: str, name: str, place: str | None) -> None:
        """Show where this key is; an empty `place`: it is being looked up."""
        need = key_need(provider, name, place or None)
        if self._need is None or (need.provider, need.name) != (self._need.provider, self._need.name):
            self.outcome.hide()
            self.test_button.setEnabled(True)
        self._need, self._known = need, place != ""
        self._show_state()

    def show_outcome(self, provider: str, sentence: str) -> None:
        """Show what the test of a provider's key said."""
        if self._need is not None and self._need.provider == provider:
            self.outcome.setText(sentence)
            self.outcome.show()
            self.test_button.setEnabled(True)

    def _show_state(self) -> None:
        need = self._need
        if need is None:
            return
        if not self._known:
            band, sign, text = None, "○", words.translate("KeyBox", "looking")
        elif need.place == "environment":
            band, sign, text = Band.NATURAL, "●", words.translate("KeyBox", "in the environment")
        elif need.place == "keyring":
            band, sign, text = Band.NATURAL, "●", words.translate("KeyBox", "in this system's keyring")
        else:
            band, sign, text = Band.UNNATURAL, "▲", words.translate("KeyBox", "missing")
        color = (self._theme.band[band] if band is not None else self._theme["muted"]).name()
        muted = self._theme["muted"].name()
        self._state.setText(
            f'<span style="color:{color}">{sign}</span> {text}<br>'
            f'<span style="color:{muted}; font-size:13px">{need.name}</span>'
        )
        self.get_button.setVisible(bool(need.sign_up))
        self.get_button.setToolTip(need.sign_up)

    def _test(self) -> None:
        self.test_button.setEnabled(False)
        self.outcome.setText(words.translate("KeyBox", "asking…"))
        self.outcome.show()
        self.test_wanted.emit(self._need)

    def _get(self) -> None:
        if self._need is not None:
            QDesktopServices.openUrl(QUrl(self._need.sign_up))
