"""A sound card made of software: its own PulseAudio server with two microphones and two speakers.

Test scripts speak into a microphone and record a speaker from outside the process under test, both on
this machine's monotonic clock. Must not know the studio's code: it is the measure it is measured with.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

RATE_HZ = 48_000
_ROOT = Path(__file__).parents[1]
MICROPHONES = ("vmic", "vmic2")
SPEAKERS = ("vspk", "vspk2")

_SERVER_SCRIPT = "\n".join(
    ["load-module module-native-protocol-unix auth-anonymous=1 socket={socket}"]
    + [
        f"load-module module-null-sink sink_name={sink} rate={RATE_HZ} channels=1 format=s16le"
        for sink in (*(f"{mic}_sink" for mic in MICROPHONES), *SPEAKERS)
    ]
    + [f"load-module module-remap-source source_name={mic} master={mic}_sink.monitor" for mic in MICROPHONES]
    + [f"set-default-sink {SPEAKERS[0]}", f"set-default-source {MICROPHONES[0]}"]
)
_ALSA_NAMES = "\n".join(f"pcm.{name} {{ type pulse device {name} }}" for name in (*MICROPHONES, *SPEAKERS))
_AHEAD = ["nice", "-n", "-11"]  # goes on with a warning where it is not allowed
_FORMAT = ["--raw", "--format=s16le", f"--rate={RATE_HZ}", "--channels=1"]

Pcm = npt.NDArray[np.float32]


@dataclass
class Recording:
    """What one Pulse source gave, from `began` (monotonic seconds) on, at `RATE_HZ`."""

    process: subprocess.Popen[bytes]
    _pieces: list[bytes] = field(default_factory=list)
    _began: float = float("inf")
    _bytes: int = 0

    def __post_init__(self) -> None:
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        while piece := os.read(self.process.stdout.fileno(), 4096):
            self._pieces.append(piece)
            self._bytes += len(piece)
            # Nothing arrives before it was played: the earliest arrival is the truest clock.
            self._began = min(self._began, time.monotonic() - self._bytes / 2 / RATE_HZ)

    def stop(self) -> tuple[Pcm, float]:
        """The samples, and when the first of them was at the device (monotonic seconds)."""
        self.process.terminate()
        self.process.wait(5)
        self._reader.join(5)
        if self.process.stdout is not None:
            self.process.stdout.close()
        whole = b"".join(self._pieces)
        pcm = np.frombuffer(whole[: len(whole) // 2 * 2], dtype=np.int16)
        return pcm.astype(np.float32) / np.float32(32768), self._began


class VirtualSoundCard:
    """The running server. `environment` makes any child process use it and nothing else."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {
            **os.environ,
            "HOME": str(folder),  # .asoundrc: PortAudio sees each microphone and speaker by its name
            "PULSE_RUNTIME_PATH": str(folder),
            "PULSE_STATE_PATH": str(folder),
            "PULSE_SERVER": f"unix:{folder}/native",
        }
        (folder / ".asoundrc").write_text(_ALSA_NAMES, encoding="utf-8")
        script = folder / "server.pa"
        script.write_text(_SERVER_SCRIPT.format(socket=folder / "native") + "\n", encoding="utf-8")
        self._children: list[subprocess.Popen[bytes]] = []
        options = (
            "-n --daemonize=no --use-pid-file=no --exit-idle-time=-1 --disallow-exit --realtime=yes --high-priority=yes"
        )
        self._start([*_AHEAD, "pulseaudio", *options.split(), "-F", str(script)])
        self._wait_until_it_answers()
        # A null sink nobody plays into sleeps in steps of 2 s; silence keeps each awake at 10 ms.
        for sink in (*(f"{mic}_sink" for mic in MICROPHONES), *SPEAKERS):
            with Path("/dev/zero").open("rb") as silence:
                self._start(["pacat", *_FORMAT, "--latency-msec=10", "-d", sink], stdin=silence)
        time.sleep(2)

    def _start(self, command: Sequence[str], **streams: Any) -> subprocess.Popen[bytes]:
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **streams}
        child = subprocess.Popen(command, env=self.environment, **quiet)
        self._children.append(child)
        return child

    def _wait_until_it_answers(self) -> None:
        for _ in range(100):
            if subprocess.run(["pactl", "info"], env=self.environment, capture_output=True).returncode == 0:
                return
            time.sleep(0.1)
        raise RuntimeError(f"The virtual sound card's PulseAudio in {self.folder} does not answer.")

    def pactl(self, *arguments: str) -> str:
        """Run one control command and return what it printed."""
        command = ["pactl", *arguments]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, check=True).stdout

    def freeze(self, speaker: str, frozen: bool = True) -> None:
        """Stop a speaker's clock, as a device does that is gone without a word."""
        self.pactl("suspend-sink", speaker, str(int(frozen)))

    def open_speaker(self, delay_ms: int = 60) -> None:
        """Let the microphone hear the speaker, as in a room without headphones, for the rest of this card's life."""
        echo = ["source=vspk.monitor", f"sink={MICROPHONES[0]}_sink", f"latency_msec={delay_ms}"]
        # Left to adjust itself, the loop would change its delay all the time, as no room does.
        self.pactl("load-module", "module-loopback", *echo, "adjust_time=0")

    def speak(self, samples: Pcm, microphone: str = MICROPHONES[0]) -> subprocess.Popen[bytes]:
        """Say `samples` (at `RATE_HZ`) into a microphone; returns at once."""
        spoken = self.folder / f"spoken-{time.monotonic_ns()}.raw"
        np.clip(np.rint(samples * 32768), -32768, 32767).astype("<i2").tofile(spoken)
        with spoken.open("rb") as file:
            return self._start(["pacat", *_FORMAT, "--latency-msec=200", "-d", f"{microphone}_sink"], stdin=file)

    def record(self, source: str = f"{SPEAKERS[0]}.monitor") -> Recording:
        """Record a Pulse source: `vspk.monitor` is the speaker, `vmic_sink.monitor` what was said."""
        command = ["parec", *_FORMAT, "--latency-msec=5", "-d", source]
        return Recording(self._start(command, stdout=subprocess.PIPE))

    def python(self, *arguments: str) -> subprocess.Popen[str]:
        """Start `python ARGUMENTS` with this card's devices, ahead of whatever else the machine does."""
        return subprocess.Popen(
            [*_AHEAD, sys.executable, *arguments], env=self.environment, cwd=_ROOT, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def close(self) -> None:
        """Stop the server and everything it runs."""
        for child in reversed(self._children):
            child.terminate()
        for child in self._children:
            child.wait(5)


def noise(seconds: float) -> Pcm:
    """Noise below 1 kHz, the same every time, at `RATE_HZ`."""
    white = np.random.default_rng(3).standard_normal(round(seconds * RATE_HZ))
    smooth = np.convolve(white, np.hanning(96), mode="same")
    return np.asarray(0.5 * smooth / np.abs(smooth).max(), dtype=np.float32)


def delay_and_likeness(
    truth: Pcm, truth_from_s: float, truth_hz: int, heard: Pcm, heard_from_s: float
) -> tuple[float, float, float]:
    """How many seconds `heard` (16 kHz) says it was later than `truth`; how alike they are (1: the same); the gain."""
    step = truth_hz // 16_000
    same_rate = truth[: len(truth) // step * step].reshape(-1, step).mean(axis=1)
    size = 1 << (len(same_rate) + len(heard)).bit_length()
    spectrum = np.conj(np.fft.rfft(same_rate, size)) * np.fft.rfft(heard, size)
    shift = int(np.argmax(np.fft.irfft(spectrum, size)))
    shift -= size if shift > size // 2 else 0
    begin, end = max(0, shift), min(len(heard), len(same_rate) + shift)
    a, b = same_rate[begin - shift : end - shift], heard[begin:end]
    likeness = float(np.dot(a, b) / np.sqrt(np.dot(a, a) * np.dot(b, b)))
    told = heard_from_s + shift / 16_000
    return told - truth_from_s, likeness, float(np.sqrt(np.dot(b, b) / np.dot(a, a)))


def onsets(sound: Pcm, from_s: float, rate_hz: int) -> npt.NDArray[np.float64]:
    """When each sound begins that follows at least 80 ms of silence, in monotonic seconds."""
    loud = np.flatnonzero(np.abs(sound) > 0.02)
    return from_s + loud[np.diff(loud, prepend=-rate_hz) > rate_hz * 8 // 100] / rate_hz


@pytest.fixture(scope="session")
def sound_card() -> Iterator[VirtualSoundCard]:
    """One card for all tests of a run. Skipped only where PulseAudio is not to be had, never in CI."""
    missing = [tool for tool in ("pulseaudio", "pactl", "pacat", "parec") if shutil.which(tool) is None]
    if missing:
        reason = f"the virtual sound card needs {', '.join(missing)} (apt: pulseaudio pulseaudio-utils)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    folder = Path(tempfile.mkdtemp(prefix="sound-card-"))
    card = VirtualSoundCard(folder)
    try:
        yield card
    finally:
        card.close()
        shutil.rmtree(folder, ignore_errors=True)
