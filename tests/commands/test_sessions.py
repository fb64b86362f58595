"""A recorded session on the command line; the rest of `studio sessions` is tested in tests/test_main.py."""

import json
from pathlib import Path

import pytest

from studio.__main__ import main
from tests.virtual_call import PRESET, caller


@pytest.fixture
def session(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    wav, folder = caller(tmp_path / "caller.wav", [(500, 1500)], 9000), tmp_path / "session"
    assert main(["talk", "--preset", str(PRESET), "--in", str(wav), "--record", str(folder), "--loop", "virtual"]) == 0
    capsys.readouterr()
    return folder


def test_what_was_recorded_is_tried_with_other_timers(session: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sessions", "what-if", str(session)]) == 0
    assert "as it was" in capsys.readouterr().out
    assert main(["sessions", "what-if", str(session), "--set", "silence_ms=480", "--json"]) == 0
    [turn] = json.loads(capsys.readouterr().out)["turns"]
    assert turn["text"] == "What is the weather like?"
    assert turn["difference_ms"] == pytest.approx(320, abs=32)
    assert main(["sessions", "what-if", str(session), "--eagerness", "0"]) == 0
    assert "ms later" in capsys.readouterr().out


@pytest.mark.parametrize("wrong", [["--eagerness", "2"], ["--set", "silence_ms=soon"], ["--set", "silense_ms=200"]])
def test_wrong_timers_are_one_sentence(session: Path, wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sessions", "what-if", str(session), *wrong]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    [line] = said.err.splitlines()
    assert line.startswith("studio: ")


def test_an_older_recording_of_hardly_any_events_is_tried_all_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    kept = Path(__file__).parents[1] / "recordings" / "v2"
    assert main(["sessions", "what-if", str(kept), "--eagerness", "1"]) == 0
    assert "cut-ins: 0 then" in capsys.readouterr().out
