"""The process that test_recover kills: records a synthetic call and tells at each step how far it is."""

import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

from studio.recording.writer import SessionWriter
from tests.recording.calls import end_event, settings, speak, start_events

BURST_BLOCKS = 400
PACED_BLOCKS = 160
PACE_S = 0.0025
"""Four times as fast as a live call."""


class Progress(NamedTuple):
    phase: str
    """starting, running, closing or closed."""
    acknowledged: int
    blocks: int
    published: float
    """When the last block was published, in seconds of the system's monotonic clock."""


def record(folder: Path, paced_blocks: int, parent: Connection) -> None:
    """A whole call; each message is one unbuffered write."""

    def tell(phase: str, acknowledged: int, blocks: int) -> None:
        parent.send(Progress(phase, acknowledged, blocks, time.monotonic()))

    tell("starting", 0, 0)
    writer = SessionWriter(settings(folder, print, compress=True))
    for event in start_events():
        writer.on_event(event)
    blocks = BURST_BLOCKS + paced_blocks
    for number in range(blocks):
        speak(writer, number)
        tell("running", writer.acknowledged, number + 1)
        if number >= BURST_BLOCKS:
            time.sleep(PACE_S)
    writer.on_event(end_event(blocks))
    tell("closing", writer.acknowledged, blocks)
    writer.close()
    tell("closed", writer.acknowledged, blocks)
