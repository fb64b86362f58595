"""The kinds of marks a lane can show. A painter exists for each kind; a lane knows none of them."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from studio.model.time import Instant
from studio.model.turn_events import IntentGuessed, Routed

Times = npt.NDArray[np.int64]
"""Instants, ascending, one axis."""
Values = npt.NDArray[np.float32]
"""Numbers of 0 to 1, one per instant."""


@dataclass(frozen=True, slots=True, eq=False)
class Wave:
    """Loudness: one bar around the middle for each stretch of sound."""

    starts: Times
    peaks: Values
    length: int
    """Of each stretch, in nanoseconds."""


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """A probability over time: one bar from the ground for each frame, and the threshold it is held against."""

    starts: Times
    values: Values
    length: int
    """Of each frame, in nanoseconds."""
    threshold: float


@dataclass(frozen=True, slots=True)
class Point:
    """A single judgement: a probability at a moment, held against a threshold."""

    at: Instant
    value: float
    threshold: float
    fused: bool = False
    """False: one judge's own; True: with everything else that was known."""


class Texture(StrEnum):
    """What a span says besides its colour."""

    WORK = "work"
    """A stage is doing something the answer waits for."""
    WAIT = "wait"
    """Nothing is done but waiting: drawn hatched."""
    AHEAD = "ahead"
    """Work that nobody waits for: the answer is already under way."""
    WASTED = "wasted"
    """Work that was thrown away: drawn hollow and struck through."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Something that lasts."""

    start: Instant
    end: Instant | None
    """None: it has not ended."""
    texture: Texture


@dataclass(frozen=True, slots=True)
class Tick:
    """Something small that happens at a moment."""

    at: Instant


@dataclass(frozen=True, slots=True)
class Interruption:
    """The user made a sound over the agent: shown across all lanes."""

    onset: Instant
    end: Instant | None
    """Last audible sample of the agent, or when it went on; None while that is open."""
    confirmed: bool = True
    """False: the agent only pauses, and goes on where it was no interruption."""


@dataclass(frozen=True, slots=True)
class Understood:
    """What was understood of a turn from here on: drawn as text."""

    at: Instant
    end: Instant | None
    """When something else was understood; None: that is the latest."""
    intent: IntentGuessed | None
    """None: nothing was guessed of this turn."""
    routed: Routed | None
    """None: nothing has been chosen yet, or there is nothing to choose."""


Mark = Wave | Level | Point | Stretch | Tick | Interruption | Understood
