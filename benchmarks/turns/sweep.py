"""Every system at every setting over the calls, and where two systems' curves meet."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from benchmarks.turns.acts import Heard, System
from benchmarks.turns.measures import Figures, OverlapOutcome, TurnOutcome, figures, overlap_outcomes, turn_outcomes
from benchmarks.turns.ours import Studio
from benchmarks.turns.simple import SilenceOnly, SmartTurnAlone

EAGERNESS = (0.0, 0.15, 0.3, 0.4, 0.5, 0.6, 0.7, 0.85, 1.0)
SILENCE_MS = (200, 300, 400, 500, 600, 700, 800, 1000)
SMART_TURN_MS = (100, 160, 200, 300, 400, 600, 800)
REFERENCE_MS = 500
"""The silence of the system that ours is compared with."""


@dataclass(frozen=True, slots=True)
class Row:
    """A system at one setting, over everything and by group."""

    family: str
    setting: float
    all: Figures
    groups: dict[str, Figures]


def systems() -> tuple[System, ...]:
    """All that are compared."""
    return (
        *(Studio(eagerness) for eagerness in EAGERNESS),
        *(SmartTurnAlone(silence_ms) for silence_ms in SMART_TURN_MS),
        *(SilenceOnly(silence_ms) for silence_ms in SILENCE_MS),
    )


def measured(system: System, calls: Iterable[Heard]) -> Row:
    """How a system does in these calls."""
    turns: list[TurnOutcome] = []
    overlaps: list[OverlapOutcome] = []
    for heard in calls:
        done = system.replay(heard)
        turns += turn_outcomes(heard.call, done)
        overlaps += overlap_outcomes(heard.call, done)
    groups = {
        name: figures(
            [turn for turn in turns if name in _groups(turn)], [one for one in overlaps if name in _groups(one)]
        )
        for name in sorted({name for turn in turns for name in _groups(turn)})
    }
    return Row(system.family, system.setting, figures(turns, overlaps), groups)


def _groups(outcome: TurnOutcome | OverlapOutcome) -> tuple[str, ...]:
    call = outcome.call
    engine = call.voice.partition("/")[0]
    part = "held out" if call.held_out else "tuning"
    return (call.language, f"{call.language} {engine}", part, f"kind {outcome.item.kind}", *(["slow"] * call.slow))


def delay_at(rows: Sequence[Row], rate: float, share: str = "p50") -> float | None:
    """The delay, its p50 or p90, of a family at a rate of false cut-ins per turn, between its settings; None outside.

    Where its curve passes the rate more than once, the smallest delay counts.
    """
    points = [(row.all.cut_turns, row.all.delay[share]) for row in rows if row.all.delay]
    met = [delay for cut, delay in points if cut <= rate]
    for (cut, delay), (next_cut, next_delay) in pairwise(points):
        if min(cut, next_cut) <= rate <= max(cut, next_cut) and cut != next_cut:
            met.append(delay + (next_delay - delay) * (rate - cut) / (next_cut - cut))
    return min(met, default=None)
