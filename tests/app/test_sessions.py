import json
import shutil
from io import FileIO
from pathlib import Path

import pytest

from studio.app.headless import Screen, talk
from studio.app.sessions import as_json, as_lines, cost_line, damage_lines, open_newest, report, report_lines
from studio.app.voice_link import CallRequest
from studio.model.errors import SessionError
from studio.model.report import SessionCostReport, SessionReport
from studio.recording import disk
from studio.recording.sessions import list_sessions
from tests.virtual_call import PRESET, caller


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, SessionReport]:
    """The folder of a call with a barge-in, and what was reported when it ended."""
    folder = tmp_path_factory.mktemp("sessions")
    recording = caller(folder / "caller.wav", [(500, 1500), (2300, 3500)], 4000)
    request = CallRequest(str(PRESET), recording=recording, record_to=folder / "one", virtual=True)
    return folder / "one", talk(request, Screen(print, print, print))


def test_a_recorded_call_is_reported_as_it_was_live(recorded: tuple[Path, SessionReport]) -> None:
    folder, live = recorded
    assert report(open_newest(folder)) == live
    assert open_newest(folder.parent).folder == folder, "of a folder of sessions: the newest"


def test_a_report_as_lines(recorded: tuple[Path, SessionReport]) -> None:
    folder, _ = recorded
    text = "\n".join(report_lines(open_newest(folder)))
    assert text.startswith(f"{folder}  scripted\n  1  V2V ")
    assert "     You:   What is the weather like?" in text
    assert "[cut off]" in text
    assert "endpointing_wait 1" in text
    assert "2 turns, 2 answered, 1 interrupted" in text
    assert "\nv2v                    p50" in text
    assert "\nbarge_in_stop          p50" in text
    assert "tool_call" not in text
    assert "\n     intent: question (" in text
    assert "answers:" not in text, "the preset has one model: there is nothing to choose"


def test_sessions_are_listed(recorded: tuple[Path, SessionReport]) -> None:
    folder, _ = recorded
    [row] = json.loads(as_json(list_sessions(folder.parent)))["sessions"]
    assert (row["session"], row["turns"], row["closed"], row["problem"]) == (str(folder), 2, True, None)
    [line] = as_lines(list_sessions(folder.parent))
    assert str(folder) in line
    assert "2 turns" in line
    assert json.loads(as_json([])) == {"sessions": []}


def test_where_there_is_no_session(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "missing"):
        with pytest.raises(SessionError, match=str(folder)):
            open_newest(folder)


def broken_off(whole: Path, folder: Path) -> Path:
    """The session as a kill in the middle of a line, and a bad disk, leave it."""
    shutil.copytree(whole, folder)
    events = folder / "events.jsonl"
    kept = events.read_bytes().splitlines(keepends=True)[:50]
    events.write_bytes(b"".join([*kept[:20], b"{?\n", *kept[21:49], kept[49][:-9]]))
    return folder


def test_what_is_wrong_with_a_session_ends_its_report(recorded: tuple[Path, SessionReport], tmp_path: Path) -> None:
    whole, _ = recorded
    assert list(damage_lines(open_newest(whole))) == []
    session = open_newest(broken_off(whole, tmp_path / "broken"))
    *_, state, advice, damage = report_lines(session)
    assert state.startswith("This session was not closed. It is complete up to ")
    assert advice.endswith(f"studio sessions recover {session.folder}")
    assert damage.startswith("events.jsonl, line 21: ")


def test_a_call_under_way_needs_no_recovery(recorded: tuple[Path, SessionReport], tmp_path: Path) -> None:
    folder = broken_off(recorded[0], tmp_path / "live")
    with FileIO(folder / "events.jsonl", "a") as events:
        assert disk.lock(events)
        state, _damage = damage_lines(open_newest(folder))
    assert "still being recorded" in state


def test_a_folder_that_is_a_session_is_that_session_whatever_else_it_holds(
    recorded: tuple[Path, SessionReport], tmp_path: Path
) -> None:
    folder = tmp_path / "older"
    shutil.copytree(recorded[0], folder)
    shutil.copytree(recorded[0], folder / "newer")
    assert open_newest(folder).folder == folder
    assert {summary.folder for summary in list_sessions(folder)} == {folder, folder / "newer"}


def test_the_list_counts_turns_as_the_report_does(recorded: tuple[Path, SessionReport]) -> None:
    folder, report_live = recorded
    [summary] = [found for found in list_sessions(folder.parent) if found.folder == folder]
    assert summary.turns == report_live.counts.turns


def test_what_a_call_cost_is_one_line() -> None:
    report = SessionCostReport(
        usd=0.0213,
        stages={"stt": 0.0043, "llm": 0.017, "tts": 0.0},
        cache_saved_usd=0.002,
        wasted_usd=0.001,
        prompt_tokens=1000,
        cache_read_tokens=600,
        cache_write_tokens=0,
        unpriced=["acme/voice"],
        minutes=1.5,
        usd_per_minute=0.0142,
        prices_as_of={},
    )
    told, saved, unpriced = cost_line(report).split("; ")
    assert told == "$0.0213, $0.0142 a minute (stt $0.0043, llm $0.0170)"
    assert (saved, unpriced) == ("prompt cache saved $0.0020", "no price known for acme/voice")
