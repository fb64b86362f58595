import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from studio.ui.design.free_choice import FreeChoice, Option
from studio.ui.theme import Theme


@pytest.fixture
def choice(theme: Theme, qtbot: QtBot) -> FreeChoice:
    box = FreeChoice()
    qtbot.addWidget(box)
    box.show()
    box.offer([Option("aura-1", "Aura 1 (retired)"), Option("aura-2")])
    return box


def entered(choice: FreeChoice) -> list[str]:
    values: list[str] = []
    choice.entered.connect(values.append)
    return values


def write(choice: FreeChoice, text: str) -> None:
    line = choice.lineEdit()
    assert line is not None
    line.selectAll()
    QTest.keyClicks(line, text)
    QTest.keyClick(line, Qt.Key.Key_Return)


def test_what_is_listed_is_shown_by_its_label_and_told_by_its_value(choice: FreeChoice) -> None:
    values = entered(choice)
    choice.show_value("aura-1")
    assert choice.currentText() == "Aura 1 (retired)"
    assert values == []
    choice.setCurrentIndex(1)
    choice.activated.emit(1)
    assert values == ["aura-2"]


def test_any_text_is_a_value(choice: FreeChoice) -> None:
    values = entered(choice)
    write(choice, "aura-3-preview")
    assert values == ["aura-3-preview"]
    assert choice.currentText() == "aura-3-preview"
    write(choice, "Aura 1 (retired)")
    assert values == ["aura-3-preview", "aura-1"]


def test_nothing_typed_is_the_default(choice: FreeChoice) -> None:
    values = entered(choice)
    choice.show_value("aura-2")
    line = choice.lineEdit()
    assert line is not None
    line.selectAll()
    QTest.keyClick(line, Qt.Key.Key_Delete)
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert values == [""]
    choice.set_hint("aura-2")
    assert line.placeholderText() == "aura-2"


def test_a_new_list_leaves_what_is_shown(choice: FreeChoice) -> None:
    values = entered(choice)
    choice.show_value("aura-2")
    choice.offer([Option("nova", "Nova")])
    assert choice.currentText() == "aura-2"
    choice.offer([Option("aura-2", "Aura 2")])
    assert choice.currentText() == "Aura 2"
    assert values == []
