"""The studio's latency beside Pipecat's and LiveKit's, in one run, heard in the sound that comes out.

    python -m benchmarks.peers [--turns 50] [--interruptions 12] [--systems NAME ...] [--json FILE [--resume]]
                               [--load N ...]

One recording talks to every system in real time, one after the other, each in its own environment and process. All
have the same vendors: this repository's loopback stand-ins, in a process of their own, which know a word 150 ms after
it was said, think for 350 ms from each request on and then 20 ms a token, and sound 75 ms after the text. Who asks for
a reply to less than all words is answered something else. Nothing that a system says of itself is believed: V2V, false
cut-ins and the silence after an interruption are measured in its WAV file against the truth about the recording.
Clock: the sample clock of each system's sound card of two WAV files; an event loop that is late writes late sound where
it was due, in all systems alike, so that what overload costs is told too low rather than too high.
"""

import argparse
import os
import signal
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import soundfile
from platformdirs import user_cache_path

from benchmarks.machine import machine_line
from benchmarks.peers import listening, servers
from benchmarks.peers.caller import PAUSES_MS, Utterance, compose, lines, to_json
from benchmarks.peers.figures import Figures, as_json, figures, floor_ms, per_core, table
from benchmarks.peers.listening import hear, stretches
from benchmarks.peers.results import Results
from benchmarks.peers.running import CallFailedError, Cost, call
from benchmarks.peers.systems import HERE, SYSTEMS, System, Wires, chosen, command, environment
from benchmarks.peers.vendors import serving
from benchmarks.peers.voices import speech
from studio.audio.wav_file import read_recording
from studio.model.audio import LISTENING_RATE_HZ, to_pcm16

Pythons = dict[str, Path]
"""Of each framework's environment."""
FLOOR_MS = floor_ms(servers.FINAL_MS, servers.FIRST_TOKEN_MS, servers.FIRST_AUDIO_MS)


@dataclass(frozen=True)
class Scene:
    """What every system meets."""

    truth: list[Utterance]
    recording: Path
    recording_s: float
    environments: Path
    results: Path
    """Where the sound and the logs of each call are kept."""


def main() -> int:
    """Run the calls and print the table; 1 where a system failed or left a turn unanswered."""
    options = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # whoever ends this ends the calls under way, too
    wanted = chosen(options.systems)
    machine = machine_line()
    with tempfile.TemporaryDirectory() as temporary:
        sounds = options.keep or Path(temporary)
        sounds.mkdir(parents=True, exist_ok=True)
        scene = _scene(options, sounds)
        pythons = {each.framework: environment(each.framework, scene.environments) for each in wanted}
        conditions = _conditions(scene, machine)
        print("\n".join(conditions), flush=True)
        results = Results(options.json, conditions)
        if options.resume:
            results.resume()
        for system in (each for each in wanted if not isinstance(results.rows.get(each.name), Figures)):
            results.add(system.name, _one(system, pythons[system.framework], scene))
            done = table({system.name: results.rows[system.name]}).splitlines()[1]
            print(f"{done}   load average {os.getloadavg()[0]:.1f}", file=sys.stderr, flush=True)
        print(table(results.rows))
        for system in wanted if options.load else ():
            results.add_load(system.name, _load(options.load, system, pythons[system.framework], scene))
    return 1 if any(isinstance(row, str) or row.unanswered for row in results.rows.values()) else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__.splitlines()[0])
    parser.add_argument("--turns", type=int, default=50)
    parser.add_argument("--interruptions", type=int, default=12)
    names = ", ".join(each.name for each in SYSTEMS)
    parser.add_argument("--systems", nargs="+", default=[], metavar="NAME", help=f"a framework, or of {names}")
    parser.add_argument("--json", type=Path, help="write the figures here, too")
    parser.add_argument("--resume", action="store_true", help="keep what --json has, and run what is missing there")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep the sound and the log of each call here")
    parser.add_argument("--environments", type=Path, default=user_cache_path("voice-agent-studio") / "peers")
    parser.add_argument("--load", type=int, nargs="+", default=[], metavar="N", help="also N calls at once, for each N")
    options = parser.parse_args()
    if options.load and min(options.load) != 1:
        parser.error("--load needs 1 among its numbers, to compare with")
    if options.resume and not options.json:
        parser.error("--resume needs --json")
    return options


def _scene(options: argparse.Namespace, results: Path) -> Scene:
    said = lines(HERE / "words.toml", options.turns, options.interruptions)
    spoken = speech((piece for line in said for piece in line.pieces), options.environments / "speech")
    samples, truth = compose(said, spoken)
    soundfile.write(results / "caller.wav", to_pcm16(samples), LISTENING_RATE_HZ, subtype="PCM_16")
    (results / "truth.json").write_text(to_json(truth), "utf-8")
    length_s = len(samples) / LISTENING_RATE_HZ
    return Scene(truth, results / "caller.wav", length_s, options.environments, results)


def _conditions(scene: Scene, machine: str) -> list[str]:
    cuts = sum(each.interrupts for each in scene.truth)
    pauses = sum(each.paused for each in scene.truth)
    return [
        machine,
        f"{len(scene.truth) - cuts} turns, {pauses} with a pause of {PAUSES_MS[0]} to {PAUSES_MS[-1]} ms in them,"
        f" {cuts} interruptions; {scene.recording_s / 60:.1f} minutes of talk",
        f"Final words {servers.FINAL_MS} ms after the last sound, first token {servers.FIRST_TOKEN_MS} ms, a token"
        f" {servers.TOKEN_MS} ms, first sound {servers.FIRST_AUDIO_MS} ms: floor {FLOOR_MS:.0f} ms",
        f"Flux is fairly sure of a turn's end after {servers.OVER_MS[0]} ms of silence and sure after"
        f" {servers.OVER_MS[1]} ms; in a pause within it after {servers.OPEN_MS[0]} and {servers.OPEN_MS[1]} ms",
        f"Audible from {listening.AUDIBLE_DB:.0f} dB below the loudest sample, gaps under {listening.MERGE_GAP_MS} ms"
        " merged; clock: samples of the WAV files; ms unless it says otherwise",
    ]


def _one(system: System, python: Path, scene: Scene) -> Figures | str:
    name = system.name.replace(":", "-")
    with serving(scene.results / "truth.json", scene.results / f"{name}-vendors.log") as vendors:
        try:
            row = _call(system, python, scene, vendors.url, name)
        except CallFailedError as error:
            return str(error)
    return replace(row, asked=vendors.asked)


def _call(system: System, python: Path, scene: Scene, url: str, name: str) -> Figures:
    output = scene.results / f"{name}.wav"
    wires = Wires(url, scene.recording, output, scene.results / f"{name}-session")
    cost: Cost = call(command(system, python, wires), scene.results / f"{name}.log", scene.recording_s)
    played = read_recording(output)
    sound = stretches(played.samples, played.rate_hz)
    if not sound:
        raise CallFailedError("it never said anything")
    return figures(scene.truth, hear(scene.truth, sound, scene.recording_s * 1000), cost, FLOOR_MS)


def _load(counts: Sequence[int], system: System, python: Path, scene: Scene) -> dict[str, object]:
    """One system, more and more calls at once."""
    cores = os.cpu_count() or 1
    calls = {count: _together(system, python, scene, count) for count in counts}
    sustained = per_core(calls, cores)
    for count, rows in calls.items():
        print(table({f"{system.name} {index + 1}/{count}": row for index, row in enumerate(rows)}))
    print(f"{system.name}: {sustained:.1f} sessions a core until the excess doubles", flush=True)
    calls_json = {count: [as_json(row) for row in rows] for count, rows in calls.items()}
    return {"sessions_per_core": sustained, "cores": cores, "calls": calls_json}


def _together(system: System, python: Path, scene: Scene, count: int) -> list[Figures | str]:
    """They share one set of stand-ins, whose own work is part of the load on the machine."""

    def hold(index: int) -> Figures | str:
        try:
            return _call(system, python, scene, vendors.url, f"{system.name.replace(':', '-')}-{count}-{index}")
        except CallFailedError as error:
            return str(error)

    with (
        serving(scene.results / "truth.json", scene.results / "load-vendors.log") as vendors,
        ThreadPoolExecutor(count) as pool,
    ):
        return list(pool.map(hold, range(count)))


if __name__ == "__main__":
    sys.exit(main())
