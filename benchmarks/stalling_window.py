"""A stalling window loses no captured frame and cuts no played one: shown on a virtual sound card.

    python -m benchmarks.stalling_window [--seconds N] [--json FILE]

The real window holds a real call while its thread stalls for 150 ms every 0.7 s: not at all, in Python, and in
native code that keeps Python's lock. What went into the microphone and came out of the speaker is recorded
outside and compared with the session: a lost or doubled frame anywhere would make them unlike.
"""

import argparse
import asyncio
import ctypes
import json
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import qasync
from PySide6.QtCore import QSettings, QTimer
from PySide6.QtWidgets import QApplication

from benchmarks.machine import machine_line
from benchmarks.outside import wait_for
from studio.app.folders import demo_caller
from studio.app.voice_process import VoiceProcess
from studio.audio.wav_file import read_recording
from studio.model.audio import Samples
from studio.model.events import AudioLost
from studio.model.measures import turns
from studio.model.percentiles import percentiles
from studio.model.terms import Track
from studio.pipeline.resampling import StreamResampler, resample
from studio.providers.weights.cache import cache_folder
from studio.recording.reader import open_session
from studio.ui.language import Translation
from studio.ui.main import preset_choices
from studio.ui.talk import TalkParts
from studio.ui.window import StudioWindow
from tests.ui.at_once import at_once
from tests.virtual_sound_card import RATE_HZ, Pcm, VirtualSoundCard

STALL_MS = 150
EVERY_MS = 700
STALLS = ("none", "python", "native")


def main() -> int:
    """Run each kind of stall and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seconds", type=float, default=37.0, help="how much of the demo caller is played")
    parser.add_argument("--json", type=Path, help="write the figures here, too")
    parser.add_argument("--window", nargs=2, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.window:
        return _hold_call_in_window(chosen.window[0], Path(chosen.window[1]))
    machine = machine_line()
    recording = read_recording(demo_caller())
    caller = resample(recording.samples, recording.rate_hz, RATE_HZ)[: round(chosen.seconds * RATE_HZ)]
    rows = {}
    for stall in STALLS:
        with tempfile.TemporaryDirectory() as folder:
            rows[stall] = _measure(stall, caller, Path(folder))
    print(f"stalls of {STALL_MS} ms every {EVERY_MS} ms, {chosen.seconds:.0f} s of talk each; {machine}")
    names = list(rows[STALLS[0]])
    print(f"{'stalls':8}" + "".join(f"{name:>26}" for name in names))
    for stall, row in rows.items():
        print(f"{stall:8}" + "".join(f"{row[name]:26}" for name in names))
    if chosen.json:
        chosen.json.write_text(json.dumps({"machine": machine, "rows": rows}, indent=2))
    return 0


def _measure(stall: str, caller: Pcm, folder: Path) -> dict[str, float]:
    card = VirtualSoundCard(folder)
    card.environment |= {"STUDIO_WEIGHTS_CACHE": str(cache_folder()), "QT_QPA_PLATFORM": "offscreen"}
    try:
        said, played = card.record("vmic_sink.monitor"), card.record("vspk.monitor")
        session = folder / "session"
        window = card.python("-m", "benchmarks.stalling_window", "--window", stall, str(session))
        try:
            wait_for(session / "played.wav", window)
            time.sleep(1)
            card.speak(caller)
            time.sleep(len(caller) / RATE_HZ + 3)
            _, problems = window.communicate("hang up\n", timeout=60)
        finally:
            window.kill()
        if window.returncode:
            raise RuntimeError(problems)
        return _compare(session, said.stop()[0], played.stop()[0])
    finally:
        card.close()


def _compare(folder: Path, said: Pcm, played: Pcm) -> dict[str, float]:
    session = open_session(folder)
    lost = [event for event in session.events if isinstance(event, AudioLost)]
    user, agent = session.tracks[Track.USER], session.tracks[Track.PLAYED]
    v2v = percentiles(turn.v2v for turn in turns(session.events) if turn.v2v is not None)
    return {
        "captured samples lost": sum(event.samples for event in lost if event.track is Track.USER),
        "played samples cut": sum(event.samples for event in lost if event.track is Track.PLAYED),
        "captured unlike (share)": _unlike(said, user.read(), user.rate_hz),
        "played unlike (share)": _unlike(played, agent.read(), agent.rate_hz),
        "V2V p50 ms": round(v2v.p50 or 0),
        "answers": v2v.n,
    }


def _unlike(outside: Pcm, inside: Samples, rate_hz: int) -> float:
    """The share of energy of the outside sound that the session's track does not hold, best aligned."""
    there = resample(inside, rate_hz, RATE_HZ)
    # As the microphone does: its resampler keeps less than the sound card, and turns the phase of the highest sounds.
    band = StreamResampler(RATE_HZ, rate_hz)
    outside = resample(np.concatenate((band.push(outside), band.flush())), rate_hz, RATE_HZ)
    size = 1 << (len(outside) + len(there)).bit_length()
    spectrum = np.fft.rfft(there, size)
    alike = np.fft.irfft(np.conj(np.fft.rfft(outside, size)) * spectrum, size)
    peak = int(np.argmax(alike))
    before, at, after = (alike[(peak + step) % size] for step in (-1, 0, 1))
    fraction = float((before - after) / (2 * (before - 2 * at + after)))
    # Half a sample apart, two equal sounds would already differ by a percent: shift by the fraction, too.
    turned = np.exp(2j * np.pi * np.arange(len(spectrum)) * (peak + fraction) / size)
    aligned = np.fft.irfft(spectrum * turned, size)[: len(outside)]
    product = float(np.dot(outside, aligned))
    likeness = product / np.sqrt(float(np.dot(outside, outside)) * float(np.dot(aligned, aligned)))
    return round(1 - float(likeness) ** 2, 4)


def _hold_call_in_window(stall: str, session: Path) -> int:
    """The child: the real window, stalled on purpose, in a call until a line comes on stdin."""
    application = QApplication(sys.argv[:1])
    settings = QSettings(str(session.with_suffix(".ini")), QSettings.Format.IniFormat)
    with qasync.QEventLoop(application) as loop:
        asyncio.set_event_loop(loop)
        parts = TalkParts(VoiceProcess(), demo_caller(), lambda _: session, settings)
        window = StudioWindow(parts, preset_choices("embedded"), at_once, Translation(application))
        window.show()
        window.talk.toggle_call()
        stalling = QTimer(interval=EVERY_MS)
        stalling.timeout.connect(lambda: _stall(stall))
        stalling.start()
        loop.run_until_complete(_until_told_to_hang_up(window))
        window.close()
    return 0


async def _until_told_to_hang_up(window: StudioWindow) -> None:
    await asyncio.to_thread(sys.stdin.readline)
    window.talk.toggle_call()
    while window.talk.in_call:  # noqa: ASYNC110 - a window has no event to wait for
        await asyncio.sleep(0.05)


def _stall(kind: str) -> None:
    if kind == "python":
        until = time.perf_counter() + STALL_MS / 1000
        while time.perf_counter() < until:
            pass
    elif kind == "native":
        ctypes.PyDLL(None).usleep(STALL_MS * 1000)  # PyDLL, unlike CDLL, keeps Python's lock


if __name__ == "__main__":
    sys.exit(main())
