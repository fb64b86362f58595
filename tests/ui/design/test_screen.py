"""The Design screen as a designer meets it, in the real window."""

import tomllib
from itertools import pairwise
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QScrollArea,
    QSpinBox,
)
from pytestqt.qtbot import QtBot

from studio.app import design_facts, presets
from studio.app.design_facts import Health
from studio.app.folders import own_presets_folder
from studio.model.errors import StudioError
from studio.ui.design.pipeline import BoxName
from studio.ui.language import Language
from studio.ui.window import ScreenName, StudioWindow
from tests.ui.acting import texts
from tests.ui.scripted_call import ScriptedLink

PARTS = (BoxName.VAD, BoxName.STT, BoxName.TURN, BoxName.LLM, BoxName.TTS)
CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def window(window: StudioWindow, qtbot: QtBot) -> StudioWindow:
    """The window on its Design screen, with everything looked up."""
    QTest.keyClick(window, Qt.Key.Key_1, CONTROL)
    qtbot.waitUntil(lambda: window.design.known)
    return window


def known(window: StudioWindow, qtbot: QtBot) -> None:
    """Wait until what is known is known of what is shown."""
    qtbot.waitUntil(lambda: window.design.known)


def use(window: StudioWindow, box: BoxName, provider: str) -> None:
    window.design.choose_box(box)
    choice = window.design.properties.provider.provider
    choice.activated.emit(choice.findData(provider))


def test_the_called_agent_is_the_designed_one(window: StudioWindow, link: ScriptedLink, qtbot: QtBot) -> None:
    assert window.design._title.text() == "Embedded"
    window.design.gallery.duplicate_button.click()
    assert window.talk.agent.preset == "embedded-copy"
    assert window.talk.agent.choice.currentText() == "Embedded (copy)"
    QTest.keyClicks(window.design.persona.greeting, "Hi.")
    QTest.keyClick(window, Qt.Key.Key_Space)
    assert window.screen_name is ScreenName.TALK
    assert link.started is not None
    assert link.started.preset == "embedded-copy"
    assert presets.load("embedded-copy").agent.greeting == "Hi."  # on disk before the call began


def test_screens_are_switched_by_keys_and_by_the_switch(window: StudioWindow) -> None:
    QTest.keyClick(window, Qt.Key.Key_2, CONTROL)
    shown = [window.screen_name]
    assert window.talk.transcript.isVisible()
    window.switch.buttons["design"].click()
    shown.append(window.screen_name)
    assert shown == [ScreenName.TALK, ScreenName.DESIGN]
    assert not window.talk.agent.isVisible()
    assert window.design.gallery.isVisible()


def test_the_pipeline_tells_who_how_long_and_how_they_are(window: StudioWindow) -> None:
    looks = {name: box.look for name, box in window.design.pipeline.boxes.items()}
    assert (looks[BoxName.STT].provider, looks[BoxName.STT].model) == ("Moonshine", "tiny-en")
    assert (looks[BoxName.STT].planned, looks[BoxName.STT].source) == ("60 ms", "published")
    assert (looks[BoxName.VAD].planned, looks[BoxName.VAD].source) == ("160 ms", "set")
    assert {looks[name].health for name in PARTS} == {Health.READY}
    assert "natural" in window.design.budget.wait.text()
    assert "$0.00" in window.design.budget.cost.text()


def test_editing_a_bundled_preset_copies_it_and_another_provider_replans(window: StudioWindow, qtbot: QtBot) -> None:
    assert "an edit makes a copy" in window.design._state.text()
    before, free = window.design.budget.wait.text(), window.design.budget.cost.text()
    use(window, BoxName.STT, "deepgram")
    assert window.design._title.text() == "Embedded (copy)"
    known(window, qtbot)
    assert window.design.budget.wait.text() != before
    assert window.design.pipeline.boxes[BoxName.STT].look.health is Health.KEY_MISSING
    assert window.design.budget.cost.text() != free
    qtbot.waitUntil(lambda: window.design._state.text() == "Saved", timeout=30_000)
    assert presets.load("embedded-copy").stt.provider == "deepgram"
    rows = window.design.gallery.items
    assert rows.currentItem().text() == "Embedded (copy)"


def test_undo_and_redo_wherever_the_focus_is(window: StudioWindow, qtbot: QtBot) -> None:
    persona = window.design.persona.persona
    persona.setFocus()
    QTest.keyClicks(persona, "Kind. ")
    assert persona.toPlainText().startswith("Kind. ")
    QTest.keyClick(persona, Qt.Key.Key_Z, CONTROL)
    assert not persona.toPlainText().startswith("Kind. ")
    assert window.design.redo_button.isEnabled()
    QTest.keyClick(persona, Qt.Key.Key_Z, CONTROL | Qt.KeyboardModifier.ShiftModifier)
    assert persona.toPlainText().startswith("Kind. ")
    use(window, BoxName.TURN, "scripted")
    window.design.undo_button.click()
    known(window, qtbot)
    assert window.design.pipeline.boxes[BoxName.TURN].look.provider == "Smart Turn"


def test_a_slider_is_one_step_of_undo(window: StudioWindow, qtbot: QtBot) -> None:
    window.design.choose_box(BoxName.TURN)
    known(window, qtbot)
    spin = window.design.properties.controls["turn_taking", "silence_ms"].findChildren(QSpinBox)[0]
    for value in (200, 300, 400):
        spin.setValue(value)
    assert window.design.draft.stack.count() == 1
    known(window, qtbot)
    assert window.design.pipeline.boxes[BoxName.VAD].look.planned == "400 ms"
    QTest.keyClick(window, Qt.Key.Key_Z, CONTROL)
    assert spin.value() == 160


def test_an_empty_persona_is_told_and_saved_all_the_same(window: StudioWindow, qtbot: QtBot) -> None:
    window.design.persona.persona.clear()
    known(window, qtbot)
    assert "persona" in window.design.persona._problem.text()
    assert window.design.budget.wait.text().endswith("–")
    window.design.save_now()
    assert 'persona = ""' in (own_presets_folder() / "embedded-copy.toml").read_text(encoding="utf-8")
    window.design.open("embedded")
    window.design.open("embedded-copy")
    assert window.design.persona.persona.toPlainText() == ""


def test_new_rename_delete_and_back(window: StudioWindow, qtbot: QtBot) -> None:
    gallery = window.design.gallery
    gallery.new_button.click()
    assert window.design._title.text() == "New agent"
    gallery.renamed.emit("Hotel")
    assert window.design._title.text() == "Hotel"
    assert window.talk.agent.choice.currentText() == "Hotel"
    assert presets.load("new-agent").title == "Hotel"
    gallery.remove_button.click()
    assert presets.own_names() == []
    assert not gallery.remove_button.isEnabled()
    (banner,) = window.notices.banners
    assert banner.message == "Deleted: Hotel"
    assert banner.action is not None
    banner.action.click()
    assert window.design._title.text() == "Hotel"


def test_the_preset_of_a_call_under_way_stays(window: StudioWindow, link: ScriptedLink) -> None:
    window.talk.start_demo()
    window.show_screen(ScreenName.DESIGN)
    window.design.gallery.new_button.click()
    assert window.talk.agent.preset == "embedded"
    assert window.talk.in_call


def test_a_key_is_set_and_seen(window: StudioWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: dict[str, str] = {}
    monkeypatch.setattr("studio.ui.key_dialog.keep_key", kept.__setitem__)
    monkeypatch.setattr("studio.providers.keys.place_of", lambda name: "keyring" if name in kept else None)
    use(window, BoxName.STT, "deepgram")
    known(window, qtbot)
    key = window.design.properties.key
    assert "missing" in key._state.text()
    key.set_button.click()
    assert window.design.dialog is not None
    QTest.keyClicks(window.design.dialog.field, "secret")
    window.design.dialog.keep_button.click()
    assert kept == {"DEEPGRAM_API_KEY": "secret"}
    qtbot.waitUntil(lambda: "keyring" in key._state.text())
    assert window.design.pipeline.boxes[BoxName.STT].look.health is Health.READY
    assert not any("secret" in text for text in texts(window))


def test_a_key_is_tested(window: StudioWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    use(window, BoxName.STT, "deepgram")
    known(window, qtbot)
    key = window.design.properties.key
    monkeypatch.setattr(design_facts, "check", lambda _part: 132.4)
    key.test_button.click()
    assert key.outcome.text() == "The key works; 132 ms for the answer."

    def refuse(_part: object) -> float:
        raise StudioError("api.deepgram.com refused access (status 401): check the key in DEEPGRAM_API_KEY.")

    monkeypatch.setattr(design_facts, "check", refuse)
    key.test_button.click()
    assert "refused access" in key.outcome.text()


def test_another_server_of_the_command_line_needs_no_key(window: StudioWindow, qtbot: QtBot) -> None:
    use(window, BoxName.LLM, "openai")  # the tests' window reaches it at another server
    known(window, qtbot)
    assert window.design.pipeline.boxes[BoxName.LLM].look.health is Health.READY


def test_a_damaged_preset_is_listed_and_told(window: StudioWindow, tmp_path: Path) -> None:
    folder = own_presets_folder()
    folder.mkdir()
    (folder / "broken.toml").write_text("this is = = no TOML")
    window.design._list()
    window.design.gallery.chosen.emit("broken")
    assert "not readable as TOML" in window.notices.banners[-1].message
    assert window.design._title.text() == "Embedded"


def test_every_text_changes_with_the_language(window: StudioWindow, qtbot: QtBot) -> None:
    window.switch_language()
    qtbot.waitUntil(lambda: "프리셋" in texts(window))
    shown = {text for text in texts(window) if text}
    assert {"설계", "기본 제공: 고치면 사본이 만들어집니다"} <= shown
    assert not {"Presets", "Provider", "Model", "Persona", "Greeting", "Advanced", "When it fails"} & shown
    assert window.design.pipeline.boxes[BoxName.STT].accessibleName().startswith("받아쓰기")


def test_theme_reaches_the_design_screen(window: StudioWindow) -> None:
    dark = window.design.pipeline.boxes[BoxName.STT].grab().toImage().pixelColor(60, 90)
    window.switch_theme()
    light = window.design.pipeline.boxes[BoxName.STT].grab().toImage().pixelColor(60, 90)
    assert dark.lightness() < 60 < 200 < light.lightness()


@pytest.mark.parametrize("language", Language)
def test_the_smallest_window_shows_everything(window: StudioWindow, qtbot: QtBot, language: Language) -> None:
    window._translation.speak(language)
    window.resize(1000, 640)
    use(window, BoxName.TTS, "elevenlabs")
    known(window, qtbot)
    for box in BoxName:
        window.design.choose_box(box)
        QApplication.processEvents()
        assert (window.width(), window.height()) == (1000, 640)
        for area in (window.design.scroll_area, window.design.properties.scroll_area):
            assert_inside(area)
    window.design.choose_box(BoxName.TTS)
    buttons = [button for button in window.design.properties.key.findChildren(QAbstractButton) if button.isVisible()]
    for one, other in pairwise(sorted(buttons, key=lambda button: button.x())):
        assert one.geometry().right() < other.x()
        assert one.width() >= one.fontMetrics().horizontalAdvance(one.text())


def assert_inside(area: QScrollArea) -> None:
    """Nothing in a scroll area is wider than it is."""
    inside = area.widget()
    assert inside is not None
    assert inside.width() <= area.viewport().width()
    assert inside.minimumSizeHint().width() <= area.viewport().width()
    for label in inside.findChildren(QLabel):
        if label.isVisible() and not label.wordWrap():
            assert label.mapTo(inside, QPoint(label.width(), 0)).x() <= inside.width(), label.text()


def test_every_control_has_a_name_and_can_be_reached(window: StudioWindow) -> None:
    kinds = (QAbstractButton, QComboBox, QLineEdit, QPlainTextEdit)
    shown = [each for kind in kinds for each in window.design.findChildren(kind) if each.isVisible()]
    shown += [each for each in window.design.gallery.findChildren(QAbstractButton) if each.isVisible()]
    assert len(shown) > 20
    for control in shown:
        text = control.text() if isinstance(control, QAbstractButton) else ""
        editor = isinstance(control, QLineEdit) and isinstance(control.parent(), QComboBox)
        assert control.accessibleName() or text or editor, control
        assert control.focusPolicy() & Qt.FocusPolicy.TabFocus
    assert min(label.font().pixelSize() for label in window.design.findChildren(QLabel) if label.text()) >= 13


def test_escape_gives_the_keys_back_to_the_window(window: StudioWindow) -> None:
    window.activateWindow()
    window.design.persona.greeting.setFocus()
    QTest.keyClick(window.design.persona.greeting, Qt.Key.Key_Escape)
    assert window.focusWidget() is window


def test_closing_saves(window: StudioWindow) -> None:
    QTest.keyClicks(window.design.persona.greeting, "Hello.")
    window.close()
    path = own_presets_folder() / "embedded-copy.toml"
    assert tomllib.loads(path.read_text(encoding="utf-8"))["agent"]["greeting"] == "Hello."
