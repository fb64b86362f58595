"""What is compared: each system with each of its settings, its environment and how a call with it is started."""

import hashlib
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
STUDIO = "studio"


@dataclass(frozen=True)
class System:
    """One system with one of its settings."""

    framework: str
    setting: str
    about: str

    @property
    def name(self) -> str:
        """As it is asked for and shown."""
        return f"{self.framework}:{self.setting}"


@dataclass(frozen=True)
class Wires:
    """One call: where the vendors are, who talks, and where the answer goes."""

    url: str
    caller: Path
    output: Path
    session: Path
    """A folder for what the studio records."""


SYSTEMS = (
    System(STUDIO, "nova-default", "as it is, Nova-3"),
    System(STUDIO, "nova", "Nova-3, a turn's end by the timers of the preset `fastest`"),
    System(STUDIO, "nova-plain", "as nova, no speculation"),
    System(STUDIO, "flux", "as nova, Flux with eager turns"),
    System("livekit", "default", "as it is, Nova-3, audio turn detector"),
    System("livekit", "tuned", "no endpointing delay, reply and voice ahead, short sentences, interruption 64 ms"),
    System("livekit", "words", "as tuned, words to the voice by a tokenizer of our own"),
    System("livekit", "fastest", "as words, without the detector: 0.1 s of silence ends a turn"),
    System("livekit", "flux-eager", "as words, turns by Flux, eager"),
    System("pipecat", "default", "as it is, Nova-3, Silero 0.2 s, Smart Turn"),
    System("pipecat", "tuned", "tokens to the voice, 10 ms output, STT's own 99th percentile, interruption 64 ms"),
    System("pipecat", "fastest", "as tuned, without Smart Turn: 0.1 s of silence ends a turn"),
    System("pipecat", "flux-eager", "turns by Flux, eager, tokens to the voice, 10 ms output"),
)


def chosen(names: Sequence[str]) -> list[System]:
    """Those that are named, by framework or in full; all where none is.

    Raises:
        ValueError: there is no such system.
    """
    known = {*(each.framework for each in SYSTEMS), *(each.name for each in SYSTEMS)}
    if unknown := sorted(set(names) - known):
        raise ValueError(f"no such system: {', '.join(unknown)}; there are {', '.join(sorted(known))}")
    return [each for each in SYSTEMS if not names or each.framework in names or each.name in names]


def environment(framework: str, folder: Path) -> Path:
    """The Python of a framework's own environment, made from its exact pins if there is none yet."""
    if framework == STUDIO:
        return Path(sys.executable)
    pins = HERE / "requirements" / f"{framework}.txt"
    place = folder / f"{framework}-{hashlib.sha256(pins.read_bytes()).hexdigest()[:8]}"
    python, whole = place / "bin" / "python", place / "whole"
    if not whole.exists():
        print(f"Making {framework}'s environment in {place} ...", file=sys.stderr, flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", place], check=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", str(pins)]
        subprocess.run(pip, check=True, stdout=sys.stderr)
        whole.touch()
    return python


def command(system: System, python: Path, wires: Wires) -> list[str]:
    """What starts a call, from `ROOT`."""
    files = ["--in", str(wires.caller), "--out", str(wires.output)]
    if system.framework == STUDIO:
        preset = HERE / "presets" / f"{system.setting}.toml"
        studio = ["-m", "studio", "talk", "--preset", str(preset), *files, "--record", str(wires.session)]
        return [str(python), *studio, "--base-url", f"*={wires.url}/{{provider}}"]
    module = f"benchmarks.peers.{system.framework}_agent"
    return [str(python), "-m", module, system.setting, "--url", wires.url, *files]
