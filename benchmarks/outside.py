"""Does the studio tell the truth? V2V measured from outside, beside what the app says of the same turns.

    python -m benchmarks.outside [--in WAV] [--preset NAME|FILE] [--passes N] [--json FILE]

A recording goes into a virtual microphone, the speaker's monitor is recorded, both by other processes on
the machine's monotonic clock; `studio talk` runs in between on the sound card as it would for a user.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from benchmarks.machine import machine_line
from studio.app.folders import demo_caller
from studio.audio.wav_file import read_recording
from studio.model.audio import audible_span, rms_windows
from studio.model.report import SessionReport
from studio.pipeline.resampling import resample
from studio.providers.weights.cache import cache_folder
from tests.virtual_sound_card import RATE_HZ, Pcm, VirtualSoundCard

ANSWER_S = 6.0
"""How long the agent may still answer after the recording's end."""
SAME_UTTERANCE_S = 1.0
"""How far around a turn's own times its speech is looked for."""


@dataclass(frozen=True, slots=True)
class TurnTwice:
    """One turn, told by the app and measured from outside."""

    index: int
    app_ms: float
    outside_ms: float


@dataclass(frozen=True)
class Heard:
    """What one channel sounded like, from outside."""

    samples: Pcm
    began_s: float
    """Monotonic time of the first sample."""

    @cached_property
    def noise(self) -> float:
        """The level that is there all the time: the tenth percentile of its 10 ms windows."""
        return float(np.percentile(rms_windows(self.samples, RATE_HZ), 10))

    def audible(self, from_s: float, to_s: float) -> tuple[float, float] | None:
        """First and last audible moment between two moments (monotonic seconds)."""
        begin, end = (max(0, round((moment - self.began_s) * RATE_HZ)) for moment in (from_s, to_s))
        span = audible_span(self.samples[begin:end], RATE_HZ, self.noise)
        return None if span is None else (from_s + span[0] / RATE_HZ, from_s + span[1] / RATE_HZ)


@dataclass(frozen=True)
class Call:
    """A call that was held on the virtual sound card."""

    printed: str
    """What `studio talk` printed."""
    user: Heard
    agent: Heard


def hold(card: VirtualSoundCard, options: Sequence[str], caller: Pcm, answer_s: float, session: Path) -> Call:
    """`studio talk` with these options and its recorder on, while `caller` (at `RATE_HZ`) speaks.

    Raises:
        RuntimeError: it failed; the message is what it complained of.
    """
    card.environment["STUDIO_WEIGHTS_CACHE"] = str(cache_folder())
    user_side, agent_side = card.record("vmic_sink.monitor"), card.record("vspk.monitor")
    studio = card.python("-m", "studio", "talk", *options, "--record", str(session), "--json")
    try:
        wait_for(session / "events.jsonl", studio)
        time.sleep(1)
        card.speak(caller)
        time.sleep(len(caller) / RATE_HZ + answer_s)
        studio.send_signal(signal.SIGINT)
        output, problems = studio.communicate(timeout=60)
    finally:
        studio.kill()
    if studio.returncode:
        raise RuntimeError(problems)
    return Call(output, Heard(*user_side.stop()), Heard(*agent_side.stop()))


def measure(card: VirtualSoundCard, preset: str, caller: Pcm, folder: Path) -> list[TurnTwice]:
    """Hold one call on the virtual sound card with `caller` (at `RATE_HZ`) and measure each turn twice."""
    call = hold(card, ["--preset", preset], caller, ANSWER_S, folder / "session")
    return compare(SessionReport.model_validate_json(call.printed), call.user, call.agent)


def compare(report: SessionReport, user: Heard, agent: Heard) -> list[TurnTwice]:
    """The turns that were answered without being cut off, each measured again in the recordings."""
    answered = [turn for turn in report.turns if turn.v2v_ms is not None]
    first = user.audible(user.began_s, user.began_s + len(user.samples) / RATE_HZ)
    if not answered or first is None or answered[0].user.start_ms is None:
        return []
    # The session's clock began some time ago; its first utterance says when.
    session_began_s = first[0] - answered[0].user.start_ms / 1000
    turns = []
    for turn in answered:
        ends_s, speaks_s = (
            session_began_s + (moment or 0) / 1000 for moment in (turn.user.end_ms, turn.agent.start_ms)
        )
        said = user.audible(ends_s - SAME_UTTERANCE_S, speaks_s)
        answer = agent.audible(ends_s, speaks_s + SAME_UTTERANCE_S)
        if said is not None and answer is not None:
            turns.append(TurnTwice(turn.index, turn.v2v_ms or 0, (answer[0] - said[1]) * 1000))
    return turns


def wait_for(path: Path, process: "subprocess.Popen[str]") -> None:
    """Until the process has made that file, has ended, or 90 s are over."""
    deadline = time.monotonic() + 90
    while not path.exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)


def main() -> int:
    """Run the passes and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--in", dest="recording", type=Path, default=demo_caller())
    parser.add_argument("--preset", default="embedded")
    parser.add_argument("--passes", type=int, default=2)
    parser.add_argument("--json", type=Path, help="write the figures here, too")
    chosen = parser.parse_args()
    machine = machine_line()
    recording = read_recording(chosen.recording)
    caller = resample(recording.samples, recording.rate_hz, RATE_HZ)
    turns: list[TurnTwice] = []
    for _ in range(chosen.passes):
        with tempfile.TemporaryDirectory() as folder:
            card = VirtualSoundCard(Path(folder))
            try:
                turns += measure(card, chosen.preset, caller, Path(folder))
            finally:
                card.close()
    differences = np.array([turn.app_ms - turn.outside_ms for turn in turns])
    print(f"V2V by the app and from outside, {chosen.preset}, {len(turns)} turns; {machine}")
    print(f"{'turn':>6}{'app ms':>10}{'outside ms':>12}{'difference':>12}")
    for turn in turns:
        print(f"{turn.index:6}{turn.app_ms:10.0f}{turn.outside_ms:12.0f}{turn.app_ms - turn.outside_ms:12.1f}")
    p50, p95 = np.percentile(np.abs(differences), (50, 95))
    print(f"|difference| p50 {p50:.1f} ms, p95 {p95:.1f} ms, n {len(turns)}; load average now {os.getloadavg()[0]:.1f}")
    if chosen.json:
        rows = [{"app_ms": turn.app_ms, "outside_ms": turn.outside_ms} for turn in turns]
        chosen.json.write_text(json.dumps({"machine": machine, "p50": p50, "p95": p95, "turns": rows}, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
