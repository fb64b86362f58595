"""The recorder on good, slow, full, read-only and vanished disks."""

import errno
import os
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from io import FileIO
from pathlib import Path

import numpy as np
import pytest

from studio.model.audio import AudioBlock
from studio.model.errors import SessionError
from studio.model.events import CallEnded, Muted, RecordingSwitched, StageReady, TrackStarted, UserAudio
from studio.model.terms import Track
from studio.model.time import Instant
from studio.pipeline.bus import Subscriber
from studio.recording import disk
from studio.recording.reader import Session, open_session
from studio.recording.writer import SessionWriter
from tests.recording.calls import RATES_HZ, block, expected_events, header, settings, sound, speak, whole_call

BLOCKS = 200  # 2 s


def assert_sound(session: Session, blocks: int) -> None:
    for track, rate_hz in RATES_HZ.items():
        count = blocks * rate_hz // 100
        recorded = session.tracks[track]
        assert (recorded.length, recorded.rate_hz) == (count, rate_hz)
        assert np.array_equal(recorded.read(), sound(track, 0, count))


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


@pytest.mark.parametrize("compress", [False, True])
def test_everything_published_is_read_back(tmp_path: Path, compress: bool) -> None:
    reports: list[str] = []
    writer: Subscriber = SessionWriter(settings(tmp_path / "new" / "s", reports.append, compress))
    assert isinstance(writer, SessionWriter)
    events = whole_call(writer, BLOCKS)
    writer.close()
    writer.close()
    session = open_session(writer.folder)
    assert session.events == tuple(events)
    assert session.header == header()
    assert (session.recovered, session.damage, reports) == (None, (), [])
    assert writer.acknowledged == len(events)
    assert_sound(session, BLOCKS)
    ending = "flac" if compress else "wav"
    assert {path.name for path in writer.folder.iterdir()} == {
        "header.json",
        "events.jsonl",
        *(f"{track}.{ending}" for track in RATES_HZ),
    }


def test_a_running_session_can_be_read_and_says_so(tmp_path: Path) -> None:
    writer = SessionWriter(settings(tmp_path / "s", pytest.fail))
    count = sum(speak(writer, number) for number in range(20))
    wait_until(lambda: writer.acknowledged == count)
    session = open_session(writer.folder)
    assert session.recovered is not None
    assert "still being recorded" in session.recovered
    assert_sound(session, 20)
    writer.close()
    broken_off = open_session(writer.folder).recovered
    assert broken_off is not None
    assert "not closed" in broken_off


def test_recording_can_be_switched_off_and_on(tmp_path: Path) -> None:
    writer = SessionWriter(settings(tmp_path / "s", pytest.fail))
    for number in range(60):
        if number in (20, 40):
            writer.on_event(RecordingSwitched(Instant(number), on=number == 40))
        speak(writer, number)
    writer.close()
    session = open_session(writer.folder)
    assert sum(isinstance(event, UserAudio) for event in session.events) == 40
    for track, rate_hz in RATES_HZ.items():
        third = rate_hz // 100 * 20
        heard = session.tracks[track].read()
        assert heard.size == 3 * third
        assert not heard[third : 2 * third].any()
        assert np.array_equal(heard[2 * third :], sound(track, 2 * third, third))


def test_switched_off_nothing_is_kept_of_what_is_said(tmp_path: Path) -> None:
    writer = SessionWriter(replace(settings(tmp_path / "s", pytest.fail), header=header(audio=False)))
    events = whole_call(writer, 30)
    writer.close()
    session = open_session(writer.folder)
    assert {type(event) for event in session.events} <= {StageReady, TrackStarted, CallEnded}
    assert session.events[-1] == events[-1]
    assert (dict(session.tracks), session.damage, session.recovered) == ({}, (), None)


def test_positions_past_32_bits(tmp_path: Path) -> None:
    """50 hours into a call: the gap is silence and costs no disk."""
    writer = SessionWriter(settings(tmp_path / "s", pytest.fail))
    late = 50 * 3600 * 48_000
    writer.on_audio(Track.PLAYED, AudioBlock(sound(Track.PLAYED, 7, 480), late, Instant(0)), 48_000)
    writer.close()
    track = open_session(writer.folder).tracks[Track.PLAYED]
    assert track.length == late + 480
    assert np.array_equal(track.read(late), sound(Track.PLAYED, 7, 480))


def test_one_folder_one_writer(tmp_path: Path) -> None:
    first = SessionWriter(settings(tmp_path / "s", pytest.fail))
    with pytest.raises(SessionError, match="there is something already"):
        SessionWriter(settings(tmp_path / "s", pytest.fail))
    events = whole_call(first, 20)
    first.close()
    assert open_session(tmp_path / "s").events == tuple(events)
    assert [path.name for path in tmp_path.iterdir()] == ["s"]


def test_a_slow_disk_is_not_felt_by_the_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()
    append = disk.append

    def stalled(file: FileIO, data: bytes) -> None:
        assert release.wait(30)
        append(file, data)

    writer = SessionWriter(settings(tmp_path / "s", pytest.fail))
    monkeypatch.setattr(disk, "append", stalled)
    for number in range(500):  # 5 s of call while nothing at all is written
        speak(writer, number)
    assert writer.acknowledged == 0
    assert writer.recording
    release.set()
    writer.close()
    assert_sound(open_session(writer.folder), 500)


def test_a_disk_that_never_catches_up_ends_the_recording_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = threading.Event()
    append = disk.append

    def stalled(file: FileIO, data: bytes) -> None:
        assert release.wait(30)
        append(file, data)

    reports: list[str] = []
    writer = SessionWriter(replace(settings(tmp_path / "s", reports.append), queue_limit_bytes=200_000))
    monkeypatch.setattr(disk, "append", stalled)
    for number in range(200):
        speak(writer, number)
    assert len(reports) == 1
    assert "too slow" in reports[0]
    assert not writer.recording
    release.set()
    writer.close()
    session = open_session(writer.folder)
    assert 0 < len(session.events) == writer.acknowledged
    assert session.damage == ()
    assert session.events == tuple(expected_events(BLOCKS)[4:][: len(session.events)])


@pytest.fixture
def tiny_disk() -> Iterator[Path]:
    """A file system of 1 MB."""
    folder = Path(tempfile.mkdtemp())
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], capture_output=True, check=False)
    if made.returncode != 0:
        folder.rmdir()
        pytest.skip("mounting a small file system needs root")
    yield folder
    subprocess.run(["umount", folder], check=True)
    folder.rmdir()


def test_a_full_disk_ends_the_recording_and_keeps_what_was_written(tiny_disk: Path) -> None:
    reports: list[str] = []
    writer = SessionWriter(replace(settings(tiny_disk / "s", reports.append), low_disk_bytes=500_000_000))
    for number in range(1000):
        speak(writer, number)
        if number % 20 == 0:
            time.sleep(0.002)
    wait_until(lambda: not writer.recording)
    acknowledged = writer.acknowledged
    speak(writer, 1000)
    writer.close()
    assert [sentence for sentence in reports if "free" in sentence] in ([], reports[:1])
    assert "the disk is full" in reports[-1]
    session = open_session(writer.folder)
    assert session.events == tuple(expected_events(1000)[4:][:acknowledged])
    assert session.damage == ()
    assert session.recovered is not None
    for track in session.tracks:
        kept = session.tracks[track].read()
        assert np.array_equal(kept, sound(track, 0, kept.size))


def test_a_read_only_disk_is_refused_before_the_call(tiny_disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", tiny_disk], check=True)
    with pytest.raises(SessionError, match="may not be written"):
        SessionWriter(settings(tiny_disk / "s", pytest.fail))


def test_a_folder_that_vanishes_is_noticed(tmp_path: Path) -> None:
    reports: list[str] = []
    writer = SessionWriter(settings(tmp_path / "s", reports.append))
    speak(writer, 0)
    wait_until(lambda: writer.acknowledged > 0)
    shutil.rmtree(tmp_path / "s")
    wait_until(lambda: not writer.recording)
    writer.close()
    assert len(reports) == 1
    assert "the folder is gone" in reports[0]


def test_little_free_space_is_told_once_and_the_recording_goes_on(tmp_path: Path) -> None:
    reports: list[str] = []
    writer = SessionWriter(replace(settings(tmp_path / "s", reports.append), low_disk_bytes=1 << 60))
    for number in range(0, 200, 50):  # each of them ends a turn, which flushes
        count = writer.acknowledged + speak(writer, number)
        wait_until(lambda count=count: writer.acknowledged >= count)  # type: ignore[misc]
    writer.on_event(CallEnded(Instant(1), "hung_up"))
    writer.close()
    assert len(reports) == 1
    assert "MB are free" in reports[0]
    assert open_session(writer.folder).recovered is None


def test_any_write_may_fail_at_any_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail at the first write, then at the second and so on, until a call finishes without the fault."""
    append = disk.append
    for fail_at in range(1000):
        calls = 0

        def failing(file: FileIO, data: bytes, fail_at: int = fail_at) -> None:
            nonlocal calls
            calls += 1
            if calls > fail_at:
                append(file, data[: len(data) // 2])  # a full disk takes a part
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            append(file, data)

        reports: list[str] = []
        folder = tmp_path / str(fail_at)
        monkeypatch.setattr(disk, "append", failing)
        try:
            writer = SessionWriter(settings(folder, reports.append))
        except SessionError:
            assert not folder.exists()
            continue
        events = whole_call(writer, 20)
        writer.close()
        monkeypatch.setattr(disk, "append", append)
        session = open_session(folder)
        assert len(session.events) == writer.acknowledged
        assert session.events == tuple(events[: writer.acknowledged])
        if calls <= fail_at:
            assert (reports, session.recovered) == ([], None)
            return
        assert len(reports) == 1
    pytest.fail("the fault never stopped firing")


def test_an_event_without_json_form_is_reported_and_the_rest_recorded(tmp_path: Path) -> None:
    reports: list[str] = []
    writer = SessionWriter(settings(tmp_path / "s", reports.append))
    writer.on_event(UserAudio(Instant(0), Instant(0), 10.0, float("nan"), 0.5, 0.0))
    writer.on_event(Muted(Instant(1), on=True))
    writer.close()
    assert open_session(writer.folder).events == (Muted(Instant(1), on=True),)
    assert len(reports) == 1
    assert "UserAudio" in reports[0]


def test_a_track_that_changes_its_rate_is_a_fault_that_is_told(tmp_path: Path) -> None:
    reports: list[str] = []
    writer = SessionWriter(settings(tmp_path / "s", reports.append))
    writer.on_audio(Track.USER, block(Track.USER, 0), 16_000)
    writer.on_audio(Track.USER, block(Track.USER, 1), 44_100)
    writer.close()
    assert ["44100" in sentence and "fault" in sentence for sentence in reports] == [True]
