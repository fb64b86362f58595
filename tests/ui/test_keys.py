import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget
from pytestqt.qtbot import QtBot

from studio.ui.keys import KeysOverlay, key
from studio.ui.theme import Theme
from studio.ui.window import StudioWindow
from tests.ui.scripted_call import ScriptedLink


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


def press(window: StudioWindow, code: Qt.Key) -> None:
    """As the keyboard does: the key goes to whatever has the focus."""
    QTest.keyClick(window.windowHandle(), code)


def test_space_is_the_windows_until_a_control_was_reached_by_keyboard(window: StudioWindow, link: ScriptedLink) -> None:
    window.activateWindow()
    press(window, Qt.Key.Key_Space)
    window.talk.draw_frame()
    press(window, Qt.Key.Key_Space)
    window.talk.draw_frame()
    assert link.asked == ["start", "hang_up"]
    press(window, Qt.Key.Key_Tab)
    focused = QApplication.focusWidget()
    assert isinstance(focused, QAbstractButton)
    press(window, Qt.Key.Key_Space)
    assert not window.talk.in_call


@pytest.mark.parametrize("by_keyboard", [False, True])
@pytest.mark.parametrize("which", ["invitation", "header"])
def test_space_stops_the_demo_however_it_was_begun(
    window: StudioWindow, link: ScriptedLink, which: str, by_keyboard: bool
) -> None:
    window.activateWindow()
    button = window.talk.transcript.invitation.button if which == "invitation" else window.status.demo_button
    if by_keyboard:
        button.setFocus(Qt.FocusReason.TabFocusReason)
        press(window, Qt.Key.Key_Space)
    else:
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert window.talk.in_call
    for _ in range(3):
        window.talk.draw_frame()
    press(window, Qt.Key.Key_Space)
    window.talk.draw_frame()
    assert link.asked == ["start", "hang_up"]
    assert not window.talk.in_call


def test_what_a_call_disables_does_not_hand_on_the_focus(window: StudioWindow, link: ScriptedLink) -> None:
    window.activateWindow()
    window.talk.agent.choice.setFocus(Qt.FocusReason.TabFocusReason)
    window.talk.toggle_call()
    press(window, Qt.Key.Key_Space)
    assert link.asked == ["start", "hang_up"]
    window.talk.draw_frame()
    window.talk.toggle_call()
    window.status.mute_button.setFocus(Qt.FocusReason.TabFocusReason)
    window.talk.toggle_call()
    window.talk.draw_frame()
    press(window, Qt.Key.Key_Space)
    assert link.asked[2:] == ["start", "hang_up", "start"]
    assert link.started is not None
    assert link.started.recording is None


def test_clicking_a_tool_leaves_space_to_the_window(window: StudioWindow, link: ScriptedLink) -> None:
    window.activateWindow()
    buttons = [button for button in window.findChildren(QAbstractButton) if button.isVisible()]
    assert len(buttons) >= 7
    assert not [button for button in buttons if button.focusPolicy() & Qt.FocusPolicy.ClickFocus]
    QTest.mouseClick(window.status.record_button, Qt.MouseButton.LeftButton)
    press(window, Qt.Key.Key_Space)
    assert link.asked == ["record False", "start"]
