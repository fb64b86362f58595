"""From the user's onset to silence at the device: the agent is talked over, and both are heard from outside.

    python -m benchmarks.barge_in [--barge-ins N] [--preset NAME|FILE] [--buffer-ms MS] [--json FILE]

The demo caller's "Wait, stop, ..." goes into a virtual microphone at swept offsets into a long answer, which a stand-in
of the preset's vendors speaks without a pause; the speaker's monitor is recorded by another process. The studio runs in
between on the sound card as it would for a user, its recorder on.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tomlkit

from benchmarks.machine import machine_line
from benchmarks.outside import Heard, hold
from studio.app.folders import demo_caller, presets_folder
from studio.audio.wav_file import read_recording
from studio.model.audio import silence
from studio.pipeline.resampling import resample
from tests.fakes.registry import FAKES, fake
from tests.fakes.script import Script
from tests.fakes.server import FakeServer
from tests.virtual_sound_card import RATE_HZ, Pcm, VirtualSoundCard

STOP_MS = (31_410, 33_590)
"""Where the demo caller says it."""
WORDS = "Wait, stop, how many legs does a spider have?"
ANSWER = "The months are January February March April May June July August September October November December. " * 2
BETWEEN_S = 4.2
"""From the end of one barge-in to the next: the answer has begun then, and is far from its end."""
SWEEP_S = 0.8
QUIET_S = 1.0
"""No answer begins within this time of a barge-in's onset, which is itself longer."""


@dataclass(frozen=True)
class Caller:
    """What is said, and when each barge-in begins, in seconds from the first sample."""

    sound: Pcm
    begins_s: tuple[float, ...]


def compose(count: int) -> Caller:
    """The question, then as many barge-ins, each a little later in the answer than the one before."""
    recording = read_recording(demo_caller())
    begin, end = (round(ms * recording.rate_hz / 1000) for ms in STOP_MS)
    spoken = resample(recording.samples[begin:end], recording.rate_hz, RATE_HZ)
    pieces, begins, length = [silence(RATE_HZ)], list[float](), RATE_HZ
    for index in range(count + 1):
        begins.append(length / RATE_HZ)
        pause = BETWEEN_S + SWEEP_S * (index % 20) / 20
        pieces += [spoken, silence(round(pause * RATE_HZ))]
        length += len(spoken) + len(pieces[-1])
    return Caller(np.concatenate(pieces), tuple(begins[1:]))


def stops_ms(caller: Caller, user: Heard, agent: Heard) -> list[float | None]:
    """For each barge-in how long the agent was still heard; None where it was not speaking then."""
    first = user.audible(user.began_s, user.began_s + len(user.samples) / RATE_HZ)
    assert first is not None, "the caller was not heard"
    told: list[float | None] = []
    for begin_s in caller.begins_s:
        about = first[0] + begin_s - 1
        onset = user.audible(about - 0.3, about + QUIET_S)
        before = onset and agent.audible(onset[0] - 0.1, onset[0])
        after = onset and agent.audible(onset[0], onset[0] + QUIET_S)
        told.append((after[1] - onset[0]) * 1000 if onset and before and after else None)
    return told


@contextmanager
def vendors() -> Iterator[str]:
    """Stand-ins of all vendors in a thread, at this address below each one's name."""
    loop, started, ended = asyncio.new_event_loop(), threading.Event(), asyncio.Event()
    script, urls = Script((WORDS,), (ANSWER,), next_utterance_ms=2000), list[str]()

    async def serve() -> None:
        async with FakeServer({f"/{provider}": fake(provider, script) for provider in FAKES}) as server:
            urls.append(server.url())
            started.set()
            await ended.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    started.wait(10)
    try:
        yield urls[0]
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join(10)
        loop.close()


def preset_with(name: str, buffer_ms: int | None, folder: Path) -> Path:
    """The preset as a file, with its greeting left out and another output buffer where one is wanted."""
    place = Path(name) if Path(name).suffix == ".toml" else presets_folder() / f"{name}.toml"
    content = tomlkit.parse(place.read_text("utf-8"))
    content["agent"]["greeting"] = ""
    if buffer_ms is not None:
        content.setdefault("playout", {})["buffer_ms"] = buffer_ms
    (made := folder / "preset.toml").write_text(tomlkit.dumps(content), encoding="utf-8")
    return made


def measure(preset: Path, url: str, caller: Caller, folder: Path) -> list[float | None]:
    """One call on a virtual sound card."""
    card = VirtualSoundCard(folder)
    options = ["--preset", str(preset), "--base-url", f"*={url}/{{provider}}"]
    try:
        call = hold(card, options, caller.sound, QUIET_S, folder / "session")
    finally:
        card.close()
    return stops_ms(caller, call.user, call.agent)


def main() -> int:
    """Hold the call and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--barge-ins", type=int, default=40)
    parser.add_argument("--preset", default="fastest")
    parser.add_argument("--buffer-ms", type=int, help="of the output device; as the preset has it where not given")
    parser.add_argument("--json", type=Path, help="write the figures here, too")
    chosen = parser.parse_args()
    machine = machine_line()
    with tempfile.TemporaryDirectory() as name, vendors() as url:
        folder = Path(name)
        preset = preset_with(chosen.preset, chosen.buffer_ms, folder)
        told = measure(preset, url, compose(chosen.barge_ins), folder)
    stops = [each for each in told if each is not None]
    print(f"From onset to silence at the device, {chosen.preset}; {machine}")
    if not stops:
        print("The agent was never speaking when it was talked over.")
        return 1
    p50, p95, most = (float(np.percentile(stops, share)) for share in (50, 95, 100))
    print(f"p50 {p50:.0f} ms, p95 {p95:.0f}, longest {most:.0f}; n {len(stops)} of {len(told)}", end="; ")
    print(f"load average now {os.getloadavg()[0]:.1f}")
    if chosen.json:
        figures = {"machine": machine, "preset": chosen.preset, "buffer_ms": chosen.buffer_ms, "stops_ms": told}
        chosen.json.write_text(json.dumps(figures, indent=2), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
