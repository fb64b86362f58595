from collections.abc import Callable
from typing import TypeVar

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QLabel,
    QLineEdit,
    QSlider,
    QSpinBox,
    QWidget,
)
from pytestqt.qtbot import QtBot

from studio.app.setting_fields import Kind, SettingField
from studio.ui.design.fields import FieldControl, FormKeys
from studio.ui.design.free_choice import FreeChoice, Option
from studio.ui.theme import Theme

_W = TypeVar("_W", bound=QWidget)
Make = Callable[[SettingField], FieldControl]


@pytest.fixture
def make(theme: Theme, qtbot: QtBot) -> Make:
    keys = FormKeys()

    def make_control(field: SettingField) -> FieldControl:
        control = FieldControl(field, keys)
        keys.setParent(control)
        qtbot.addWidget(control)
        control.show()
        return control

    return make_control


def field(kind: Kind, default: object, key: str = "thing", optional: bool = False, **more: object) -> SettingField:
    return SettingField(key, kind, default, optional, "What it does.", **more)  # type: ignore[arg-type]


def entered(control: FieldControl) -> list[object]:
    values: list[object] = []
    control.entered.connect(values.append)
    return values


def inner(control: FieldControl, kind: type[_W]) -> _W:
    return control.control if isinstance(control.control, kind) else control.findChildren(kind)[0]


def test_a_switch(make: Make) -> None:
    control = make(field(Kind.SWITCH, True))
    values = entered(control)
    control.show_value(None)
    box = inner(control, QCheckBox)
    assert box.isChecked()
    assert box.text() == "Thing"
    box.click()
    box.click()
    assert values == [False, None]


def test_a_whole_number_has_its_bounds_and_its_unit(make: Make) -> None:
    control = make(field(Kind.WHOLE, 160, "silence_ms", least=32, most=3000))
    values = entered(control)
    control.show_value(None)
    spin = inner(control, QSpinBox)
    assert (spin.minimum(), spin.maximum(), spin.text()) == (32, 3000, "160 ms")
    spin.setValue(9)
    assert values == [32]
    spin.setValue(160)
    assert values == [32, None]


def test_a_slider_and_its_figure_go_together(make: Make) -> None:
    control = make(field(Kind.NUMBER, 0.5, least=0.0, most=1.0))
    values = entered(control)
    slider, spin = inner(control, QSlider), inner(control, QDoubleSpinBox)
    control.show_value(0.75)
    assert slider.value() == 150
    assert values == []
    slider.setValue(40)
    assert spin.value() == 0.2
    assert values == [0.2]


@pytest.mark.parametrize("kind", [Kind.WHOLE, Kind.NUMBER])
def test_a_number_can_be_left_to_the_provider(make: Make, kind: Kind) -> None:
    control = make(field(kind, None, optional=True, least=0, most=2))
    values = entered(control)
    control.show_value(None)
    spin = inner(control, QSpinBox) if kind is Kind.WHOLE else inner(control, QDoubleSpinBox)
    assert spin.text() == "as the provider likes"
    assert not control.findChildren(QSlider)
    spin.setValue(1)
    spin.setValue(-9)
    assert values == [1, None]


def test_text_shows_the_default_as_a_hint(make: Make) -> None:
    control = make(field(Kind.TEXT, None, optional=True))
    values = entered(control)
    line = inner(control, QLineEdit)
    control.show_value("ko")
    QTest.keyClicks(line, "x")
    line.selectAll()
    QTest.keyClick(line, Qt.Key.Key_Delete)
    assert values == ["kox", None]
    assert make(field(Kind.TEXT, "en")).control.property("placeholderText") == "en"


def test_words_are_separated_by_commas(make: Make) -> None:
    control = make(field(Kind.WORDS, []))
    values = entered(control)
    control.show_value(["Nora", "Seoul"])
    line = inner(control, QLineEdit)
    assert line.text() == "Nora, Seoul"
    QTest.keyClicks(line, ", ")
    assert values == [["Nora", "Seoul"], ["Nora", "Seoul"]]
    assert line.text() == "Nora, Seoul, "


def test_a_table_is_json_and_says_when_it_is_not(make: Make) -> None:
    control = make(field(Kind.TABLE, {}))
    values = entered(control)
    line = inner(control, QLineEdit)
    control.show_value({"a": 1})
    assert line.text() == '{"a": 1}'
    line.selectAll()
    QTest.keyClicks(line, '{"b":')
    told = [label.text() for label in control.findChildren(QLabel) if label.isVisible()]
    assert any("JSON" in text for text in told)
    assert control.control.property("wrong") is True
    QTest.keyClicks(line, " 2}")
    assert values == [{"b": 2}]
    assert control.control.property("wrong") is False


def test_a_choice(make: Make) -> None:
    control = make(field(Kind.CHOICE, "auto", choices=("auto", "cpu")))
    values = entered(control)
    control.show_value("cpu")
    box = inner(control, QComboBox)
    assert box.currentText() == "cpu"
    QTest.keyClick(box, Qt.Key.Key_Up)
    assert values == [None]


def test_help_and_problems_stand_below(make: Make) -> None:
    control = make(field(Kind.TEXT, ""))
    control.show_problem("Too long.")
    assert [label.text() for label in control.findChildren(QLabel) if label.isVisible()] == [
        "Thing",
        "What it does.",
        "Too long.",
    ]
    assert control.control.accessibleName() == "Thing"
    assert control.control.accessibleDescription() == "What it does."


def test_the_wheel_scrolls_the_form_and_not_a_value(make: Make) -> None:
    control = make(field(Kind.WHOLE, 160, least=32, most=3000))
    spin = inner(control, QSpinBox)
    before = spin.value()
    turn = QWheelEvent(
        QPointF(5, 5),
        QPointF(5, 5),
        QPoint(0, 0),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(spin, turn)
    assert spin.value() == before


def test_undo_is_not_the_fields(make: Make) -> None:
    control = make(field(Kind.TEXT, ""))
    line = inner(control, QLineEdit)
    QTest.keyClicks(line, "abc")
    QTest.keyClick(line, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert line.text() == "abc"


def test_a_part_keeps_its_settings_until_another_is_chosen(make: Make) -> None:
    control = make(field(Kind.PART, None, optional=True))
    control.offer([Option("acme/small"), Option("acme/large")])
    values = entered(control)
    part = {"use": "acme/small", "temperature": 0.2, "fallback": [{"use": "acme/tiny"}]}
    control.show_value(part)
    choice = inner(control, FreeChoice)
    assert choice.currentText() == "acme/small"
    assert values == []
    choice.activated.emit(1)
    assert values == [{"use": "acme/large", "fallback": [{"use": "acme/tiny"}]}]
    choice.activated.emit(0)
    assert values[-1] == part
    choice.entered.emit("")
    choice.forget()
    choice.entered.emit("")
    assert values[-1] is None


def test_a_choice_that_may_be_none_has_a_place_for_it(make: Make) -> None:
    control = make(field(Kind.CHOICE, None, optional=True, choices=("small", "large")))
    values = entered(control)
    control.show_value("large")
    box = inner(control, QComboBox)
    assert box.currentText() == "large"
    box.setCurrentIndex(0)
    box.activated.emit(0)
    assert values == [None]


@pytest.mark.parametrize("default", [[], {}])
def test_an_empty_table_is_empty_in_its_own_way(make: Make, default: object) -> None:
    control = make(field(Kind.TABLE, default))
    control.show_value(None)
    assert control._read() == default
