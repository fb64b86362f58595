"""Kill -9 at 200 seeded moments, and sessions torn at every byte, repaired."""

import multiprocessing
import random
import shutil
import time
import wave
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from studio.model.errors import SessionError
from studio.model.events import CallEnded
from studio.recording.reader import Session, open_session
from studio.recording.recover import recover
from studio.recording.writer import SessionWriter
from tests.recording.calls import BLOCK_MS, RATES_HZ, expected_events, settings, sound, whole_call
from tests.recording.victim import BURST_BLOCKS, PACED_BLOCKS, Progress, record

SEED = 20261123
KILLS = {"starting": 30, "running": 90, "closing": 80}
LONGEST_WAIT_S = {"starting": 0.006, "running": 0.5, "closing": 0.12}


class Killed(NamedTuple):
    folder: Path
    history: list[Progress]
    at: float


def kill(folder: Path, phase: str, seed: int) -> Killed:
    """Start a call and kill -9 it at a random moment of a phase."""
    context = multiprocessing.get_context("forkserver")
    wait_s = random.Random(seed).uniform(0, LONGEST_WAIT_S[phase])
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=record, args=(folder, PACED_BLOCKS if phase == "running" else 0, theirs))
    child.start()
    theirs.close()
    history = [ours.recv()]
    while history[-1].phase != phase:
        history.append(ours.recv())
    deadline = time.monotonic() + wait_s
    while history[-1].phase != "closed" and (rest := deadline - time.monotonic()) > 0:
        if ours.poll(rest):
            history.append(ours.recv())
    child.kill()
    at = time.monotonic()
    child.join()
    _drain(ours, history)
    child.close()
    return Killed(folder, history, at)


def _drain(pipe: Connection, history: list[Progress]) -> None:
    with pipe:
        while True:
            try:
                history.append(pipe.recv())
            except EOFError:
                return


def check(killed: Killed) -> tuple[str, float]:
    """Judge what a killed call left: the state it was in, and the seconds of sound that were lost."""
    last = killed.history[-1]
    if not killed.folder.exists():
        assert last.acknowledged == 0
        return "no session yet", 0.0
    session = open_session(killed.folder)
    state = "closed" if session.recovered is None else "broken off"
    if list(killed.folder.glob("*.flac*")):
        state = "compressing" if list(killed.folder.glob("*.wav")) else "compressed"
    blocks = intact(session, last)
    times = {progress.blocks: progress.published for progress in reversed(killed.history)}
    lost_s = killed.at - times[blocks + 1] if blocks + 1 in times else 0.0
    recover(killed.folder)
    assert recover(killed.folder) == []
    again = open_session(killed.folder)
    assert (again.events, again.recovered) == (session.events, session.recovered)
    assert intact(again, last) == blocks
    for track, recorded in again.tracks.items():
        if recorded.path.suffix == ".wav":
            with wave.open(str(recorded.path)) as file:
                assert (file.getnframes(), file.getframerate()) == (recorded.length, RATES_HZ[track])
    return state, lost_s


def intact(session: Session, last: Progress) -> int:
    """Every acknowledged event is there, nothing is wrong; returns how many blocks of sound are whole."""
    assert session.damage == ()
    ended = any(isinstance(event, CallEnded) for event in session.events)
    total = last.blocks if ended else BURST_BLOCKS + PACED_BLOCKS
    assert len(session.events) >= last.acknowledged
    assert session.events == tuple(expected_events(total)[: len(session.events)])
    lengths = []
    for track, recorded in session.tracks.items():
        heard = recorded.read()
        assert np.array_equal(heard, sound(track, 0, heard.size))
        lengths.append(recorded.length * 1000 // (recorded.rate_hz * BLOCK_MS))
    return min(lengths) if len(lengths) == len(RATES_HZ) else 0


@pytest.mark.slow
def test_200_kills_lose_no_acknowledged_event(
    tmp_path: Path, record_testsuite_property: Callable[[str, object], None]
) -> None:
    multiprocessing.set_forkserver_preload(["__main__", "tests.recording.victim"])
    plan = [(phase, number) for phase, count in KILLS.items() for number in range(count)]

    def one(step: tuple[str, int]) -> tuple[str, float]:
        phase, number = step
        folder = tmp_path / f"{phase}-{number}"
        try:
            return check(kill(folder, phase, SEED + hash_of(step)))
        except AssertionError as error:
            raise AssertionError(f"kill {step} of seed {SEED}: {error}") from error
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(one, plan))
    states = Counter(state for state, _ in results)
    worst = max(lost_s for _, lost_s in results)
    record_testsuite_property("kills", f"{dict(states)}; most sound lost {worst * 1000:.0f} ms")
    assert len(results) == 200
    assert worst <= 1.0
    # How many of each depends on how fast this machine writes.
    assert states["broken off"] >= 20
    assert states["closed"] + states["compressing"] + states["compressed"] >= 5


def hash_of(step: tuple[str, int]) -> int:
    """The same number for the same step in every process."""
    phase, number = step
    return list(KILLS).index(phase) * 1000 + number


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sessions") / "s"
    writer = SessionWriter(settings(folder, pytest.fail))
    whole_call(writer, 12)
    writer.close()
    return folder


def test_a_closed_session_needs_no_repair(closed: Path) -> None:
    before = {path.name: path.read_bytes() for path in closed.iterdir()}
    assert recover(closed) == []
    assert {path.name: path.read_bytes() for path in closed.iterdir()} == before


def test_events_torn_at_every_byte(closed: Path, tmp_path: Path) -> None:
    """Each prefix opens with exactly the events it holds whole; repaired, it holds these and no more."""
    folder = tmp_path / "s"
    shutil.copytree(closed, folder)
    whole = (closed / "events.jsonl").read_bytes()
    events = open_session(closed).events
    for end in range(len(whole) + 1):
        (folder / "events.jsonl").write_bytes(whole[:end])
        count = whole[:end].count(b"\n") + (end < len(whole) and whole[end : end + 1] == b"\n")
        session = open_session(folder)
        assert session.events == events[:count]
        assert session.damage == ()
        if end % 7 == 0 or end > len(whole) - 300:
            recover(folder)
            repaired = (folder / "events.jsonl").read_bytes()
            assert repaired == b"".join(whole.splitlines(keepends=True)[:count])


def test_what_a_kill_leaves_is_repaired_once(closed: Path, tmp_path: Path) -> None:
    folder = tmp_path / "s"
    shutil.copytree(closed, folder)
    wav = folder / "user.wav"
    wav.write_bytes(bytes(44) + wav.read_bytes()[44:] + b"\x01")
    (folder / "agent.flac.part").write_bytes(b"half")
    (folder / "agent.flac").write_bytes(b"beside its original")
    (folder / "events.jsonl").write_bytes((closed / "events.jsonl").read_bytes() + b'{"event":"Mu')
    repairs = recover(folder)
    assert len(repairs) == 4
    assert recover(folder) == []
    for path in closed.iterdir():
        assert (folder / path.name).read_bytes() == path.read_bytes()
    assert not list(folder.glob("*.flac*"))


def test_zeros_that_a_power_cut_leaves_are_cut_off(closed: Path, tmp_path: Path) -> None:
    folder = tmp_path / "s"
    shutil.copytree(closed, folder)
    whole = (closed / "events.jsonl").read_bytes()
    for size in (1, 4096, 3 << 20):
        (folder / "events.jsonl").write_bytes(whole + bytes(size))
        assert open_session(folder).events == open_session(closed).events
        assert len(recover(folder)) == 1
        assert (folder / "events.jsonl").read_bytes() == whole


def test_a_running_session_is_left_alone(tmp_path: Path) -> None:
    writer = SessionWriter(settings(tmp_path / "s", pytest.fail))
    with pytest.raises(SessionError, match="still being recorded"):
        recover(writer.folder)
    writer.close()
