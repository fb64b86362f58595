"""A window around a scripted call, with settings of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QSettings
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio.ui.language import Translation
from studio.ui.panels.agent import PresetChoice
from studio.ui.talk import TalkParts
from studio.ui.theme import Theme, ThemeName, font, load_fonts
from studio.ui.window import StudioWindow
from tests.ui.at_once import at_once
from tests.ui.scripted_call import BASE_URLS, ScriptedLink

OFFSCREEN = "^This plugin does not support (propagateSizeHints|raise|grabbing the keyboard)"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """No Qt warning is let through but those of the offscreen platform, which has no window manager to ask."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.qt_log_ignore(OFFSCREEN))


@pytest.fixture(autouse=True)
def _nothing_left(qapp: QApplication) -> Iterator[None]:
    """What a test has closed is gone, so that the next one does not style it again: Qt alone would wait."""
    yield
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture(scope="session")
def look(qapp: QApplication) -> Theme:
    """Fonts and style as in the program."""
    load_fonts()
    qapp.setFont(font(14))
    return Theme.load(ThemeName.DARK)


@pytest.fixture
def theme(look: Theme, qapp: QApplication) -> Theme:
    qapp.setStyleSheet(look.style_sheet())
    return look


@pytest.fixture
def translation(qapp: QApplication) -> Iterator[Translation]:
    speaking = Translation(qapp)
    yield speaking
    qapp.removeTranslator(speaking._translator)


@pytest.fixture
def link() -> ScriptedLink:
    return ScriptedLink()


@pytest.fixture
def window(
    link: ScriptedLink,
    theme: Theme,
    translation: Translation,
    qtbot: QtBot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[StudioWindow]:
    monkeypatch.setenv("STUDIO_PRESETS", str(tmp_path / "presets"))
    settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    presets = (PresetChoice("embedded", "Embedded", "Offline"), PresetChoice("other", "Other", "Another one"))
    parts = TalkParts(link, tmp_path / "demo.wav", lambda name: tmp_path / name, settings, BASE_URLS)
    shown = StudioWindow(parts, presets, at_once, translation)
    shown._frame.stop()  # a test draws its frames itself
    qtbot.addWidget(shown)
    shown.show()
    yield shown
    shown.close()
