"""The program's way in and out: a real event loop around the real window, the call being scripted."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, QTimer
from PySide6.QtWidgets import QApplication

from studio.app import presets
from studio.app.devices import Devices
from studio.model.errors import DeviceError, PresetError
from studio.ui import main
from studio.ui.window import StudioWindow
from tests.ui.scripted_call import ScriptedLink


@pytest.fixture
def link(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ScriptedLink:
    scripted = ScriptedLink()
    # What a window of another test remembered is not ours.
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(tmp_path))
    monkeypatch.setattr(main, "VoiceProcess", lambda: scripted)
    monkeypatch.setattr(main, "sound_devices", lambda: Devices(("USB",), ("HDMI",)))
    return scripted


def open_and(do: Callable[[StudioWindow], bool], monkeypatch: pytest.MonkeyPatch, preset: str | None = None) -> int:
    """Run the program, call `do` each 10 ms until it says that it is done, and close the window."""
    windows: list[StudioWindow] = []
    show = StudioWindow.show

    def shown(window: StudioWindow) -> None:
        show(window)
        windows.append(window)

    monkeypatch.setattr(StudioWindow, "show", shown)
    timer = QTimer(interval=10)

    def look() -> None:
        if windows and do(windows[0]):
            timer.stop()
            windows[0].close()

    timer.timeout.connect(look)
    timer.start()
    return main.run(preset)


def test_opens_and_closes(link: ScriptedLink, monkeypatch: pytest.MonkeyPatch, qapp: QApplication) -> None:
    frames: list[str] = []

    def look(window: StudioWindow) -> bool:
        frames.append(window.talk.agent.preset)
        return window.talk.devices.microphone.choice.count() == 2 and window.talk.devices.speaker.choice.count() == 2

    assert open_and(look, monkeypatch) == 0
    assert frames[-1] == "embedded"
    assert link.asked == ["close"]


def test_opens_with_the_agent_it_was_closed_with(
    link: ScriptedLink, monkeypatch: pytest.MonkeyPatch, qapp: QApplication
) -> None:
    def choose(window: StudioWindow) -> bool:
        window.talk.agent.choose("openai")
        return True

    frames: list[str] = []

    def look(window: StudioWindow) -> bool:
        frames.append(window.talk.agent.preset)
        return True

    assert open_and(choose, monkeypatch) == 0
    assert open_and(look, monkeypatch) == 0
    assert frames == ["openai"]


def test_a_bug_is_told_in_the_window(
    link: ScriptedLink, monkeypatch: pytest.MonkeyPatch, qapp: QApplication, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> list[object]:
        monkeypatch.setattr(link, "poll", list)
        raise ZeroDivisionError("so it goes")

    monkeypatch.setattr(link, "poll", fail)
    told: list[str] = []

    def look(window: StudioWindow) -> bool:
        told.extend(banner.message for banner in window.notices.banners)
        return bool(told)

    with pytest.MonkeyPatch.context() as patch:
        # pytest-qt would take the exception for a failure of this test.
        patch.setattr("sys.excepthook", lambda *_: None)
        assert open_and(look, monkeypatch) == 0
    assert "ZeroDivisionError: so it goes" in told[0]
    assert "so it goes" in capsys.readouterr().err


def test_no_sound_system_is_a_banner(link: ScriptedLink, monkeypatch: pytest.MonkeyPatch, qapp: QApplication) -> None:
    def missing() -> Devices:
        raise DeviceError("PortAudio is missing.")

    monkeypatch.setattr(main, "sound_devices", missing)
    told: list[str] = []

    def look(window: StudioWindow) -> bool:
        told.extend(banner.message for banner in window.notices.banners)
        return bool(told)

    assert open_and(look, monkeypatch) == 0
    assert told[0] == "PortAudio is missing."


def test_a_preset_file_is_offered_first(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    text = (Path(__file__).parents[2] / "presets" / "embedded.toml").read_text(encoding="utf-8")
    file.write_text(text.replace('title = "Embedded"', 'title = "Mine"'), encoding="utf-8")
    choices = main.preset_choices(str(file))
    assert choices[0].title == "Mine"
    assert [choice.name for choice in choices[1:]] == presets.names()
    assert choices[0].name == str(file)


def test_a_preset_that_is_not_there_is_one_sentence() -> None:
    with pytest.raises(PresetError, match="no preset 'nobody'"):
        main.preset_choices("nobody")
