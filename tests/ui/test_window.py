"""The window as a user meets it: what all its screens share."""

from itertools import pairwise

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLabel, QWidget
from pytestqt.qtbot import QtBot

from studio.app.voice_link import Progress
from studio.ui.language import Language
from studio.ui.notices import Remedy
from studio.ui.window import StudioWindow
from tests.ui.acting import play, texts
from tests.ui.scripted_call import ScriptedLink, loading


def test_keys(window: StudioWindow, link: ScriptedLink) -> None:
    shift, control = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
    QTest.keyClick(window, Qt.Key.Key_M, shift)  # nothing to mute yet
    play(window, link, 1000)
    QTest.keyClick(window, Qt.Key.Key_M, shift)
    window.talk.draw_frame()
    assert window.status.mute_button.isChecked()
    QTest.keyClick(window, Qt.Key.Key_Escape)
    QTest.keyClick(window, Qt.Key.Key_R, control)
    assert link.asked == ["start", "mute True", "stop_agent", "record False"]
    assert not window.status._recording.isVisible()
    for code, modifier in ((Qt.Key.Key_F1, Qt.KeyboardModifier.NoModifier), (Qt.Key.Key_Question, shift)):
        QTest.keyClick(window, code, modifier)
        assert window.keys_overlay.isVisible()
        QTest.keyClick(window, Qt.Key.Key_Escape)
        assert not window.keys_overlay.isVisible()


def test_a_focused_button_keeps_its_space(window: StudioWindow, link: ScriptedLink) -> None:
    play(window, link, 500)
    QTest.keyClick(window.status.mute_button, Qt.Key.Key_Space)
    assert link.asked == ["start", "mute True"]


@pytest.mark.parametrize("until", [0, 24_500])
def test_every_text_changes_with_the_language(
    window: StudioWindow, link: ScriptedLink, qtbot: QtBot, until: int
) -> None:
    if until:
        window.talk.toggle_call()
        play(window, link, until)
    english = texts(window)
    control_shift = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    QTest.keyClick(window, Qt.Key.Key_L, control_shift)
    qtbot.waitUntil(lambda: "대화 시작" in texts(window) or "정지" in texts(window))
    korean = texts(window)
    assert window._translation.language is Language.KOREAN
    assert {"에이전트", "마이크", "스피커", "파이프라인", "최근 V2V"} <= korean
    assert not {"Agent", "Microphone", "Speaker", "Pipeline", "V2V last", "Median"} & korean
    QTest.keyClick(window, Qt.Key.Key_L, control_shift)
    qtbot.waitUntil(lambda: texts(window) == english)


def test_theme_is_switched_and_remembered(window: StudioWindow) -> None:
    dark = window.grab().toImage().pixelColor(300, 100)
    QTest.keyClick(window, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    light = window.grab().toImage().pixelColor(300, 100)
    assert dark.lightness() < 40 < 200 < light.lightness()
    assert window._settings.value("theme") == "light"


def test_every_control_has_a_name_and_can_be_reached(window: StudioWindow) -> None:
    controls = [*window.findChildren(QAbstractButton), *window.findChildren(QComboBox)]
    visible = [control for control in controls if control.isVisible()]
    assert len(visible) >= 10
    for control in visible:
        name = control.accessibleName() or (control.text() if isinstance(control, QAbstractButton) else "")
        assert name, control
        assert control.focusPolicy() & Qt.FocusPolicy.TabFocus
    assert window.talk.strip.accessibleName()
    assert window.talk.waterfall.bar.accessibleName()


def test_small_letters_are_not_too_small(window: StudioWindow, link: ScriptedLink) -> None:
    play(window, link, 24_500)
    shown = [label for label in window.findChildren(QLabel) if label.isVisible() and label.text()]
    assert len(shown) > 20
    assert min(label.font().pixelSize() for label in shown) >= 13


@pytest.mark.parametrize("language", Language)
def test_the_window_fits_small_screens(window: StudioWindow, link: ScriptedLink, language: Language) -> None:
    window._translation.speak(language)
    play(window, link, 24_500)
    window.resize(window.minimumSize())
    assert (window.width(), window.height()) == (1000, 640)
    link.waiting = [*loading(), Progress("weights", None, 0.5)]
    window.talk.draw_frame()
    QApplication.processEvents()
    assert window.minimumSizeHint().width() <= 1000
    header = [widget for widget in window.status.findChildren(QWidget) if widget.isVisible()]
    for left, right in pairwise(sorted(header, key=lambda widget: (widget.x(), widget.y()))):
        assert left.geometry().intersected(right.geometry()).isEmpty()
    for label in (*window.status.findChildren(QLabel), window.status.demo_button, window.status.talk_button):
        assert label.width() >= label.sizeHint().width()
    for banner in (False, True):
        if banner:
            window.notices.warn("It broke.", Remedy("Try again", window.talk.toggle_call))
            QApplication.processEvents()
        assert window.minimumSizeHint().height() <= 640
        panes = [
            *([window.notices] if banner else []),
            window.talk.transcript,
            window.talk.strip,
            window.talk.waterfall,
        ]
        tops = [pane.mapTo(window, QPoint()).y() for pane in panes]
        assert all(top + pane.height() <= below for top, pane, below in zip(tops, panes, tops[1:], strict=False))
        assert tops[-1] + window.talk.waterfall.height() <= 640
    assert window.status.demo_button.accessibleName()
    assert window.status.demo_button.toolTip()
    window.resize(1280, 820)
    assert window.status.demo_button.text() == window.status.demo_button.accessibleName()


def test_closing_ends_the_call(window: StudioWindow, link: ScriptedLink) -> None:
    play(window, link, 500)
    window.talk.agent.choose("other")
    window.close()
    assert link.asked[-1] == "close"
    assert window._settings.value("preset") == "other"


@pytest.mark.parametrize("language", Language)
def test_the_header_has_room_for_the_cost_where_it_is_shown(
    window: StudioWindow, link: ScriptedLink, language: Language
) -> None:
    window._translation.speak(language)
    play(window, link, 24_500)
    window.resize(1250, 820)
    window.status.show_cost(0.0238)
    QApplication.processEvents()
    assert window.status.cost.isVisible()
    assert window.status.minimumSizeHint().width() <= 1250
