from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from studio.ui.keys import KeysOverlay, key
from studio.ui.theme import Theme


def test_overlay_lists_every_key_and_goes_on_a_click(theme: Theme, qtbot: QtBot) -> None:
    over = QWidget()
    over.resize(600, 500)
    qtbot.addWidget(over)
    over.show()
    keys = [
        key(Qt.KeyboardModifier.NoModifier, Qt.Key.Key_Space, lambda: "Talk", lambda: None),
        key(Qt.KeyboardModifier.ControlModifier, Qt.Key.Key_R, lambda: "Record", lambda: None),
    ]
    overlay = KeysOverlay(keys, over)
    assert not overlay.isVisible()
    overlay.toggle()
    assert overlay.isVisible()
    assert [(name.text(), title.text()) for name, title in overlay._rows] == [("Space", "Talk"), ("Ctrl+R", "Record")]
    over.resize(800, 500)
    assert abs(overlay.geometry().center().x() - 400) <= 1
    QTest.mouseClick(over, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    assert not overlay.isVisible()
