"""What is true of a composed call, sample by sample: who speaks when, where turns pause and end. Records only."""

from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict, TypeAdapter

from studio.model.audio import LISTENING_RATE_HZ

PER_MS = LISTENING_RATE_HZ // 1000
"""Samples a millisecond; every position below counts samples at 16 kHz from the call's start."""


class Kind(StrEnum):
    """What an item of a call is."""

    PLAIN = "plain"
    SHORT = "short"
    PAUSING = "pausing"
    NUMBER = "number"
    HESITATING = "hesitating"
    INTERRUPTION = "interruption"
    """Said over the agent, which must yield."""
    BACKCHANNEL = "backchannel"
    """Said over the agent, which must go on."""
    COUGH = "cough"
    NOISE = "noise"


OVER_AGENT = frozenset({Kind.INTERRUPTION, Kind.BACKCHANNEL, Kind.COUGH, Kind.NOISE})
NO_TURN = frozenset({Kind.BACKCHANNEL, Kind.COUGH, Kind.NOISE})
"""What the agent must not answer."""


class Record(BaseModel):
    """Checked, frozen and written as JSON."""

    model_config = ConfigDict(frozen=True)


class Span(Record):
    """From the first audible sample to one past the last."""

    start: int
    end: int

    @property
    def ms(self) -> float:
        """Its length."""
        return (self.end - self.start) / PER_MS


class Word(Record):
    """A word and where its sound ends; within a stretch without pauses this is shared out by letters."""

    text: str
    end: int


class Item(Record):
    """Something the user does: a turn, or a sound that is none."""

    kind: Kind
    sound: Span
    """A turn's `end` is what endpointing delay counts from."""
    pauses: tuple[Span, ...] = ()
    """The pauses that were put into the turn; the voice's own short ones are not listed."""
    words: tuple[Word, ...] = ()
    agent: Span | None = None
    """While the agent speaks, for what is said over it."""


class Call(Record):
    """One speaker's recording."""

    name: str
    language: str
    voice: str
    slow: bool
    held_out: bool
    """Not for tuning."""
    samples: int
    items: tuple[Item, ...]

    @property
    def turns(self) -> tuple[Item, ...]:
        """What the agent must answer."""
        return tuple(item for item in self.items if item.kind not in NO_TURN)


_CALLS = TypeAdapter(tuple[Call, ...])


def read_truth(path: Path) -> tuple[Call, ...]:
    """The calls that `write_truth` wrote."""
    return _CALLS.validate_json(path.read_bytes())


def write_truth(path: Path, calls: tuple[Call, ...]) -> None:
    """As JSON."""
    path.write_bytes(_CALLS.dump_json(calls, exclude_defaults=True))
