"""How long the window takes for a frame of a running call, and how much of a core.

    python -m benchmarks.window_frames

Draws offscreen, so the figures are those of Qt's software painter without a screen behind it. The strip holds
30 s of sound on both sides (1000 VAD frames, 3000 speaker blocks) and the marks of a talkative call.
"""

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication

from benchmarks.machine import machine_line
from studio.model.events import AgentAudio, UserAudio
from studio.model.time import Instant, milliseconds
from studio.timeline.live import LiveTimeline
from studio.ui.language import Translation
from studio.ui.panels.agent import PresetChoice
from studio.ui.strip.view import LiveStrip
from studio.ui.talk import FRAME_MS, TalkParts
from studio.ui.theme import Theme, ThemeName, font, load_fonts
from studio.ui.window import StudioWindow
from tests.ui.at_once import at_once
from tests.ui.scripted_call import ScriptedLink, call

FRAMES = 500


def main() -> int:
    """Measure and print one JSON object."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QApplication([])
    load_fonts()
    application.setFont(font(14))
    figures = {
        "machine": machine_line(),
        "strip_1280x720_ms": strip_frames(application),
        "window_1280x820_ms": window_frames(application),
    }
    print(json.dumps(figures, indent=1))
    return 0


def strip_frames(application: QApplication) -> dict[str, float]:
    """The strip alone, full of sound, moving by 33 ms a frame."""
    strip = LiveStrip(Theme.load(ThemeName.DARK))
    strip.resize(1280, 720)
    strip.show()
    application.processEvents()
    timeline = LiveTimeline()
    for event in call(27_000):
        if not isinstance(event, UserAudio | AgentAudio):
            timeline.on_event(event)
    sound = np.random.default_rng(5).random(100_000)
    moment = 0

    def feed(until_ms: int) -> None:
        nonlocal moment
        while moment < until_ms:
            at, start = Instant(milliseconds(moment + 10)), Instant(milliseconds(moment))
            timeline.on_event(AgentAudio(at, start, 10.0, float(sound[moment % 99_991]), 80.0))
            if moment % 30 == 0:
                timeline.on_event(
                    UserAudio(at, start, 30.0, float(sound[moment % 997]), 0.5, float(sound[moment % 991]))
                )
            moment += 10

    feed(30_000)
    strip.show_timeline(timeline)

    def frame(number: int) -> None:
        feed(30_000 + number * FRAME_MS)
        strip.repaint()

    return timed(frame)


def window_frames(application: QApplication) -> dict[str, float]:
    """A whole frame of the window in a call: messages in, panels and strip out. Also the share of a core at 30 Hz."""
    link = ScriptedLink()
    with tempfile.TemporaryDirectory() as folder:
        settings = QSettings(str(Path(folder, "settings.ini")), QSettings.Format.IniFormat)
        presets = (PresetChoice("embedded", "Embedded", ""),)
        parts = TalkParts(link, Path("demo.wav"), lambda _: Path(folder), settings)
        window = StudioWindow(parts, presets, at_once, Translation(application))
        window._frame.stop()  # noqa: SLF001  (the benchmark draws its frames itself)
        window.resize(1280, 820)
        window.show()
        window.talk.start_demo()
        application.processEvents()

        def frame(number: int) -> None:
            link.now_ms = 8000 + number * FRAME_MS
            window.talk.draw_frame()
            application.processEvents()

        figures = timed(frame)
        window.close()
    return figures


def timed(frame: Callable[[int], None]) -> dict[str, float]:
    """Wall time of a frame in ms, and the CPU time that this takes of one core at the window's rate, in percent."""
    for number in range(20):
        frame(number)
    walls, began = [], time.process_time()
    for number in range(20, 20 + FRAMES):
        start = time.perf_counter()
        frame(number)
        walls.append(1000 * (time.perf_counter() - start))
    cpu_ms = 1000 * (time.process_time() - began) / FRAMES
    p50, p99 = np.percentile(walls, (50, 99))
    return {
        "n": FRAMES,
        "p50": round(float(p50), 2),
        "p99": round(float(p99), 2),
        "cpu_ms": round(cpu_ms, 2),
        "core_percent": round(100 * cpu_ms / FRAME_MS, 1),
    }


if __name__ == "__main__":
    sys.exit(main())
