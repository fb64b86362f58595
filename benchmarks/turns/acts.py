"""What a system does in a call, and what it is given: the same for every system. Records only."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol

from benchmarks.turns.truth import Call
from studio.model.audio import Samples

DETECTOR_MS = 30
"""From the turn detector's question to its answer."""
STT_MS = 150
"""From the end of a word to its text, and from a pause to the final transcript."""
ANSWER_MS = 500
"""From a commit to the first audible sample of the reply, if nothing stops it."""
REPLY_MS = 1500
"""A reply's length."""


class Act(Enum):
    """What the user would notice, and the decision behind it."""

    COMMIT = auto()
    """The turn is held for over and a reply begins."""
    AUDIBLE = auto()
    """The reply's first sample."""
    SILENT = auto()
    """The agent, which was heard, falls silent: for good or for now."""
    RESUME = auto()
    """It goes on after all."""
    STOP = auto()
    """It has been interrupted for good."""


@dataclass(frozen=True, slots=True)
class Done:
    """An act and its time in samples from the call's start."""

    at: int
    act: Act


class Heard(Protocol):
    """A call through the ears of the detectors."""

    @property
    def call(self) -> Call:
        """What is true of it; a system takes nothing from it but words and the agent's lines."""
        ...

    @property
    def frame_samples(self) -> int:
        """Length of a VAD frame."""
        ...

    @property
    def probabilities(self) -> Samples:
        """The VAD's, one a frame."""
        ...

    def end_probability(self, start: int, end: int) -> float:
        """The turn detector's, of the samples from `start` to `end`."""
        ...


class System(Protocol):
    """Decides when to speak and when to be silent."""

    @property
    def family(self) -> str:
        """The line it belongs to in the picture."""
        ...

    @property
    def setting(self) -> float:
        """Where on that line it stands."""
        ...

    def replay(self, heard: Heard) -> Sequence[Done]:
        """What it does in this call."""
        ...
