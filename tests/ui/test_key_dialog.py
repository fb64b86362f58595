import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from studio.app.design_facts import KeyNeed
from studio.model.errors import StudioError
from studio.ui.key_dialog import KeyDialog
from studio.ui.theme import Theme
from tests.ui.at_once import at_once

NEED = KeyNeed("deepgram", "Deepgram", "DEEPGRAM_API_KEY", "https://deepgram.example/keys")


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    monkeypatch.setattr("studio.ui.key_dialog.keep_key", lambda name, key: found.append((name, key)))
    return found


@pytest.fixture
def parent(theme: Theme, qtbot: QtBot) -> QWidget:
    widget = QWidget()
    qtbot.addWidget(widget)
    widget.show()
    return widget


def told(dialog: KeyDialog) -> str:
    return " ".join(label.text() for label in dialog.findChildren(QLabel) if label.isVisible())


def test_a_key_is_masked_kept_and_forgotten(parent: QWidget, kept: list[tuple[str, str]]) -> None:
    dialog = KeyDialog(NEED, at_once, parent)
    dialog.open()
    names: list[str] = []
    dialog.kept.connect(names.append)
    assert not dialog.keep_button.isEnabled()
    dialog.field.setText("  secret ")
    assert dialog.field.echoMode() is QLineEdit.EchoMode.Password
    assert "secret" not in dialog.field.displayText()
    dialog.keep_button.click()
    assert kept == [("DEEPGRAM_API_KEY", "secret")]
    assert names == ["DEEPGRAM_API_KEY"]
    assert dialog.field.text() == ""
    assert not dialog.isVisible()


def test_without_a_keyring_the_variable_is_named(parent: QWidget, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: str, key: str) -> None:
        raise StudioError(f"This machine has no keyring that keeps {name}; set it as an environment variable instead.")

    monkeypatch.setattr("studio.ui.key_dialog.keep_key", refuse)
    dialog = KeyDialog(NEED, at_once, parent)
    dialog.open()
    dialog.field.setText("secret")
    dialog.keep_button.click()
    assert dialog.isVisible()
    assert "no keyring that keeps DEEPGRAM_API_KEY" in told(dialog)
    assert "secret" not in told(dialog)
    assert dialog.keep_button.isEnabled()
    dialog.cancel_button.click()
    assert not dialog.isVisible()


@pytest.mark.parametrize(
    ("place", "words"), [("environment", "comes before the keyring"), (None, "written into no preset")]
)
def test_it_says_where_the_key_goes(parent: QWidget, place: str | None, words: str) -> None:
    dialog = KeyDialog(KeyNeed(*(NEED.provider, NEED.title, NEED.name, NEED.sign_up), place), at_once, parent)
    dialog.open()
    assert words in told(dialog)
    dialog.reject()


def test_a_key_can_be_had_at_the_vendors_page(parent: QWidget, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[QUrl] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", opened.append)
    dialog = KeyDialog(NEED, at_once, parent)
    dialog.open()
    dialog.get_button.click()
    assert opened == [QUrl(NEED.sign_up)]
    dialog.reject()
