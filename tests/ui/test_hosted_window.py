"""A hosted preset's whole call in the window, with the real voice process, against `studio fakes`.

One preset by default; STUDIO_EVERY_PRESET=1 takes all of them, a minute each.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from pytestqt.qtbot import QtBot

from studio.app.folders import demo_caller
from studio.app.voice_process import VoiceProcess
from studio.ui.language import Translation
from studio.ui.panels.agent import PresetChoice
from studio.ui.talk import TalkParts
from studio.ui.theme import Theme
from studio.ui.window import StudioWindow
from tests.ui.at_once import at_once

HOSTED = ("fastest", "natural", "openai", "budget", "korean", "bookings")
CHOSEN = HOSTED if os.environ.get("STUDIO_EVERY_PRESET") else HOSTED[:1]
PATIENCE_MS = 250_000
pytestmark = [pytest.mark.slow, pytest.mark.weights, pytest.mark.real_time]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Where `studio fakes` listens."""
    command = [sys.executable, "-c", "from studio.app.fakes import serve_fakes; serve_fakes(0)"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=environment, start_new_session=True
    ) as process:
        assert process.stdout is not None
        yield process.stdout.readline().split(" listen on ")[1].split(",")[0]
        os.killpg(process.pid, 2)
        process.wait(10)


@pytest.mark.parametrize("preset", CHOSEN)
def test_the_demo_caller_talks_with_it(
    preset: str, address: str, theme: Theme, translation: Translation, qtbot: QtBot, tmp_path: Path
) -> None:
    settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    base_urls = (("*", f"{address}/{{provider}}"),)
    parts = TalkParts(VoiceProcess(), demo_caller(), lambda name: tmp_path / name, settings, base_urls)
    window = StudioWindow(parts, (PresetChoice(preset, preset, ""),), at_once, translation)
    qtbot.addWidget(window)
    window.show()
    window.talk.start_demo()
    qtbot.waitUntil(lambda: not window.talk.in_call, timeout=PATIENCE_MS)
    turns = [card.turn for card in window.talk.transcript.cards.values() if card.turn.user_text]
    if folder := os.environ.get("STUDIO_PICTURES"):
        window.grab().save(str(Path(folder, f"{preset}.png")))
    window.close()
    assert len(turns) >= 5
    assert all(turn.v2v is not None for turn in turns)
    assert any(turn.interrupted and turn.heard for turn in turns)
    assert len({turn.user_text for turn in turns}) >= 5
