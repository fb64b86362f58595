import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from studio.model.preset import TurnTaking
from studio.ui.design.eagerness import Eagerness
from studio.ui.design.fields import FormKeys
from studio.ui.language import Language, Translation
from studio.ui.theme import Theme

NARROW = 268


@pytest.fixture
def control(theme: Theme, qtbot: QtBot) -> Eagerness:
    keys = FormKeys()
    made = Eagerness(keys)
    keys.setParent(made)
    qtbot.addWidget(made)
    made.setFixedWidth(NARROW)
    made.show()
    return made


def entered(control: Eagerness) -> list[object]:
    values: list[object] = []
    control.entered.connect(values.append)
    return values


def at(eagerness: float, **timers: int) -> TurnTaking:
    return TurnTaking.model_validate({"eagerness": eagerness, **timers})


def test_it_is_dragged(control: Eagerness) -> None:
    values = entered(control)
    middle = QPoint(control.slider.width() // 2, control.slider.height() // 2)
    right = QPoint(control.slider.width() - 1, middle.y())
    QTest.mousePress(control.slider, Qt.MouseButton.LeftButton, pos=middle)
    QTest.mouseMove(control.slider, right)
    QTest.mouseRelease(control.slider, Qt.MouseButton.LeftButton, pos=right)
    assert values == [1.0]


def test_a_key_moves_it_by_a_tenth(control: Eagerness) -> None:
    values = entered(control)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_PageUp, Qt.Key.Key_Left, Qt.Key.Key_Left, Qt.Key.Key_Home, Qt.Key.Key_End):
        QTest.keyClick(control.slider, key)
    assert values == [0.6, 0.7, 0.6, None, 0.0, 1.0]  # in the middle the preset need not say anything


@pytest.mark.parametrize(
    ("taking", "word", "waits"),
    [
        (at(0.0), "very patient", "320 ms when sure, 2.4 s when not"),
        (at(0.35), "rather patient", "197 ms when sure, 1.5 s when not"),
        (at(0.5), "balanced", "160 ms when sure, 1.2 s when not"),
        (at(0.7), "rather eager", "121 ms when sure, 909 ms when not"),
        (at(1.0), "very eager", "80 ms when sure, 600 ms when not"),
        (at(1.0, silence_ms=400), "very eager", "400 ms when sure, 600 ms when not"),
        (at(1.0, patience_ms=50), "very eager", "50 ms when sure, 50 ms when not"),
    ],
)
def test_it_says_what_the_agent_will_do(control: Eagerness, taking: TurnTaking, word: str, waits: str) -> None:
    values = entered(control)
    control.show_taking(taking)
    assert (control.word.text(), control.told.text()) == (word, f"Answers after {waits}.")
    assert control.slider.value() == round(taking.eagerness * 20)
    assert values == []  # showing is no edit
    assert control.slider.accessibleName() == "Eagerness"
    assert control.slider.accessibleDescription() == f"{word}. Answers after {waits}."


@pytest.mark.parametrize("language", Language)
def test_nothing_jumps_or_is_cut_off_while_it_moves(
    control: Eagerness, translation: Translation, language: Language
) -> None:
    translation.speak(language)
    control.restyle()
    heights = set()
    for step in range(21):
        control.show_taking(at(step / 20))
        heights.add(control.sizeHint().height())
        assert control.told.heightForWidth(NARROW) <= control.told.minimumHeight()
    assert len(heights) == 1


def test_it_speaks_korean(control: Eagerness, translation: Translation) -> None:
    translation.speak(Language.KOREAN)
    control.restyle()
    assert control.word.text() == "보통"
    assert control.told.text() == "끝난 것이 확실하면 160 ms, 아니면 1.2초 뒤에 답합니다."
    assert control.slider.accessibleName() == "적극성"
