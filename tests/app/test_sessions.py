import json
from pathlib import Path

import pytest

from studio.app.headless import talk
from studio.app.sessions import as_json, as_lines, report, report_lines
from studio.app.voice_link import CallRequest
from studio.model.errors import SessionError
from studio.model.report import SessionReport
from studio.recording.sessions import list_sessions
from tests.virtual_call import PRESET, caller


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, SessionReport]:
    """The folder of a call with a barge-in, and what was reported when it ended."""
    folder = tmp_path_factory.mktemp("sessions")
    recording = caller(folder / "caller.wav", [(500, 1500), (2300, 3500)], 4000)
    request = CallRequest(str(PRESET), recording=recording, record_to=folder / "one", virtual=True)
    return folder / "one", talk(request, lambda _: None, lambda _: None)


def test_a_recorded_call_is_reported_as_it_was_live(recorded: tuple[Path, SessionReport]) -> None:
    folder, live = recorded
    assert report(folder) == live
    assert report(folder.parent).session == str(folder), "of a folder of sessions: the newest"


def test_a_report_as_lines(recorded: tuple[Path, SessionReport]) -> None:
    folder, live = recorded
    text = "\n".join(report_lines(live))
    assert text.startswith(f"{folder}  scripted\n  0  V2V ")
    assert "     You:   What is the weather like?" in text
    assert "[cut off]" in text
    assert "endpointing_wait 1" in text
    assert "2 turns, 2 answered, 1 interrupted" in text
    assert "\nv2v                    p50" in text
    assert "\nbarge_in_stop          p50" in text
    assert "tool_call" not in text


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
            report(folder)
