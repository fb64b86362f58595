import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from studio.app.folders import session_folder
from studio.app.headless import Screen, talk
from studio.app.voice_link import CallRequest, Progress
from studio.model.errors import PresetError
from tests.virtual_call import PRESET, caller


@pytest.fixture
def request_of_call(tmp_path: Path) -> CallRequest:
    recording = caller(tmp_path / "caller.wav", [(500, 1500), (2300, 3500)], 4000)
    return CallRequest(str(PRESET), recording=recording, virtual=True)


def test_a_call_is_shown_as_it_happens(request_of_call: CallRequest) -> None:
    lines: list[str] = []
    loading: list[Progress] = []
    report = talk(request_of_call, Screen(lines.append, lines.append, loading.append))
    told = [line for line in lines if line.startswith(("You", "Agent", "  "))]
    said = [line for line in told if not line.startswith("       intent: ")]
    assert len(told) - len(said) == 2
    first, second = (f"{turn.v2v_ms:.0f} ms" for turn in report.turns)
    assert [line.split(":")[0].strip() for line in said] == [
        *("You", "Agent", first, "ended after 160 ms of silence"),
        *("You", "Agent", second, "ended after 160 ms of silence"),
    ]
    assert said[1].endswith(" [cut off]")
    assert len([line for line in lines if " ready in " in line]) == 5
    assert [progress.label for progress in loading] == [
        "scripted/loudness",
        "scripted/fixed",
        "scripted/script",
        "scripted/script",
        "scripted/tone",
    ]
    assert lines[-1].startswith("Cost: $0.0000, $0.0000 a minute")
    assert (report.session, report.preset) == (None, "scripted")


def test_a_turn_tells_which_model_answered_and_why(request_of_call: CallRequest, tmp_path: Path) -> None:
    preset = tmp_path / "routed.toml"
    preset.write_text(f'{PRESET.read_text()}\n[router]\ncomplex = {{ use = "scripted/large" }}\n')
    lines: list[str] = []
    report = talk(replace(request_of_call, preset=str(preset)), Screen(lines.append, lines.append, lambda _: None))
    assert report.turns[0].routing is not None
    answers = [line for line in lines if " answers: " in line]
    assert len(answers) == 2
    assert answers[0].startswith("       scripted/script answers: simple (a short sentence, asks for a fact; ")


def test_what_cannot_be_is_told_before_anything_is_loaded(request_of_call: CallRequest) -> None:
    loading: list[Progress] = []
    with pytest.raises(PresetError):
        talk(CallRequest("nothing", virtual=True), Screen(print, print, loading.append))
    assert loading == []


def test_ctrl_c_hangs_up_and_reports(tmp_path: Path) -> None:
    recording = caller(tmp_path / "caller.wav", [(50, 250)], 60_000)

    def show(line: str) -> None:
        if line.startswith("You:"):
            os.kill(os.getpid(), signal.SIGINT)

    before = signal.getsignal(signal.SIGINT)
    request = CallRequest(str(PRESET), recording=recording, output=tmp_path / "agent.wav")
    report = talk(request, Screen(show, show, lambda _: None))
    assert report.counts.turns == 1
    assert (tmp_path / "agent.wav").exists()
    assert signal.getsignal(signal.SIGINT) == before


def test_where_a_session_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STUDIO_SESSIONS", str(tmp_path / "mine"))
    assert session_folder(None, "presets/my agent.toml").parent == tmp_path / "mine"
    assert session_folder(None, "presets/my agent.toml").name.endswith("-my-agent")
    assert session_folder(tmp_path / "new", "x") == tmp_path / "new"
    (tmp_path / "empty").mkdir()
    assert session_folder(tmp_path / "empty", "x") == tmp_path / "empty"
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "a").touch()
    assert session_folder(tmp_path / "full", "x").parent == tmp_path / "full"
    assert {path.name for path in tmp_path.iterdir()} == {"empty", "full"}, "nothing is created or removed yet"
