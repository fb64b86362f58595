"""What the detectors make of a call: each is run once and its answers are kept. Must not know of turns or truth."""

import asyncio
import json
from pathlib import Path

import numpy as np

from benchmarks.turns.compose import calls_folder, recording
from benchmarks.turns.truth import Call
from studio.model.audio import Samples
from studio.providers.turn.smart_turn import SmartTurn, SmartTurnSettings
from studio.providers.vad.silero import FRAME_SAMPLES, Silero, SileroSettings


class Hearing:
    """Silero's speech probabilities and Smart Turn's answers about one call."""

    frame_samples = FRAME_SAMPLES

    def __init__(self, call: Call, probabilities: Samples, judged: dict[str, float], detectors: "Detectors") -> None:
        self.call = call
        self.probabilities = probabilities
        self.judged = judged
        self._detectors = detectors
        self._samples: Samples | None = None

    def end_probability(self, start: int, end: int) -> float:
        """What Smart Turn says of the samples from `start` to `end`."""
        key = f"{start}-{end}"
        if key not in self.judged:
            if self._samples is None:
                self._samples = recording(self.call)
            self.judged[key] = round(self._detectors.judge(self._samples[start:end]), 4)
        return self.judged[key]

    def keep(self) -> None:
        """Write what was learned."""
        said = {"probabilities": [round(float(value), 3) for value in self.probabilities], "judged": self.judged}
        _kept(self.call).write_text(json.dumps(said), encoding="utf-8")


class Detectors:
    """Opens a detector when it is first needed; a call that was heard before needs none."""

    def __init__(self) -> None:
        self._runner = asyncio.Runner()
        self._vad: Silero | None = None
        self._turn: SmartTurn | None = None

    def hear(self, call: Call) -> Hearing:
        """The call as the VAD hears it, with whatever was judged before."""
        if _kept(call).exists():
            said = json.loads(_kept(call).read_bytes())
            return Hearing(call, np.array(said["probabilities"], dtype=np.float32), said["judged"], self)
        if self._vad is None:
            self._vad = Silero(SileroSettings())
            self._runner.run(self._vad.open())
        self._vad.reset()
        samples = recording(call)
        frames = samples[: samples.size // FRAME_SAMPLES * FRAME_SAMPLES].reshape(-1, FRAME_SAMPLES)
        probabilities = np.array([self._vad.speech_probability(frame) for frame in frames], dtype=np.float32)
        hearing = Hearing(call, probabilities, {}, self)
        hearing.keep()
        return hearing

    def judge(self, samples: Samples) -> float:
        """Smart Turn's probability that this is a whole turn."""
        if self._turn is None:
            self._turn = SmartTurn(SmartTurnSettings())
            self._runner.run(self._turn.open())
        return self._runner.run(self._turn.end_probability(samples))


def _kept(call: Call) -> Path:
    return calls_folder() / f"{call.name}.heard.json"
