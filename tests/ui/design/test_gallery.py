from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from studio.app.presets import Listed
from studio.ui.design.gallery import Gallery
from studio.ui.theme import Theme

LISTING = [
    Listed("embedded", Path("embedded.toml"), False, "Embedded", "Offline"),
    Listed("mine", Path("mine.toml"), True, "Mine", "For the hotel"),
    Listed("broken", Path("broken.toml"), True, "broken", problem="not readable as TOML."),
]


@pytest.fixture
def gallery(theme: Theme, qtbot: QtBot) -> Gallery:
    shown = Gallery()
    qtbot.addWidget(shown)
    shown.restyle(theme)
    shown.show_presets(LISTING, "mine")
    shown.show()
    return shown


def texts(gallery: Gallery) -> list[str]:
    return [gallery.items.item(row).text() for row in range(gallery.items.count())]


def test_the_users_own_come_first(gallery: Gallery) -> None:
    assert texts(gallery) == ["Yours", "Mine", "broken", "Come with the studio", "Embedded"]
    assert gallery.items.currentItem().text() == "Mine"
    assert gallery._description.text() == "For the hotel"


def test_a_preset_is_chosen_by_a_click_and_by_keys(gallery: Gallery) -> None:
    asked: list[str] = []
    gallery.chosen.connect(asked.append)
    gallery.items.setCurrentRow(4)
    assert asked == ["embedded"]
    QTest.keyClick(gallery.items, Qt.Key.Key_Up)  # over the heading
    assert asked == ["embedded", "broken"]
    assert gallery._description.text() == "not readable as TOML."


def test_a_title_is_changed_in_place(gallery: Gallery, qtbot: QtBot) -> None:
    asked: list[str] = []
    gallery.renamed.connect(asked.append)
    gallery.rename_button.click()
    editor = gallery.items.findChild(QLineEdit)
    assert editor is not None
    editor.setText("Hotel")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: asked == ["Hotel"])


def test_the_buttons_ask(gallery: Gallery) -> None:
    asked: list[str] = []
    gallery.new.connect(lambda: asked.append("new"))
    gallery.duplicate.connect(lambda: asked.append("duplicate"))
    gallery.remove.connect(lambda: asked.append("remove"))
    gallery.show_removable(False)
    for button in (gallery.new_button, gallery.duplicate_button, gallery.remove_button):
        button.click()
    gallery.show_removable(True)
    gallery.remove_button.click()
    assert asked == ["new", "duplicate", "remove"]
