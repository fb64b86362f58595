"""A power cut, simulated: what was flushed is there, of what was not any part may be missing or zero."""

import random
import time
from io import FileIO
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from studio.model.events import Event
from studio.recording import disk
from studio.recording.reader import open_session
from studio.recording.recover import recover
from studio.recording.writer import SessionWriter
from tests.recording.calls import RATES_HZ, end_event, expected_events, settings, sound, speak, start_events

IMAGES = 500
BLOCKS = 240
SEED = 7


class Step(NamedTuple):
    """One thing that was asked of the disk."""

    name: str
    """The file's name in its folder."""
    offset: int = 0
    data: bytes | None = None
    """None: everything before is flushed."""


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> list[Step]:
    """Everything the recorder asks of the disk, in order, while it really happens."""
    steps: list[Step] = []
    append, flush, replace = disk.append, disk.flush, disk.replace

    def log_append(file: FileIO, data: bytes) -> None:
        if data:
            steps.append(Step(Path(str(file.name)).name, file.tell(), data))
        append(file, data)

    def log_flush(file: FileIO) -> None:
        flush(file)
        steps.append(Step(Path(str(file.name)).name))

    def log_replace(path: Path, data: bytes) -> None:
        replace(path, data)
        steps.extend((Step(path.name, 0, data), Step(path.name)))

    monkeypatch.setattr(disk, "append", log_append)
    monkeypatch.setattr(disk, "flush", log_flush)
    monkeypatch.setattr(disk, "replace", log_replace)
    return steps


def image(steps: list[Step], folder: Path, rng: random.Random) -> dict[str, int]:
    """What a power cut after `steps` may leave; returns how many bytes of each file were flushed."""
    folder.mkdir()
    flushed: dict[str, int] = {}
    for name in {step.name for step in steps if not step.name.endswith(disk.PART)}:
        of_file = [step for step in steps if step.name == name]
        last_flush = max((index for index, step in enumerate(of_file) if step.data is None), default=-1)
        content = bytearray()
        for index, step in enumerate(of_file):
            if step.data is None:
                continue
            if index == last_flush + 1:
                flushed.setdefault(name, len(content))
            if index < last_flush or rng.random() < 0.6:
                data = step.data if index < last_flush or rng.random() < 0.7 else bytes(len(step.data))
                content.extend(bytes(max(0, step.offset + len(data) - len(content))))
                content[step.offset : step.offset + len(data)] = data
        flushed.setdefault(name, len(content) if last_flush >= 0 else 0)
        (folder / name).write_bytes(content)
    return flushed


@pytest.mark.slow
def test_500_power_cuts_take_only_what_was_not_flushed(tmp_path: Path, log: list[Step]) -> None:
    writer = SessionWriter(settings(tmp_path / "s", pytest.fail))
    for event in start_events():
        writer.on_event(event)
    for number in range(BLOCKS):
        speak(writer, number)
        if number % 30 == 0:
            time.sleep(0.06)  # lets the writer write, so that there are many steps to cut between
    writer.on_event(end_event(BLOCKS))
    writer.close()
    assert log.count(Step("events.jsonl")) >= 4  # the ends of turns
    whole = (writer.folder / "events.jsonl").read_bytes()
    events = expected_events(BLOCKS)
    rng = random.Random(SEED)
    born = next(index for index, step in enumerate(log) if step.name == "header.json" and step.data is None) + 1
    for number in range(IMAGES):
        cut = rng.randrange(born, len(log) + 1)
        folder = tmp_path / f"image-{number}"
        flushed = image(log[:cut], folder, rng)
        (folder / "events.jsonl").touch()  # the folder got its name after its files were flushed
        check(folder, flushed, whole, events)
        recover(folder)
        check(folder, flushed, whole, events)


def check(folder: Path, flushed: dict[str, int], whole: bytes, events: list[Event]) -> None:
    session = open_session(folder)
    safe = whole[: flushed.get("events.jsonl", 0)].count(b"\n")
    assert session.events[:safe] == tuple(events[:safe])
    remaining = iter(events)
    assert all(event in remaining for event in session.events)  # the same order, nothing new
    for track, recorded in session.tracks.items():
        assert recorded.rate_hz == RATES_HZ[track]
        count = max(0, flushed[f"{track}.wav"] - 44) // 2
        assert np.array_equal(recorded.read(0, count), sound(track, 0, count))
