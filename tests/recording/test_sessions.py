from datetime import UTC, datetime
from pathlib import Path

import pytest

from studio.model.events import CallEnded
from studio.model.session import Header
from studio.model.time import Instant, milliseconds
from studio.recording.checked_json import encode
from studio.recording.reader import open_session
from studio.recording.sessions import list_sessions, new_folder
from studio.recording.writer import RecordingSettings, SessionWriter
from tests.recording.calls import header, settings, speak, whole_call

STARTED = datetime(2026, 11, 23, 22, 5, 1, tzinfo=UTC)


def test_names_say_when_and_what_and_are_unique(tmp_path: Path) -> None:
    names = []
    for _ in range(3):
        folder = new_folder(tmp_path, STARTED, "embedded")
        folder.mkdir()
        names.append(folder.name)
    assert names == [f"2026-11-23T22-05-01-embedded{ending}" for ending in ("", "-2", "-3")]


@pytest.mark.parametrize(
    ("preset", "word"), [("../../etc/x", "etc-x"), ("상담원", "call"), ("A  b!", "a-b"), ("", "call")]
)
def test_names_are_safe_on_every_file_system(tmp_path: Path, preset: str, word: str) -> None:
    assert new_folder(tmp_path, STARTED, preset) == tmp_path / f"2026-11-23T22-05-01-{word}"


def test_summaries_agree_with_the_sessions(tmp_path: Path) -> None:
    for number, blocks in enumerate((150, 10)):
        started = header().model_copy(update={"started": datetime(2026, 1, 1 + number, tzinfo=UTC)})
        writer = SessionWriter(RecordingSettings(tmp_path / f"s{number}", started, pytest.fail, low_disk_bytes=0))
        whole_call(writer, blocks)
        writer.close()
    newest, oldest = list_sessions(tmp_path)
    assert (newest.folder.name, oldest.folder.name) == ("s1", "s0")
    assert (oldest.turns, oldest.closed, oldest.title) == (3, True, "Empfang")
    assert oldest.length == milliseconds(1500) == open_session(oldest.folder).length


def test_a_session_that_broke_off_or_cannot_be_opened_is_listed(tmp_path: Path) -> None:
    writer = SessionWriter(settings(tmp_path / "broken-off", pytest.fail))
    for number in range(60):
        speak(writer, number)
    writer.close()
    with (writer.folder / "events.jsonl").open("ab") as file:
        file.write(encode({"at": 1})[:-4])
    (tmp_path / "newer").mkdir()
    (tmp_path / "newer" / "header.json").write_bytes(encode({"format": 99}))
    (tmp_path / "newer" / "events.jsonl").touch()
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "header.json").write_bytes(encode(Header.unknown(STARTED).model_dump(mode="json")))
    (tmp_path / "empty" / "events.jsonl").touch()
    (tmp_path / "no session").mkdir()
    found = {summary.folder.name: summary for summary in list_sessions(tmp_path)}
    assert set(found) == {"broken-off", "newer", "empty"}
    assert (found["broken-off"].turns, found["broken-off"].closed) == (2, False)
    assert found["broken-off"].length == milliseconds(590)
    assert found["newer"].problem is not None
    assert "please update" in found["newer"].problem
    assert (found["empty"].length, found["empty"].problem) == (0, None)


def test_words_spoken_in_a_call_are_not_counted_as_turns(tmp_path: Path) -> None:
    """An agent that says what an event looks like does not change the summary."""
    writer = SessionWriter(settings(tmp_path / "s", pytest.fail))
    speak(writer, 1)
    text = '\n{"event":"TurnCommitted","at":1}\n{"event":"CallEnded",'
    writer.on_event(CallEnded(Instant(10**7), text))
    writer.close()
    assert [(summary.turns, summary.closed) for summary in list_sessions(tmp_path)] == [(0, True)]


def test_a_missing_folder_holds_no_sessions(tmp_path: Path) -> None:
    assert list_sessions(tmp_path / "missing") == []
