"""Runs a call in a process of its own and tells what it cost this machine. Linux only: it reads /proc."""

import os
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.peers.systems import ROOT

SAMPLED_EVERY_S = 0.25
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
KEYS = dict.fromkeys(("DEEPGRAM_API_KEY", "OPENAI_API_KEY", "CARTESIA_API_KEY"), "k")


class CallFailedError(Exception):
    """A system did not come to the end of its call."""


@dataclass(frozen=True)
class Cost:
    """What a call took from the machine, children included."""

    cpu_s_per_minute: float
    """Of the recording; what starting up took before is left out."""
    peak_rss_mb: float
    """The sum over all processes: what they share counts for each."""


def call(command: Sequence[str], log: Path, recording_s: float) -> Cost:
    """Hold a call, from the repository's root.

    Raises:
        CallFailedError: it ended with an error or took far too long.
    """
    environment = {**os.environ, **KEYS}
    with log.open("wb") as file:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=file, stderr=subprocess.STDOUT)
        watch = _Watch(process.pid)
        try:
            code = process.wait(recording_s + 120)
        except subprocess.TimeoutExpired as error:
            raise CallFailedError(f"it had not ended {recording_s + 120:.0f} s after its start; see {log}") from error
        finally:
            process.kill()
            process.wait()
            watch.end()
    if code:
        raise CallFailedError(f"it ended with {code}; see {log}")
    return watch.cost(recording_s)


class _Watch:
    """Looks at a process and its children four times a second."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._seen: list[tuple[float, float]] = []
        self._peak = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _look(self) -> None:
        while not self._over.wait(SAMPLED_EVERY_S):
            cpu_s, rss = usage(self._pid)
            if rss:
                self._seen.append((time.monotonic(), cpu_s))
                self._peak = max(self._peak, rss)

    def end(self) -> None:
        """It has ended."""
        self._over.set()
        self._thread.join()

    def cost(self, recording_s: float) -> Cost:
        """Of the last `recording_s` seconds: every system ends with the recording, after a start of its own length."""
        if not self._seen:
            raise CallFailedError("it was over at once")
        end, total = self._seen[-1]
        before = [cpu_s for at, cpu_s in self._seen if at <= end - recording_s]
        used = total - (before[-1] if before else 0.0)
        return Cost(used / recording_s * 60, self._peak / 1e6)


def usage(pid: int) -> tuple[float, int]:
    """CPU seconds and resident bytes of a process and all that it started; zeros where there is none."""
    cpu_s, rss, waiting = 0.0, 0, [pid]
    while waiting:
        one = waiting.pop()
        try:
            about = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
            threads = list(Path(f"/proc/{one}/task").iterdir())
            children = [child for thread in threads for child in (thread / "children").read_text().split()]
        except OSError:
            continue  # it has just ended
        # Its own time, and that of children that have ended.
        cpu_s += sum(int(about[field]) for field in (11, 12, 13, 14)) / _TICKS
        rss += int(about[21]) * _PAGE
        waiting += map(int, children)
    return cpu_s, rss
