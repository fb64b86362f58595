"""Damaged, hostile, old and newer sessions."""

import json
import random
import shutil
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from studio.model.errors import SessionError
from studio.model.events import CallEnded, Event, RecordingSwitched, TrackStarted
from studio.model.terms import Track
from studio.model.time import Instant
from studio.recording.checked_json import LONGEST_LINE, encode
from studio.recording.reader import open_session
from studio.recording.writer import SessionWriter
from tests.recording.calls import RATES_HZ, expected_events, header, settings, sound, whole_call

KEPT = sorted((Path(__file__).parents[1] / "recordings").iterdir())
_IN_RANGE = {int: st.integers(0, 2**63 - 1), float: st.floats(-1e9, 1e9)}

st.register_type_strategy(int, _IN_RANGE[int])
st.register_type_strategy(float, _IN_RANGE[float])
st.register_type_strategy(Instant, st.integers(0, 2**63 - 1).map(Instant))
any_event: st.SearchStrategy[Event] = st.one_of([st.from_type(kind) for kind in get_args(Event)])


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sessions") / "s"
    writer = SessionWriter(settings(folder, pytest.fail))
    whole_call(writer, 40)
    writer.close()
    return folder


@pytest.fixture
def session(recorded: Path, tmp_path: Path) -> Path:
    """A copy that may be damaged."""
    return Path(shutil.copytree(recorded, tmp_path / "s"))


@hypothesis_settings(max_examples=30, deadline=None)
@given(st.lists(any_event.filter(lambda event: not isinstance(event, TrackStarted | RecordingSwitched)), max_size=20))
def test_any_events_survive(tmp_path_factory: pytest.TempPathFactory, events: list[Event]) -> None:
    writer = SessionWriter(settings(tmp_path_factory.mktemp("any") / "s", pytest.fail))
    for event in events:
        writer.on_event(event)
    writer.close()
    session = open_session(writer.folder)
    assert session.events == tuple(events)
    assert session.damage == ()
    assert (session.recovered is None) is any(isinstance(event, CallEnded) for event in events)


@pytest.mark.parametrize("folder", KEPT, ids=lambda folder: folder.name)
def test_every_old_format_opens(folder: Path) -> None:
    session = open_session(folder)
    assert session.events == tuple(expected_events(60))
    assert (session.recovered, session.damage) == (None, ())
    assert session.header.preset == header().preset
    for track, rate_hz in RATES_HZ.items():
        assert np.array_equal(session.tracks[track].read(), sound(track, 0, rate_hz * 60 // 100))


def test_flipped_bits_are_named_and_the_rest_loads(recorded: Path, tmp_path: Path) -> None:
    """300 sessions with 1 to 32 flipped bits: no event that was not recorded, none lost unnamed."""
    whole = (recorded / "events.jsonl").read_bytes()
    events = open_session(recorded).events
    rng = random.Random(3)
    for number in range(300):
        folder = tmp_path / str(number)
        folder.mkdir()
        shutil.copy(recorded / "header.json", folder)
        content = bytearray(whole)
        for _ in range(rng.randint(1, 32)):
            content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
        (folder / "events.jsonl").write_bytes(content)
        session = open_session(folder)
        remaining = iter(events)
        assert all(event in remaining for event in session.events), number  # the same order, nothing new
        if session.recovered is None:
            assert len(session.events) == len(events) or any("line" in sentence for sentence in session.damage)


def test_a_damaged_line_is_named(session: Path) -> None:
    lines = (session / "events.jsonl").read_bytes().splitlines(keepends=True)
    lines[9] = lines[9].replace(b'"at":', b'"at":1')
    (session / "events.jsonl").write_bytes(b"".join(lines))
    opened = open_session(session)
    assert opened.damage == ("events.jsonl, line 10: the checksum does not match.",)
    expected = expected_events(40)
    assert opened.events == tuple(expected[:9] + expected[10:])


def test_a_million_damages_are_counted_not_kept(session: Path) -> None:
    with (session / "events.jsonl").open("ab") as file:
        file.write(b"x\n" * 1_000_000)
    damage = open_session(session).damage
    assert len(damage) == 101
    assert "999900 more" in damage[-1]


def test_a_huge_line_is_read_in_bounded_pieces(session: Path) -> None:
    lines = (session / "events.jsonl").read_bytes().splitlines(keepends=True)
    (session / "events.jsonl").write_bytes(b"".join([lines[0], b"[" * (3 * LONGEST_LINE) + b"\n", *lines[1:]]))
    opened = open_session(session)
    assert opened.events == tuple(expected_events(40))
    assert 1 <= len(opened.damage) <= 4


@pytest.mark.parametrize(
    "record",
    [
        {"event": "FormatCDrive", "at": 1},
        {"event": "Muted"},
        {"event": "Muted", "at": "soon", "on": True},
        {"event": "Muted", "at": 2**70, "on": True},
        {"at": 1},
    ],
)
def test_well_formed_nonsense_is_damage(session: Path, record: dict[str, Any]) -> None:
    with (session / "events.jsonl").open("ab") as file:
        file.write(encode(record))
    opened = open_session(session)
    assert opened.events == tuple(expected_events(40))
    assert len(opened.damage) == 1


def test_a_header_truncated_or_changed_anywhere_costs_no_event(session: Path) -> None:
    path = session / "header.json"
    whole = path.read_bytes()
    expected = tuple(expected_events(40))
    rng = random.Random(4)
    for end in range(0, len(whole) - 1, 3):
        path.write_bytes(whole[:end])
        opened = open_session(session)
        assert opened.events == expected
        assert "header.json" in opened.damage[0]
        flipped = bytearray(whole)
        flipped[end] ^= 1 << rng.randrange(8)
        path.write_bytes(flipped)
        assert open_session(session).events == expected
    path.unlink()
    assert open_session(session).damage == ("header.json is missing.",)


def test_a_header_edited_by_hand_is_used_and_named(session: Path) -> None:
    record = json.loads((session / "header.json").read_text(encoding="utf-8"))
    record["preset"]["title"] = "Renamed"
    (session / "header.json").write_text(json.dumps(record), encoding="utf-8")
    opened = open_session(session)
    assert opened.header.preset["title"] == "Renamed"
    assert len(opened.damage) == 1


def test_a_newer_format_is_refused_in_a_sentence(session: Path) -> None:
    (session / "header.json").write_bytes(encode({"format": 99}))
    with pytest.raises(SessionError, match=r"format 99 .* please update"):
        open_session(session)


def test_missing_and_damaged_tracks_are_named(session: Path) -> None:
    (session / "user.wav").unlink()
    (session / "played.wav").unlink()
    (session / "played.flac").write_bytes(b"no sound")
    opened = open_session(session)
    assert set(opened.tracks) == {Track.USER_CLEAN, Track.AGENT}
    assert opened.damage[0] == "The track user is missing."
    assert "played.flac: cannot be opened" in opened.damage[1]
    assert opened.events == tuple(expected_events(40))


def test_without_events_there_is_still_the_sound(session: Path) -> None:
    (session / "events.jsonl").unlink()
    opened = open_session(session)
    assert "events.jsonl is missing." in opened.damage
    assert set(opened.tracks) == set(RATES_HZ)


def test_no_session_is_said_in_a_sentence(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "missing", Path(__file__)):
        with pytest.raises(SessionError, match="is no session"):
            open_session(folder)


def test_opening_changes_nothing(session: Path) -> None:
    (session / "events.jsonl").write_bytes((session / "events.jsonl").read_bytes()[:-9])
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in session.iterdir()}
    open_session(session)
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in session.iterdir()} == before
