import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from pytestqt.qtbot import QtBot

from studio.app.design_facts import KeyNeed
from studio.ui.design.key_box import KeyBox
from studio.ui.theme import Theme


@pytest.fixture
def box(theme: Theme, qtbot: QtBot) -> KeyBox:
    shown = KeyBox(theme)
    qtbot.addWidget(shown)
    shown.restyle(theme)
    shown.show_key("deepgram", "DEEPGRAM_API_KEY", "")
    shown.show()
    return shown


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ("", "looking"),
        (None, "missing"),
        ("environment", "in the environment"),
        ("keyring", "in this system's keyring"),
    ],
)
def test_it_says_where_the_key_is(box: KeyBox, place: str | None, told: str) -> None:
    box.show_key("deepgram", "DEEPGRAM_API_KEY", place)
    assert told in box._state.text()
    assert "DEEPGRAM_API_KEY" in box._state.text()


def test_it_asks_to_set_and_to_test(box: KeyBox) -> None:
    asked: list[KeyNeed] = []
    box.set_wanted.connect(asked.append)
    box.test_wanted.connect(asked.append)
    box.set_button.click()
    box.test_button.click()
    assert [need.name for need in asked] == ["DEEPGRAM_API_KEY"] * 2
    assert box.outcome.text() == "asking…"
    assert not box.test_button.isEnabled()
    box.show_outcome("deepgram", "The key works.")
    assert (box.outcome.text(), box.test_button.isEnabled()) == ("The key works.", True)


def test_the_outcome_of_anothers_test_is_not_shown(box: KeyBox) -> None:
    box.test_button.click()
    box.show_key("cartesia", "CARTESIA_API_KEY", None)
    box.show_outcome("deepgram", "The key works.")
    assert not box.outcome.isVisible()


def test_the_sign_up_page_is_opened(box: KeyBox, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[QUrl] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", opened.append)
    box.get_button.click()
    assert opened[0].scheme() == "https"
