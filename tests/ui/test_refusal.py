"""A refused key in a call: the notice asks once, the key goes into the keyring, the call is tried again."""

from pathlib import Path

import pytest
from PySide6.QtTest import QTest

from studio.app.voice_link import CallFailed, CallOver
from studio.model.errors import ErrorCategory
from studio.model.events import Trouble
from studio.model.terms import Stage
from studio.ui.window import StudioWindow
from tests.ui.scripted_call import ScriptedLink, ms

REFUSAL = "api.deepgram.com refused access (status 401): check the key in DEEPGRAM_API_KEY."


@pytest.fixture(autouse=True)
def kept(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    monkeypatch.setattr("studio.ui.key_dialog.keep_key", lambda name, key: found.append((name, key)))
    return found


def refuse(window: StudioWindow, link: ScriptedLink, category: str = ErrorCategory.AUTHENTICATION) -> None:
    window.talk.agent.choose("other")
    if not window.talk.in_call:
        window.talk.start_demo()
    link.waiting = [Trouble(ms(500), Stage.STT, REFUSAL, category)]
    window.talk.draw_frame()


@pytest.fixture
def preset(window: StudioWindow, tmp_path: Path) -> None:
    """The window's preset `other` hears with Deepgram."""
    folder = tmp_path / "presets"
    folder.mkdir()
    (folder / "other.toml").write_text(
        'format = 1\ntitle = "Other"\n[agent]\npersona = "Be kind."\n[stt]\nuse = "deepgram/nova-3"\n'
        '[llm]\nuse = "embedded"\n[tts]\nuse = "hibari"\n'
    )


def action(window: StudioWindow, at: int = -1) -> str:
    button = window.notices.banners[at].action
    return button.text() if button is not None else ""


def press(window: StudioWindow, at: int = -1) -> None:
    button = window.notices.banners[at].action
    assert button is not None
    button.click()


def test_a_refused_key_is_asked_for_and_the_call_tried_again(
    window: StudioWindow, link: ScriptedLink, preset: None, kept: list[tuple[str, str]]
) -> None:
    refuse(window, link)
    assert window.notices.banners[-1].message == f"Transcription: {REFUSAL}"
    assert action(window) == "Set key…"
    press(window)
    dialog = window.refusal.dialog
    assert dialog is not None
    QTest.keyClicks(dialog.field, "secret")
    dialog.keep_button.click()
    assert kept == [("DEEPGRAM_API_KEY", "secret")]
    assert window.notices.banners[-1].message == "The key for Deepgram is kept."
    assert action(window) == "Try again"
    press(window)
    assert link.asked[-1] == "hang_up"
    link.waiting = [CallOver(None, 0)]
    window.talk.draw_frame()
    assert link.asked[-1] == "start"
    assert window.talk.in_call


def test_it_asks_once(window: StudioWindow, link: ScriptedLink, preset: None) -> None:
    refuse(window, link)
    press(window)
    assert window.refusal.dialog is not None
    window.refusal.dialog.reject()
    assert action(window) == "Try again"


def test_a_call_that_could_not_start_for_its_key_asks_for_it(
    window: StudioWindow, link: ScriptedLink, preset: None
) -> None:
    window.talk.agent.choose("other")
    window.talk.start_demo()
    link.waiting = [CallFailed("Deepgram wants an API key: set DEEPGRAM_API_KEY."), CallOver(None, 0)]
    window.talk.draw_frame()
    assert action(window) == "Set key…"


@pytest.mark.parametrize("category", ["retiring", "timeout"])
def test_other_troubles_are_told(window: StudioWindow, link: ScriptedLink, preset: None, category: str) -> None:
    refuse(window, link, category)
    assert window.notices.banners[-1].message == f"Transcription: {REFUSAL}"
    assert action(window) == ""


def test_a_preset_that_is_gone_leaves_trying_again(window: StudioWindow, link: ScriptedLink) -> None:
    refuse(window, link)  # no preset called `other` is there
    assert action(window) == "Try again"
