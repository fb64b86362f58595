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
_UNJUDGED = 0.1
"""What a detector counts for that has not judged yet: on a busy machine it may come late, and then the rest decides.
Even a vendor's word that the turn may be over leaves it twice the time it needs (314 ms at the default timers)."""
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
    heard = _UNJUDGED if known.detector is None else min(max(known.detector, 1 - _CERTAIN), _CERTAIN)
    logit = math.log(heard / (1 - heard)) + cue + VENDOR_EAGER * known.vendor_eager
    probability = 1 / (1 + math.exp(-logit))
    wait = round(_wait_ms(probability, timers) * NS_PER_MS)
    sure = probability >= timers.turn_threshold
    reason = "sure" if sure else "unfinished words" if cue < 0 else "unsure"
    slow = min(timers.patience_ms * NS_PER_MS, round(known.pace_ns * _PACE_MARGIN))
    if timers.learn_pace and slow > wait and probability < (1 + timers.turn_threshold) / 2:
        wait, reason = slow, "slow speaker"
    judged = known.detector is not None
    return Endpoint(wait, probability if judged else None, known.detector, cue, reason if judged else "not judged")


def _wait_ms(probability: float, timers: TurnTaking) -> float:
    """`silence_ms` from the threshold on, `patience_ms` at 0, and even steps of ratio between."""
    doubt = max(0.0, 1 - probability / timers.turn_threshold)
    return float(timers.soonest_ms * (timers.patience_ms / timers.soonest_ms) ** doubt)
