"""A program that hears and plays through the studio's devices and writes down what it was told; and its reader.

Runs in its own process, because PortAudio keeps the sound server it met first for the life of a process.
"""

import argparse
import asyncio
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen

import numpy as np

from studio.audio.device_feed import DeviceSettings
from studio.audio.devices import SoundSystem
from studio.audio.microphone import Microphone
from studio.audio.speaker import Speaker
from studio.model.audio import LISTENING_RATE_HZ, Samples
from studio.model.errors import DeviceError
from studio.model.preset import Playout
from studio.model.time import NS_PER_S
from studio.pipeline.clock import Clock
from tests.virtual_sound_card import VirtualSoundCard

TONE_HZ = 400
TONE_EVERY_S = 0.25


def say(line: str) -> None:
    """Tell the test that started this program."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


class Client:
    """Both devices, and everything they say."""

    def __init__(self) -> None:
        self.clock = Clock(asyncio.get_running_loop())
        self.zero_s = time.monotonic() - self.clock.now() / NS_PER_S
        self.lost: list[str] = []
        self.devices: list[str] = []
        self.delays_ns: list[int] = []
        system = SoundSystem()
        self.microphone = Microphone(self._settings("microphone", None), self.clock, system)
        self.speaker = Speaker(self._settings("speaker", Playout().buffer_ms), self.clock, system)
        self.user: list[Samples] = []
        self.agent: list[Samples] = []
        self.ends_ns = {"user": 0, "agent": 0}

    def _settings(self, what: str, buffer_ms: float | None) -> DeviceSettings:
        def lost(samples: int, reason: str) -> None:
            self.lost.append(f"{what} {samples} {reason}")

        def changed(name: str, reason: str) -> None:
            self.devices.append(f"{what} {name} {reason}")
            say(reason)

        return DeviceSettings(buffer_ms=buffer_ms, on_lost=lost, on_device=changed)

    async def hear(self) -> None:
        async for block in self.microphone.blocks():
            self.user.append(block.samples)
            self.delays_ns.append(self.clock.now() - block.at)
            self.ends_ns["user"] = block.at + len(block.samples) * NS_PER_S // LISTENING_RATE_HZ

    async def play(self) -> None:
        async for played in self.speaker.blocks():
            block = played.block
            self.agent.append(block.samples)
            self.ends_ns["agent"] = block.at + len(block.samples) * NS_PER_S // self.speaker.rate_hz

    async def say_tones(self, seconds: float) -> None:
        rate_hz = self.speaker.rate_hz
        tone = 0.5 * np.sin(2 * np.pi * TONE_HZ * np.arange(rate_hz // 10) / rate_hz)
        for _ in range(int(seconds / TONE_EVERY_S)):
            self.speaker.write(tone.astype(np.float32))
            await asyncio.sleep(TONE_EVERY_S)

    async def use(self, plan: str) -> None:
        after_s, what, name = plan.split(":")
        await asyncio.sleep(float(after_s))
        device: Microphone | Speaker = self.microphone if what == "microphone" else self.speaker
        await device.use(name)

    async def close(self) -> None:
        await self.microphone.close()
        await self.speaker.close()

    def report(self, path: Path) -> None:
        """The tracks, each with the time of its first sample reckoned back from its end."""
        user, agent = np.concatenate(self.user), np.concatenate(self.agent)
        np.savez(
            path, user=user, agent=agent, zero_s=self.zero_s,
            user_from_s=self.zero_s + self.ends_ns["user"] / NS_PER_S - len(user) / LISTENING_RATE_HZ,
            agent_from_s=self.zero_s + self.ends_ns["agent"] / NS_PER_S - len(agent) / self.speaker.rate_hz,
            told_within_ms=np.percentile(np.array(self.delays_ns[50:]) / 1e6, 95),
            lost=self.lost, devices=self.devices,
        )  # fmt: skip


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("report", type=Path)
    parser.add_argument("seconds", type=float)
    parser.add_argument("--tones", action="store_true")
    parser.add_argument("--use", default="")
    asked = parser.parse_args()
    client = Client()
    await client.microphone.open()
    await client.speaker.open()
    say("open")

    async def until_over() -> None:
        await asyncio.sleep(asked.seconds)
        await client.close()

    work = [client.hear(), client.play(), until_over()]
    if asked.tones:
        work.append(client.say_tones(asked.seconds - 0.5))
    if asked.use:
        work.append(client.use(asked.use))
    await asyncio.gather(*work)
    client.report(asked.report)


class Running:
    """The program while it runs."""

    def __init__(self, process: Popen[str], report: Path) -> None:
        self.process = process
        self.report = report
        self.lines: list[str] = []
        self.complaints = ""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.strip())

    def finish(self) -> int:
        """The program's exit code, once it is over."""
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        self.complaints = self.process.stderr.read()
        code = self.process.wait(60)
        self._reader.join(5)
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe is not None:
                pipe.close()
        return code

    def wait_for(self, word: str, timeout_s: float = 20) -> None:
        deadline = time.monotonic() + timeout_s
        while word not in self.lines:
            assert time.monotonic() < deadline, f"no {word!r} in {self.lines}"
            time.sleep(0.02)


@dataclass
class Heard:
    """What the program wrote down; times in monotonic seconds."""

    user: Samples
    user_from_s: float
    agent: Samples
    agent_from_s: float
    user_blocks_told_within_ms: float
    lost: list[str]
    devices: list[str]

    @staticmethod
    def of(running: Running) -> "Heard":
        assert running.finish() == 0, running.complaints
        with np.load(running.report) as told:
            return Heard(
                told["user"], float(told["user_from_s"]), told["agent"], float(told["agent_from_s"]),
                float(told["told_within_ms"]), told["lost"].tolist(), told["devices"].tolist(),
            )  # fmt: skip


def session(card: VirtualSoundCard, report: Path, seconds: float, tones: bool = False, use: str = "") -> Running:
    """Start the program on a virtual sound card and wait until its devices are open."""
    arguments = ["-m", "tests.audio.device_client", str(report), str(seconds)]
    arguments += ["--tones"] * tones + (["--use", use] if use else [])
    running = Running(card.python(*arguments), report)
    running.wait_for("open")
    return running


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except DeviceError as error:
        say(str(error))
        sys.exit(2)
