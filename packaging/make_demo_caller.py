"""Makes assets/demo/caller.wav, the recording that talks to an agent, and caller.toml, what is said in it and when.

Run it with `python packaging/make_demo_caller.py`; the weights of kokoro-82m-int8 must have been fetched.
"""

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr

from studio.model.audio import LISTENING_RATE_HZ, Samples, audible_span, silence, to_pcm16
from studio.providers.tts.kokoro import Kokoro, KokoroSettings

FOLDER = Path(__file__).parent.parent / "assets" / "demo"
VOICE = "am_michael"
ROOM_NOISE_DB = -65.0
SPEECH_PEAK = 0.5
LEAD_IN_MS = 1000
LEAD_OUT_MS = 6000


@dataclass(frozen=True, slots=True)
class Line:
    """One utterance; where the caller hesitates, its text is in two pieces."""

    pieces: tuple[str, ...]
    wait_ms: int = 5500
    """Silence before it: time for the agent's answer."""
    hesitation_ms: int = 0
    """Silence between its pieces."""
    barge_in: bool = False
    """Spoken while the agent is still answering."""


SCRIPT = (
    Line(("What is the capital of Italy?",), wait_ms=LEAD_IN_MS),
    Line(("What should I wear when it is raining?",)),
    Line(("Could you tell me, um,", "how many days are in a week?"), hesitation_ms=900),
    Line(("What is the opposite of hot?",)),
    Line(("Please tell me all the months of the year.",)),
    Line(("Wait, stop, how many legs does a spider have?",), wait_ms=4000, barge_in=True),
    Line(("Thank you, and who painted the Mona Lisa?",)),
)


@dataclass(frozen=True, slots=True)
class Spoken:
    """Where an utterance stands in the recording, in milliseconds."""

    line: Line
    start_ms: int
    end_ms: int

    def to_toml(self) -> str:
        """One [[utterances]] table."""
        text = json.dumps(" ".join(self.line.pieces))
        rows = [f"text = {text}", f"start_ms = {self.start_ms}", f"end_ms = {self.end_ms}"]
        if self.line.hesitation_ms:
            rows.append(f"hesitation_ms = {self.line.hesitation_ms}")
        if self.line.barge_in:
            rows.append("barge_in = true")
        return "\n".join(["[[utterances]]", *rows]) + "\n"


def of_ms(length_ms: int) -> int:
    """Samples in a length of time."""
    return length_ms * LISTENING_RATE_HZ // 1000


async def say(voice: Kokoro, text: str) -> Samples:
    """The text as spoken, from its first to its last audible sample, at the listening rate."""
    sentences = [sentence.samples async for sentence in voice.speak(text)]
    samples = soxr.resample(np.concatenate(sentences), voice.rate_hz, LISTENING_RATE_HZ).astype(np.float32)
    span = audible_span(samples, LISTENING_RATE_HZ)
    if span is None:
        raise RuntimeError(f"{VOICE} said nothing for {text!r}")
    spoken: Samples = samples[slice(*span)]
    return spoken * np.float32(SPEECH_PEAK / np.abs(spoken).max())


async def record() -> tuple[Samples, list[Spoken]]:
    """The whole recording and the truth about it."""
    voice = Kokoro(KokoroSettings(voice=VOICE))
    await voice.open()
    recording, truth = silence(0), []
    for line in SCRIPT:
        recording = np.concatenate([recording, silence(of_ms(line.wait_ms))])
        start = recording.size
        for index, piece in enumerate(line.pieces):
            hesitation = silence(of_ms(line.hesitation_ms) if index else 0)
            recording = np.concatenate([recording, hesitation, await say(voice, piece)])
        truth.append(Spoken(line, start * 1000 // LISTENING_RATE_HZ, recording.size * 1000 // LISTENING_RATE_HZ))
    await voice.close()
    recording = np.concatenate([recording, silence(of_ms(LEAD_OUT_MS))])
    noise = np.random.default_rng(seed=1).standard_normal(recording.size).astype(np.float32)
    return recording + noise * np.float32(10 ** (ROOM_NOISE_DB / 20)), truth


def main() -> None:
    """Write both files."""
    recording, truth = asyncio.run(record())
    FOLDER.mkdir(parents=True, exist_ok=True)
    soundfile.write(FOLDER / "caller.wav", to_pcm16(recording), LISTENING_RATE_HZ, subtype="PCM_16")
    head = "# What is said in caller.wav, first to last audible sample. Made by packaging/make_demo_caller.py.\n"
    tables = "\n".join(spoken.to_toml() for spoken in truth)
    (FOLDER / "caller.toml").write_text(f"{head}rate_hz = {LISTENING_RATE_HZ}\n\n{tables}", encoding="utf-8")
    print(f"{FOLDER / 'caller.wav'}: {recording.size / LISTENING_RATE_HZ:.1f} s, {len(truth)} utterances")


if __name__ == "__main__":
    main()
