import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from studio.ui.design.fallback_list import FallbackList
from studio.ui.design.fields import FormKeys
from studio.ui.design.free_choice import Option
from studio.ui.theme import Theme


@pytest.fixture
def fallbacks(theme: Theme, qtbot: QtBot, qapp: object) -> FallbackList:
    keys = FormKeys()
    shown = FallbackList(keys, theme)
    keys.setParent(shown)
    qtbot.addWidget(shown)
    shown.restyle(theme)
    shown.offer([Option("moonshine/tiny-en"), Option("deepgram/nova-3")])
    shown.show_uses(["whisper/base", "deepgram/flux-general-en"])
    shown.show()
    return shown


def test_those_that_take_over_stand_in_order(fallbacks: FallbackList) -> None:
    labels = [label.text() for label in fallbacks.findChildren(QLabel)]
    assert "1. whisper/base" in labels
    assert "2. deepgram/flux-general-en" in labels


def test_they_are_moved_and_removed(fallbacks: FallbackList) -> None:
    asked: list[object] = []
    fallbacks.moved.connect(lambda index, to: asked.append((index, to)))
    fallbacks.removed.connect(asked.append)
    buttons = {button.accessibleName(): button for button in fallbacks.buttons}
    assert not buttons["Earlier: whisper/base"].isEnabled()
    assert not buttons["Later: deepgram/flux-general-en"].isEnabled()
    buttons["Later: whisper/base"].click()
    buttons["Earlier: deepgram/flux-general-en"].click()
    buttons["Remove: deepgram/flux-general-en"].click()
    assert asked == [(0, 1), (1, 0), 1]


def test_one_is_added_from_the_list_or_by_name(fallbacks: FallbackList) -> None:
    asked: list[str] = []
    fallbacks.added.connect(asked.append)
    fallbacks.add_button.click()
    assert asked == []
    fallbacks.choice.setCurrentIndex(1)
    fallbacks.add_button.click()
    line = fallbacks.choice.lineEdit()
    assert line is not None
    QTest.keyClicks(line, "openai/whisper-1")
    fallbacks.add_button.click()
    assert asked == ["deepgram/nova-3", "openai/whisper-1"]
    assert fallbacks.choice.currentText() == ""
