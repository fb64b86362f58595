from collections.abc import Callable
from datetime import date

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QLabel,
    QLineEdit,
    QSpinBox,
)
from pytestqt.qtbot import QtBot

from studio.app import design, presets
from studio.app.design import Content
from studio.app.design_facts import Health, facts, health
from studio.model.preset import Role
from studio.ui.design.fields import FormKeys
from studio.ui.design.free_choice import FreeChoice
from studio.ui.design.pipeline import BoxName
from studio.ui.design.properties import Properties
from studio.ui.theme import Theme

Show = Callable[[BoxName, Content], Properties]


@pytest.fixture
def content() -> Content:
    return presets.read_content(presets.path_of("embedded"))[1]


@pytest.fixture
def show(theme: Theme, qtbot: QtBot) -> Show:
    keys = FormKeys()
    properties = Properties(keys, theme)
    keys.setParent(properties)
    qtbot.addWidget(properties)
    properties.restyle(theme)
    properties.show()

    def show_box(box: BoxName, content: Content) -> Properties:
        known = facts(content)
        role = properties.role_of(box)
        state = health(role, content, known, date.today()) if role is not None else None
        properties.show_box(box, content, known, state)
        QApplication.processEvents()  # what is new in a layout is shown by the next event
        return properties

    return show_box


def edits(properties: Properties) -> list[tuple[Content, str]]:
    found: list[tuple[Content, str]] = []
    properties.edited.connect(lambda content, step: found.append((content, step)))
    return found


def keys(properties: Properties, hidden: bool = False) -> list[str]:
    return [key for (_, key), control in properties.controls.items() if hidden or control.isVisible()]


def test_a_box_has_its_providers_settings(show: Show, content: Content) -> None:
    properties = show(BoxName.LLM, content)
    ahead = ["reply", "partial_words", "voice_ahead", "tries"]
    own = ["context_tokens", "decode_threads", "gpu_layers", "temperature", "max_tokens"]
    assert keys(properties) == [*own, *ahead, "simple", "moderate", "complex"]
    assert properties._title.text() == "Language model"
    assert not properties.key.isVisible()


def test_turn_taking_stands_where_it_belongs(show: Show, content: Content) -> None:
    voice = ["speech_ms", "vad_threshold", "barge_in_ms"]
    assert keys(show(BoxName.VAD, content)) == [
        *voice, "interruption_ms", "barge_in_words", "resume_ms", "protect_greeting"
    ]  # fmt: skip
    turn = show(BoxName.TURN, content)
    assert keys(turn) == []
    assert turn.eagerness.isVisible()
    assert {"silence_ms", "patience_ms", "eager_ms", "turn_threshold"} <= set(keys(turn, hidden=True))
    turn.advanced.click()
    assert {"silence_ms", "patience_ms", "eager_ms", "turn_threshold"} <= set(keys(turn))
    assert keys(show(BoxName.MICROPHONE, content)) == ["echo_cancellation"]
    assert not turn.eagerness.isVisible()
    speaker = show(BoxName.SPEAKER, content)
    assert keys(speaker) == ["buffer_ms", "jitter_max_ms", "voice_cache"]
    assert not speaker.provider.isVisible()
    assert speaker.role is None


def test_the_slider_moves_every_threshold_that_is_not_written_beside_it(show: Show, content: Content) -> None:
    properties = show(BoxName.TURN, content)
    found = edits(properties)
    QTest.keyClick(properties.eagerness.slider, Qt.Key.Key_End)
    [(eager, step)] = found
    assert step == "turn_taking.eagerness"
    by_hand = content.get("turn_taking", {})
    assert eager == {**content, "turn_taking": {**by_hand, "eagerness": 1.0}}
    show(BoxName.TURN, design.put(eager, ("turn_taking", "patience_ms"), 900))
    shown = {key: control._read() for (_, key), control in properties.controls.items()}
    assert (shown["silence_ms"], shown["patience_ms"], shown["turn_threshold"]) == (80, 900, 0.2)
    silence = properties.controls["turn_taking", "silence_ms"].findChildren(QSpinBox)[0]
    silence.setValue(160)  # the default of the class is a value of its own here
    assert design.at(found[-1][0], ("turn_taking", "silence_ms")) == 160
    silence.setValue(80)
    assert design.at(found[-1][0], ("turn_taking", "silence_ms")) is None


def test_levels_have_models_of_their_own_and_intents_stand_with_the_words(show: Show, content: Content) -> None:
    properties = show(BoxName.LLM, content)
    found = edits(properties)
    large = properties.controls["router", "complex"].control
    assert isinstance(large, FreeChoice)
    assert large.findData("openai/gpt-4.1") >= 0
    large.activated.emit(large.findData("openai/gpt-4.1"))
    assert found[-1] == ({**content, "router": {"complex": {"use": "openai/gpt-4.1"}}}, "router.complex")
    properties.advanced.click()
    always = properties.controls["router", "always"].control
    assert isinstance(always, QComboBox)
    assert [always.itemText(index) for index in range(always.count())] == ["–", "simple", "moderate", "complex"]
    always.setCurrentIndex(2)
    always.activated.emit(2)
    assert found[-1][0]["router"]["always"] == "moderate"
    words = show(BoxName.STT, found[-1][0])
    assert keys(words)[-3:] == ["enabled", "own", "fillers"]
    words.controls["intent", "enabled"].findChildren(QCheckBox)[0].click()
    assert found[-1][0]["intent"] == {"enabled": False}


@pytest.mark.parametrize(
    ("table", "key", "value", "told"),
    [
        ("router", "complex", {"use": "grok/2"}, "unknown provider 'grok'"),
        ("router", "by_intent", {"holiday": "simple"}, "there is no intent 'holiday'"),
        ("intent", "fillers", {"holiday": "Hm."}, "there is no intent 'holiday'"),
    ],
)
def test_what_is_wrong_with_levels_and_intents_is_told_at_the_field(
    show: Show, content: Content, table: str, key: str, value: object, told: str
) -> None:
    properties = show(BoxName.LLM if table == "router" else BoxName.STT, design.put(content, (table, key), value))
    assert any(told in label.text() for label in properties.controls[table, key].findChildren(QLabel))


def test_a_number_that_is_emptied_follows_the_slider_again(show: Show, content: Content) -> None:
    by_hand = {**content, "turn_taking": {"eagerness": 1.0, "silence_ms": 400}}
    properties = show(BoxName.TURN, by_hand)
    properties.advanced.click()
    assert "400 ms when sure" in properties.eagerness.told.text()
    found = edits(properties)
    silence = properties.controls["turn_taking", "silence_ms"]
    [spin] = silence.findChildren(QSpinBox)
    spin.setFocus()
    spin.selectAll()
    QTest.keyClick(spin, Qt.Key.Key_Delete)
    assert found == []  # another figure may be typed now
    QTest.keyClick(spin, Qt.Key.Key_Return)
    [(follows, step)] = found
    assert follows["turn_taking"] == {"eagerness": 1.0}
    assert step == "turn_taking.silence_ms"
    show(BoxName.TURN, follows)
    assert spin.text() == "80 ms"
    assert not silence.reset.isVisible()
    spin.selectAll()
    QTest.keyClick(spin, Qt.Key.Key_Delete)
    QTest.keyClick(spin, Qt.Key.Key_Return)
    assert len(found) == 1  # there is nothing left to take back


def test_a_number_set_by_hand_says_what_the_slider_would_make_of_it(show: Show, content: Content) -> None:
    properties = show(BoxName.TURN, {**content, "turn_taking": {"eagerness": 0.0, "turn_threshold": 0.4}})
    properties.advanced.click()
    threshold = properties.controls["turn_taking", "turn_threshold"]
    assert (threshold.reset.isVisible(), threshold.reset.text()) == (True, "back to 0.8")
    assert not properties.controls["turn_taking", "patience_ms"].reset.isVisible()
    height = threshold.sizeHint().height()
    found = edits(properties)
    threshold.reset.click()
    assert found[0][0]["turn_taking"] == {"eagerness": 0.0}
    assert threshold.findChildren(QDoubleSpinBox)[0].hasFocus()
    show(BoxName.TURN, found[0][0])
    assert threshold.sizeHint().height() == height  # nothing jumps


@pytest.mark.parametrize(
    ("box", "first", "title", "below"),
    [
        (BoxName.VAD, "barge_in_ms", "Interruptions", "interruption_ms"),
        (BoxName.LLM, "reply", "Work ahead", "partial_words"),
        (BoxName.LLM, "simple", "Models by difficulty", "moderate"),
        (BoxName.STT, "enabled", "Intents", "enabled"),
    ],
)
def test_a_group_has_its_heading_right_above_it(
    show: Show, content: Content, box: BoxName, first: str, title: str, below: str
) -> None:
    properties = show(box, content)
    heading = properties._headings[first]
    assert (heading.text(), heading.isVisible()) == (title, True)
    following = next(control for (_, name), control in properties.controls.items() if name == first)
    assert heading.geometry().bottom() < following.geometry().top()
    above = [each for each in properties.controls.values() if each.geometry().bottom() < heading.geometry().top()]
    assert below not in {each.field.key for each in above}
    show(BoxName.SPEAKER, content)
    assert not properties._headings


def test_an_edit_comes_out_as_a_new_content(show: Show, content: Content) -> None:
    properties = show(BoxName.TURN, content)
    found = edits(properties)
    properties.controls["turn_taking", "silence_ms"].findChildren(QSpinBox)[0].setValue(400)
    expected = design.put(content, ("turn_taking", "silence_ms"), 400)
    assert found == [(expected, "turn_taking.silence_ms")]


def test_a_setting_of_a_part_that_the_preset_leaves_out_brings_the_part(show: Show, content: Content) -> None:
    bare = {key: value for key, value in content.items() if key != "stt"} | {"stt": {"use": "moonshine"}}
    properties = show(BoxName.STT, bare)
    found = edits(properties)
    properties.controls["stt", "segment_s"].findChildren(QSpinBox)[0].setValue(9)
    assert found[0][0]["stt"] == {"use": "moonshine", "segment_s": 9}


def test_provider_model_and_fallbacks_are_edited(show: Show, content: Content) -> None:
    properties = show(BoxName.STT, content)
    found = edits(properties)
    provider = properties.provider.provider
    provider.activated.emit(provider.findData("deepgram"))
    assert found[-1][0]["stt"]["use"].startswith("deepgram/")
    properties.provider.use_entered.emit("whisper/base")
    assert found[-1][0]["stt"] == {"use": "whisper/base"}
    properties.fallbacks.added.emit("moonshine/tiny-en")
    properties.fallbacks.added.emit("deepgram/nova-3")
    properties.fallbacks.moved.emit(1, 0)
    assert design.fallbacks(found[-1][0], Role.STT) == ["deepgram/nova-3", "moonshine/tiny-en"]
    properties.fallbacks.removed.emit(0)
    assert design.fallbacks(found[-1][0], Role.STT) == ["moonshine/tiny-en"]


def test_a_hosted_provider_shows_its_key_and_its_server(show: Show, content: Content) -> None:
    properties = show(BoxName.STT, design.choose_provider(content, Role.STT, "deepgram"))
    assert properties.key.isVisible()
    assert "missing" in properties.key._state.text()
    assert properties.provider.base_url.isVisible()
    assert "key missing" in properties._health.text()
    assert "answer_timeout_s" not in keys(properties)
    properties.advanced.click()
    assert "answer_timeout_s" in keys(properties)
    assert "key_env" in keys(properties)


def test_what_is_wrong_is_told_above_and_at_its_field(show: Show, content: Content) -> None:
    properties = show(BoxName.LLM, design.put(content, ("llm", "temperature"), 9.0))
    assert "'temperature' for embedded" in properties._health.text().replace("&#x27;", "'")
    shown = [label.text() for label in properties.controls["llm", "temperature"].findChildren(QLabel)]
    assert any("temperature" in text for text in shown)


def test_controls_stay_while_only_values_change(show: Show, content: Content) -> None:
    properties = show(BoxName.LLM, content)
    before = properties.controls["llm", "max_tokens"]
    show(BoxName.LLM, design.put(content, ("llm", "max_tokens"), 77))
    assert properties.controls["llm", "max_tokens"] is before
    assert before.findChildren(QSpinBox)[0].value() == 77


def test_every_control_has_a_name_and_can_be_reached(show: Show, content: Content) -> None:
    properties = show(BoxName.STT, design.choose_provider(content, Role.STT, "deepgram"))
    properties.advanced.setChecked(True)
    kinds = (QAbstractButton, QComboBox, QLineEdit)
    controls = [each for kind in kinds for each in properties.findChildren(kind) if each.isVisible()]
    assert len(controls) > 12
    for control in controls:
        text = control.text() if isinstance(control, QAbstractButton) else ""
        editor = isinstance(control, QLineEdit) and isinstance(control.parent(), QComboBox)
        assert control.accessibleName() or text or editor, control


def test_unknown_health_is_told_while_it_is_looked_up(show: Show, content: Content) -> None:
    properties = show(BoxName.STT, content)
    properties.show_box(BoxName.STT, content, None, Health.UNKNOWN)
    assert "looking" in properties._health.text()
