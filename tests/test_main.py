"""The command line end to end, in this process: scripted calls on the virtual clock, and all that can be wrong."""

import json
import re
import struct
from collections.abc import AsyncGenerator, Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from studio.__main__ import main
from studio.app import headless
from studio.app.measured import medians
from studio.audio.devices import SoundSystem
from studio.model.errors import DeviceError, ErrorCategory, PresetError, ProviderError
from studio.model.report import SessionReport
from studio.pipeline.ports import ReplyPiece
from studio.providers.scripted import ScriptedLlm
from studio.recording.reader import open_session
from tests.virtual_call import PRESET, caller


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    return caller(tmp_path / "caller.wav", [(500, 1500), (5000, 6000)], 7000)


def talk(recording: Path, *more: str | Path) -> list[str]:
    arguments = ["talk", "--preset", PRESET, "--loop", "virtual", "--in", recording, *more]
    return [str(argument) for argument in arguments]


def report_of(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> SessionReport:
    assert main([*arguments, "--json"]) == 0
    return SessionReport.model_validate_json(capsys.readouterr().out)


# --- calls -------------------------------------------------------------------------------------


def test_a_call_is_told_as_one_json_object(recording: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = report_of(capsys, talk(recording, "--no-record"))
    assert (report.session, report.preset, report.counts.answered) == (None, "scripted", 2)
    for turn in report.turns:
        assert sum(span.ms for span in turn.spans) == pytest.approx(turn.v2v_ms, abs=1)
        assert next(span.ms for span in turn.spans if span.name == "unattributed") <= 10
    assert [turn.agent.heard for turn in report.turns] == ["It is sunny today. Take a hat.", "Tomorrow it will rain."]


def test_the_same_call_is_the_same_twice(recording: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = (report_of(capsys, talk(recording, "--no-record")) for _ in range(2))
    assert first == second


def test_a_call_is_told_as_lines(recording: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(talk(recording, "--no-record")) == 0
    said = capsys.readouterr()
    assert "You:   What is the weather like?" in said.out
    assert "Agent: It is sunny today. Take a hat." in said.out
    assert "waited 160 ms for silence" in said.out or "ms: " in said.out
    assert "Session:" not in said.out
    assert "Traceback" not in said.err


def test_the_answers_are_on_the_callers_clock(
    recording: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "agent.wav"
    report = report_of(capsys, talk(recording, "--no-record", "--out", out))
    sound, rate_hz = soundfile.read(out)
    assert soundfile.info(out).channels == 1
    loud = np.flatnonzero(np.abs(sound) > 0.01) * 1000 / rate_hz
    first = report.turns[0].agent
    assert first.start_ms is not None
    assert abs(loud[0] - first.start_ms) < 1
    for turn in report.turns:
        assert turn.agent.start_ms is not None
        assert turn.agent.end_ms is not None
        part = sound[round(turn.agent.start_ms * rate_hz / 1000) : round(turn.agent.end_ms * rate_hz / 1000)]
        assert np.abs(part).max() > 0.1
    assert not list(tmp_path.glob("*.partial"))


def test_a_call_is_recorded_where_it_is_told(
    recording: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "sessions" / "one"
    report = report_of(capsys, talk(recording, "--record", folder))
    assert report.session == str(folder)
    again = report_of(capsys, ["sessions", "show", str(folder)])
    assert again.turns == report.turns
    assert again.preset == "scripted"
    assert open_session(folder).header.preset_name == "scripted"


def test_a_folder_that_holds_things_gets_the_session_inside(
    recording: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("keep")
    report = report_of(capsys, talk(recording, "--record", tmp_path / "mine"))
    assert report.session is not None
    assert Path(report.session).parent == tmp_path / "mine"
    assert (tmp_path / "mine" / "notes.txt").read_text() == "keep"
    assert main(["sessions", "show", str(tmp_path / "mine")]) == 0
    assert "What is the weather like?" in capsys.readouterr().out


def test_an_empty_folder_becomes_the_session(
    recording: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "new").mkdir()
    assert report_of(capsys, talk(recording, "--record", tmp_path / "new")).session == str(tmp_path / "new")


def test_without_a_word_a_session_goes_to_the_users_sessions(
    recording: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STUDIO_SESSIONS", str(tmp_path / "sessions"))
    assert main(talk(recording)) == 0
    [folder] = (tmp_path / "sessions").iterdir()
    assert f"Session: {folder}" in capsys.readouterr().out
    assert main(["sessions", "list"]) == 0
    assert str(folder) in capsys.readouterr().out
    assert main(["sessions", "list", "--json"]) == 0
    [row] = json.loads(capsys.readouterr().out)["sessions"]
    assert (row["session"], row["closed"], row["problem"]) == (str(folder), True, None)
    assert main(["sessions"]) == 0


def test_parts_are_chosen_on_the_command_line(recording: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = report_of(capsys, talk(recording, "--no-record", "--tts", "scripted/other"))
    assert report.counts.answered == 2


# --- everything that can be wrong --------------------------------------------------------------


def pcm_wav(channels: int = 1, rate_hz: int = 16_000, promised: int = 3200, there: int = 3200) -> bytes:
    fmt = struct.pack("<HHIIHH", 1, channels, rate_hz, rate_hz * 2 * channels, 2 * channels, 16)
    return (
        b"RIFF"
        + struct.pack("<I", 36 + promised)
        + b"WAVEfmt "
        + struct.pack("<I", 16)
        + fmt
        + b"data"
        + struct.pack("<I", promised)
        + b"\1\0" * (there // 2)
    )


def sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.write(pcm_wav(promised=(1 << 32) - 100, there=0))
        file.truncate((1 << 32) + 44)


def not_a_number(path: Path) -> None:
    soundfile.write(path, np.full(16_000, np.nan, dtype=np.float32), 16_000, subtype="FLOAT")


WRONG_RECORDINGS: dict[str, Callable[[Path], object]] = {
    "missing": lambda _path: None,
    "folder": lambda path: path.mkdir(),
    "empty": lambda path: path.write_bytes(b""),
    "truncated": lambda path: path.write_bytes(pcm_wav(promised=320_000)),
    "header only": lambda path: path.write_bytes(pcm_wav()[:30]),
    "no samples": lambda path: path.write_bytes(pcm_wav(promised=0, there=0)),
    "no audio": lambda path: path.write_text("Dear diary,\n" * 100),
    "no channels": lambda path: path.write_bytes(pcm_wav(channels=0)),
    "no rate": lambda path: path.write_bytes(pcm_wav(rate_hz=0)),
    "four gigabytes": sparse,
    "not a number": not_a_number,
}


def refused(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> str:
    """The one sentence with which the command is refused."""
    assert main(arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "Traceback" not in said.err
    [line] = [line for line in said.err.splitlines() if not line.startswith("Loading ")]
    assert line.startswith("studio: ")
    assert line.endswith((".", "WAV", "wav")), line
    return line.removeprefix("studio: ")


@pytest.mark.parametrize("name", WRONG_RECORDINGS)
def test_a_recording_that_cannot_be_used(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "bad.wav"
    WRONG_RECORDINGS[name](path)
    there = sorted(tmp_path.iterdir())
    kept = ["--out", str(tmp_path / "agent.wav"), "--record", str(tmp_path / "session"), "--json"]
    assert str(path) in refused(capsys, [*talk(path), *kept])
    assert sorted(tmp_path.iterdir()) == there, "nothing half-written is left behind"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--preset", "nothing"], "There is no preset 'nothing'"),
        (["--preset", "missing.toml"], "missing.toml: no such preset file."),
        (["--tts", "nobody/x"], "tts: unknown provider 'nobody'"),
        (["--s2s", "gemini/live"], "s2s: this version of the studio has no provider"),
        (["--base-url", "openai"], "--base-url openai: give PROVIDER=URL"),
        (["--base-url", "openai=127.0.0.1"], "--base-url openai=127.0.0.1: give PROVIDER=URL"),
        (["--base-url", "openai=http://127.0.0.1:1"], "this preset uses no provider called 'openai'"),
        (["--base-url", "scripted=http://127.0.0.1:1"], "unknown key 'base_url' for scripted"),
        (["--out", "/nowhere/at/all.wav"], "the folder /nowhere/at does not exist"),
        (["--out", "."], "it is a folder"),
    ],
)
def test_a_call_that_cannot_be(
    arguments: list[str], sentence: str, recording: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    there = sorted(tmp_path.iterdir())
    assert sentence in refused(capsys, [*talk(recording), "--record", str(tmp_path / "session"), *arguments])
    assert sorted(tmp_path.iterdir()) == there


def test_the_output_does_not_replace_the_caller(recording: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = recording.read_bytes()
    assert "give --out another file" in refused(capsys, [*talk(recording), "--out", str(recording), "--no-record"])
    assert recording.read_bytes() == before


def test_a_server_that_is_not_there_leaves_nothing_behind(
    recording: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The output of an earlier call is not replaced by that of one that never began."""
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    out = tmp_path / "agent.wav"
    out.write_bytes(b"earlier")
    there = sorted(tmp_path.iterdir())
    nobody = ["--llm", "openai/x", "--base-url", "openai=http://127.0.0.1:9/v1"]
    kept = ["--out", str(out), "--record", str(tmp_path / "session")]
    assert "Cannot reach 127.0.0.1" in refused(capsys, [*talk(recording), *nobody, *kept])
    assert sorted(tmp_path.iterdir()) == there
    assert out.read_bytes() == b"earlier"


def test_a_folder_that_waits_for_a_session_stays_when_there_is_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "new").mkdir()
    refused(capsys, [*talk(tmp_path / "missing.wav"), "--record", str(tmp_path / "new")])
    assert (tmp_path / "new").is_dir()


def test_without_devices_a_call_is_refused_and_says_what_works(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SoundSystem, "devices", lambda _self: [])
    assert "studio talk --in caller.wav" in refused(capsys, ["devices"])


def test_a_sound_system_that_cannot_be_asked_is_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: SoundSystem) -> None:
        raise DeviceError("The sound system does not answer.")

    monkeypatch.setattr(SoundSystem, "devices", fail)
    assert refused(capsys, ["devices"]) == "The sound system does not answer."


def test_debug_shows_the_traceback_before_or_after_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["--debug", "presets", "show", "nothing"], ["presets", "show", "--debug", "nothing"]):
        assert main(arguments) == 2
        said = capsys.readouterr().err
        assert "Traceback" in said
        assert PresetError.__name__ in said
        assert said.splitlines()[-1].startswith("studio: There is no preset")


@pytest.mark.parametrize("arguments", [["fly"], ["talk", "--loop", "odd"], ["talk", "--fast"], ["sessions", "show"]])
def test_a_wrong_argument_is_one_sentence(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("studio")
    assert line.endswith("--help.")


def test_a_bug_is_not_taken_for_bad_input(
    recording: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(headless, "talk", fail)
    with pytest.raises(ZeroDivisionError):
        main(talk(recording, "--no-record"))


def test_breaking_off_is_no_error_message(
    recording: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(headless, "talk", interrupt)
    assert main(talk(recording, "--no-record")) == 130
    assert capsys.readouterr().err == ""


# --- the smaller commands ----------------------------------------------------------------------


def test_presets_are_listed_shown_and_checked(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["presets"]) == main(["presets", "list"]) == 0
    assert capsys.readouterr().out.count("embedded") >= 2
    assert main(["presets", "show", str(PRESET)]) == 0
    assert capsys.readouterr().out == PRESET.read_text()
    assert main(["presets", "validate", str(PRESET), "embedded"]) == 0
    assert capsys.readouterr().out.splitlines() == [f"{PRESET}: valid", "embedded: valid"]


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--version"])
    assert caught.value.code == 0
    assert capsys.readouterr().out.startswith("Voice Agent Studio ")


def test_a_window_needs_a_display(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    assert "There is no display. Without one: studio talk" in refused(capsys, [])
    assert "There is no display" in refused(capsys, ["--preset", "embedded"])


@pytest.mark.parametrize("folder", ["missing", "empty"])
def test_no_session_to_show(folder: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty").mkdir()
    assert str(tmp_path / folder) in refused(capsys, ["sessions", "show", str(tmp_path / folder)])


def test_a_session_that_broke_off_says_so_and_is_recovered(
    recording: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "session"
    report_of(capsys, talk(recording, "--record", folder))
    assert main(["sessions", "recover", str(folder)]) == 0
    assert capsys.readouterr().out == "nothing to repair\n"
    events = folder / "events.jsonl"
    events.write_bytes(events.read_bytes()[:-9])
    assert main(["sessions", "show", str(folder)]) == 0
    assert "not closed. It is complete up to" in (out := capsys.readouterr().out)
    assert out.endswith(f"studio sessions recover {folder}\n")
    assert main(["sessions", "show", "--json", str(folder)]) == 0
    printed = capsys.readouterr()
    assert SessionReport.model_validate_json(printed.out).session == str(folder)
    assert printed.err == "".join(out.splitlines(keepends=True)[-2:])
    assert main(["sessions", "recover", str(folder)]) == 0
    assert re.fullmatch(r"Cut off \d+ bytes of a torn line at the end of events.jsonl.\n", capsys.readouterr().out)
    assert main(["sessions", "recover", str(folder)]) == 0
    assert capsys.readouterr().out == "nothing to repair\n"
    assert "holds neither" in refused(capsys, ["sessions", "recover", str(tmp_path)])


def test_every_preset_is_checked_even_after_a_bad_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["presets", "validate", "missing.toml", "embedded", "nothing"]) == 2
    said = capsys.readouterr()
    assert said.out == "embedded: valid\n"
    assert len(said.err.splitlines()) == 2


def test_what_failed_is_told_on_stderr_beside_the_json(
    recording: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def reply(_llm: ScriptedLlm, _messages: object, _tools: object) -> AsyncGenerator[ReplyPiece, None]:
        raise ProviderError("The server went away.", ErrorCategory.CONNECTION)
        yield ReplyPiece("")

    monkeypatch.setattr(ScriptedLlm, "reply", reply)
    assert main([*talk(recording), "--json", "--no-record"]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["counts"]["answered"] == 0
    assert "Trouble (llm): The server went away." in said.err


def test_sessions_of_no_folder_and_of_an_empty_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sessions", "list", str(tmp_path / "missing")]) == 2
    assert main(["sessions", "list", str(tmp_path)]) == 0
    said = capsys.readouterr()
    assert "is no folder" in said.err
    assert said.out.startswith("No sessions in")


def test_servers_are_given_before_or_after_the_command(recording: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (
        ["--base-url", "nobody=http://h", *talk(recording, "--no-record")],
        talk(recording, "--no-record", "--base-url", "nobody=http://h"),
    ):
        assert main(arguments) == 2
        assert "uses no provider called 'nobody'" in capsys.readouterr().err


def test_the_window_is_told_where_the_providers_are(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[tuple[object, ...]] = []

    def run(*what: object) -> int:
        opened.append(what)
        return 0

    monkeypatch.setattr("studio.app.display.has_display", lambda *_: True)
    monkeypatch.setattr("studio.ui.main.run", run)
    assert main(["--preset", "fastest", "--base-url", "*=http://h/{provider}"]) == 0
    assert main([]) == 0
    assert opened == [("fastest", (("*", "http://h/{provider}"),)), (None, ())]
    assert main(["--base-url", "nowhere"]) == 2


def test_what_a_call_measured_is_kept_for_plans(
    recording: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("studio.app.measured.measured_file", lambda: tmp_path / "measured.json")
    report_of(capsys, talk(recording, "--no-record"))
    assert medians()["llm scripted/script"] == 100


def test_measured_times_that_cannot_be_kept_do_not_spoil_the_call(
    recording: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setattr("studio.app.measured.measured_file", lambda: tmp_path / "file" / "measured.json")
    assert main(talk(recording, "--no-record")) == 0
    assert "What was measured cannot be kept" in capsys.readouterr().err
