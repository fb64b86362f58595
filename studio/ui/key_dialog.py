"""Asks for an API key, once: it goes into the system's keyring, is never shown again and stands in no preset."""

from functools import partial

from PySide6.QtCore import QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from studio.app.design_facts import KeyNeed, keep_key
from studio.model.errors import StudioError
from studio.ui import words
from studio.ui.background import Background


class KeyDialog(QDialog):
    """A masked field for one key."""

    kept = Signal(str)
    """The name of the key, which is in the keyring now."""

    def __init__(self, need: KeyNeed, background: Background, parent: QWidget) -> None:
        super().__init__(parent)
        self._need = need
        self._background = background
        self.setMinimumWidth(440)
        self.field = QLineEdit()
        self.field.setEchoMode(QLineEdit.EchoMode.Password)
        self.field.setMaxLength(4096)
        self.problem = QLabel()
        self.problem.setProperty("role", "problem")
        self.keep_button, self.cancel_button, self.get_button = QPushButton(), QPushButton(), QPushButton()
        self.keep_button.setProperty("role", "primary")
        self.keep_button.setDefault(True)
        self.keep_button.setEnabled(False)
        self._lay_out()
        self.field.textChanged.connect(lambda text: self.keep_button.setEnabled(bool(text.strip())))
        self.keep_button.clicked.connect(self._keep)
        self.cancel_button.clicked.connect(self.reject)
        self.finished.connect(lambda _result: self.deleteLater())
        self.get_button.clicked.connect(lambda: QDesktopServices.openUrl(QUrl(need.sign_up)))

    def _lay_out(self) -> None:
        title = words.translate("KeyDialog", "Key for {provider}").format(provider=self._need.title)
        self.setWindowTitle(title)
        heading, told = QLabel(title), QLabel(self._explanation())
        heading.setProperty("role", "figure")
        told.setProperty("role", "muted")
        self.field.setAccessibleName(title)
        self.field.setPlaceholderText(self._need.name)
        self.keep_button.setText(words.translate("KeyDialog", "Keep"))
        self.cancel_button.setText(words.translate("KeyDialog", "Cancel"))
        self.get_button.setText(words.translate("KeyDialog", "Get a key"))
        self.get_button.setVisible(bool(self._need.sign_up))
        self.get_button.setAutoDefault(False)
        row = QHBoxLayout()
        row.addWidget(self.get_button)
        row.addStretch(1)
        row.addWidget(self.cancel_button)
        row.addWidget(self.keep_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        for label in (told, self.problem):
            label.setWordWrap(True)
        self.problem.hide()
        for widget in (heading, told, self.field, self.problem):
            column.addWidget(widget)
        column.addLayout(row)

    def _explanation(self) -> str:
        name = self._need.name
        if self._need.place == "environment":
            first = words.translate("KeyDialog", "{name} is set in the environment, which comes before the keyring.")
            return first.format(name=name)
        kept = words.translate(
            "KeyDialog", "It is kept in this system's keyring as {name}: shown nowhere, and written into no preset."
        )
        return kept.format(name=name)

    def _keep(self) -> None:
        key = self.field.text().strip()
        self.keep_button.setEnabled(False)
        self._background("key", partial(keep_key, self._need.name, key), self._done, self._failed)

    def _done(self, _nothing: object) -> None:
        self.field.clear()
        self.kept.emit(self._need.name)
        self.accept()

    def _failed(self, error: StudioError) -> None:
        self.problem.setText(str(error))
        self.problem.show()
        self.keep_button.setEnabled(True)
