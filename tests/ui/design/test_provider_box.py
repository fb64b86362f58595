from datetime import date

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from studio.app import design
from studio.model.preset import Part, Role
from studio.ui.design.fields import FormKeys
from studio.ui.design.free_choice import Option
from studio.ui.design.provider_box import ProviderBox
from studio.ui.theme import Theme

TODAY = date(2026, 11, 24)


@pytest.fixture
def box(theme: Theme, qtbot: QtBot) -> ProviderBox:
    keys = FormKeys()
    shown = ProviderBox(keys, theme)
    keys.setParent(shown)
    qtbot.addWidget(shown)
    shown.restyle(theme)
    shown.show()
    return shown


def items(box: ProviderBox) -> list[str]:
    return [box.provider.itemText(index) for index in range(box.provider.count())]


def test_every_provider_of_the_role_is_listed_and_closed_ones_as_closed(box: ProviderBox) -> None:
    box.show_role(Role.TTS, {"tts": {"use": "hibari/heart"}}, TODAY)
    listed = items(box)
    assert box.provider.currentText() == "Hibari"
    assert listed.index("On this machine") < listed.index("Kokoro") < listed.index("At a vendor's")
    assert listed.index("At a vendor's") < listed.index("Closed for good") < listed.index("PlayHT: closed 2025-12-31")
    expected = {option.name for option in design.provider_options(Role.TTS)}
    assert expected == {name for index in range(box.provider.count()) if (name := box.provider.itemData(index))}


def test_headings_cannot_be_chosen(box: ProviderBox) -> None:
    box.show_role(Role.TTS, {"tts": {"use": "hibari/heart"}}, TODAY)
    heading = box.provider.model().index(items(box).index("At a vendor's"), 0)
    assert not heading.flags() & Qt.ItemFlag.ItemIsSelectable


def test_choosing_asks_for_the_provider_and_typing_for_a_model(box: ProviderBox) -> None:
    asked: list[str] = []
    box.provider_entered.connect(asked.append)
    box.model_entered.connect(asked.append)
    box.show_role(Role.STT, {"stt": {"use": "deepgram/nova-3"}}, TODAY)
    box.provider.activated.emit(box.provider.findData("deepgram"))
    assert asked == []
    box.provider.activated.emit(box.provider.findData("moonshine"))
    line = box.model.lineEdit()
    assert line is not None
    line.selectAll()
    QTest.keyClicks(line, "nova-4")
    line.editingFinished.emit()
    assert asked == ["moonshine", "nova-4"]


def test_a_closed_provider_says_what_to_use_instead(box: ProviderBox) -> None:
    asked: list[str] = []
    box.use_entered.connect(asked.append)
    box.show_role(Role.TTS, {"tts": {"use": "playht/x"}}, TODAY)
    assert box.instead.isVisible()
    assert "PlayHT closed for good on 2025-12-31" in box._told.text()
    buttons = box.instead.findChildren(QPushButton)
    buttons[0].click()
    assert asked == [buttons[0].text()]
    box.show_role(Role.TTS, {"tts": {"use": "hibari/heart"}}, TODAY)
    assert not box.instead.isVisible()


def test_a_model_that_ends_says_when_and_what_follows(box: ProviderBox) -> None:
    retiring = [
        (role, name, model)
        for role in (Role.STT, Role.LLM, Role.TTS)
        for name in (option.name for option in design.provider_options(role) if not option.closed)
        for model in (each.model for each in design.model_options(role, name, TODAY))
        if model.retires_on is not None and model.successor
    ]
    role, name, model = retiring[0]
    assert model.retires_on is not None
    box.show_role(role, {role.value: {"use": f"{name}/{model.name}"}}, model.retires_on)
    assert f"{model.name} was retired on {model.retires_on}" in box._told.text()
    assert [button.text() for button in box.instead.findChildren(QPushButton)] == [f"{name}/{model.successor}"]
    assert f"(retired {model.retires_on})" in box.model.currentText()


def test_an_unknown_provider_is_shown_as_it_is(box: ProviderBox) -> None:
    box.show_role(Role.STT, {"stt": {"use": "nobody/x"}}, TODAY)
    assert box.provider.currentText() == "nobody"
    assert box.model.currentText() == "x"


def test_voice_and_server_are_there_where_the_provider_has_them(box: ProviderBox) -> None:
    asked: list[object] = []
    box.setting_entered.connect(lambda key, value: asked.append((key, value)))
    box.show_role(Role.TTS, {"tts": {"use": "kokoro/82m-int8"}}, TODAY)
    box.show_fields(design.provider_fields(Role.TTS, Part(use="kokoro/82m-int8")))
    assert box.voice.isVisible()
    assert not box.base_url.isVisible()
    box.show_voices([Option("af_heart", "Heart"), Option("bf_emma", "Emma")], "2 voices")
    assert box.voice.count() == 2
    assert box.voices_told.text() == "2 voices"
    box.voice.activated.emit(1)
    box.show_role(Role.STT, {"stt": {"use": "deepgram/nova-3"}}, TODAY)
    box.show_fields(design.provider_fields(Role.STT, Part(use="deepgram/nova-3")))
    assert not box.voice.isVisible()
    assert box.base_url.placeholderText() == design.server_of("deepgram")
    QTest.keyClicks(box.base_url, "h")
    assert asked == [("voice", "bf_emma"), ("base_url", "h")]


def test_what_is_known_of_a_model_is_told(box: ProviderBox) -> None:
    box.show_role(Role.STT, {"stt": {"use": "deepgram/nova-3"}}, TODAY)
    assert "many languages" in box.facts.text()
    assert "as published" in box.facts.text()
    assert "a minute" in box.facts.text()
    assert "prices of " in box.facts.text()
