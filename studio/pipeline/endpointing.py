"""How much silence ends a turn: everything known of a pause, fused into one probability and one wait.

Pure; knows no state machine and no clock. The wait is short after a sure end and long inside a hesitation, without a
step between: there is no timer beside `silence_ms` and `patience_ms`.
"""

import math
from dataclasses import dataclass

from studio.model.preset import TurnTaking
from studio.model.time import NS_PER_MS
from studio.pipeline import words

VENDOR_EAGER = 1.5
"""What a vendor's `the turn may be over` says, in logits."""
_CERTAIN = 0.88
"""No detector is surer than this: words that are clearly unfinished outweigh it."""
_PACE_MARGIN = 1.2
"""A slow speaker's pause is waited out by this much."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that is known of a pause."""

    detector: float | None = None
    """The turn detector's probability; None before it has judged."""
    text: str | None = None
    """The words so far."""
    vendor_eager: bool = False
    """The STT vendor says that the turn may be over."""
    pace_ns: int = 0
    """How long this user pauses within a turn; 0: not known."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What follows from it."""

    wait_ns: int
    """Silence that ends the turn, from the last frame of speech."""
    probability: float | None
    """That the turn is over; None while the detector has not judged."""
    detector: float | None
    cue: float
    """What the words say, in logits."""
    reason: str


def endpoint(known: Evidence, timers: TurnTaking) -> Endpoint:
    """The wait that fits to what is known."""
    cue = words.cue(known.text or "")
    patience = timers.patience_ms * NS_PER_MS
    if known.detector is None:
        return Endpoint(patience, None, None, cue, "not judged")
    heard = min(max(known.detector, 1 - _CERTAIN), _CERTAIN)
    logit = math.log(heard / (1 - heard)) + cue + VENDOR_EAGER * known.vendor_eager
    probability = 1 / (1 + math.exp(-logit))
    wait = _wait_ms(probability, timers) * NS_PER_MS
    sure = probability >= timers.turn_threshold
    reason = "sure" if sure else "unfinished words" if cue < 0 else "unsure"
    slow = min(patience, round(known.pace_ns * _PACE_MARGIN))
    if timers.learn_pace and slow > wait and probability < (1 + timers.turn_threshold) / 2:
        return Endpoint(slow, probability, known.detector, cue, "slow speaker")
    return Endpoint(round(wait), probability, known.detector, cue, reason)


def _wait_ms(probability: float, timers: TurnTaking) -> float:
    """`silence_ms` from the threshold on, `patience_ms` at 0, and even steps of ratio between."""
    doubt = max(0.0, 1 - probability / timers.turn_threshold)
    return float(timers.soonest_ms * (timers.patience_ms / timers.soonest_ms) ** doubt)
