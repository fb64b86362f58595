"""Counts what a system did against the truth. Pure; knows no system.

A cut-in is a commit before the user's true end, whether or not anything of the reply was heard by then.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from benchmarks.turns.acts import Act, Done
from benchmarks.turns.truth import NO_TURN, PER_MS, Call, Item, Kind

YIELD_MS = 1000
"""An agent that is not silent so soon after an interruption began has missed it."""
_EARLY_MS = 200
"""A commit this little before the true end is its end, told early; both a cut-in and a negative delay."""
_DRAWS = 1000
"""Of the bootstrap."""


@dataclass(frozen=True, slots=True)
class TurnOutcome:
    """A turn of the user."""

    call: Call
    item: Item
    cuts: tuple[int, ...]
    """Commits before the turn's end, in samples."""
    heard_cut: bool
    """A reply was audible before the turn's end."""
    delay_ms: float | None
    """From the true end to the commit that stood; None when there was none."""

    @property
    def cut_pauses(self) -> int:
        """Inner pauses in which, or just after which, the turn was held for over."""
        starts = [pause.start for pause in self.item.pauses]
        return len({sum(start <= cut for start in starts) for cut in self.cuts} - {0})


@dataclass(frozen=True, slots=True)
class OverlapOutcome:
    """Something that the user did while the agent spoke."""

    call: Call
    item: Item
    silent_ms: float | None
    """From the sound's beginning until the agent was silent; None when it never was."""
    stopped: bool
    """For good, within the agent's line."""
    held_ms: float
    """How long it was silent before it went on."""


def turn_outcomes(call: Call, done: Sequence[Done]) -> list[TurnOutcome]:
    """What became of each turn."""
    outcomes = []
    for item, until in _with_ends(call):
        if item.kind in NO_TURN:
            continue
        commits = [one.at for one in done if one.act is Act.COMMIT and item.sound.start <= one.at < until]
        audible = any(one.act is Act.AUDIBLE and item.sound.start <= one.at < item.sound.end for one in done)
        delay_ms = (commits[-1] - item.sound.end) / PER_MS if commits else None
        outcomes.append(
            TurnOutcome(
                call,
                item,
                tuple(at for at in commits if at < item.sound.end),
                audible,
                delay_ms if delay_ms is not None and delay_ms >= -_EARLY_MS else None,
            )
        )
    return outcomes


def overlap_outcomes(call: Call, done: Sequence[Done]) -> list[OverlapOutcome]:
    """What the agent did about each sound that was made while it spoke."""
    outcomes = []
    for item in call.items:
        if item.agent is None:
            continue
        here = [one for one in done if item.sound.start <= one.at < item.agent.end]
        silent = next((one.at for one in here if one.act is Act.SILENT), None)
        resumed = next((one.at for one in here if one.act is Act.RESUME and silent is not None), None)
        outcomes.append(
            OverlapOutcome(
                call,
                item,
                None if silent is None else (silent - item.sound.start) / PER_MS,
                any(one.act is Act.STOP for one in here),
                0.0 if silent is None or resumed is None else (resumed - silent) / PER_MS,
            )
        )
    return outcomes


def _with_ends(call: Call) -> Iterable[tuple[Item, int]]:
    """Each item with the beginning of the next one."""
    starts = [item.agent.start if item.agent else item.sound.start for item in call.items]
    return zip(call.items, [*starts[1:], call.samples], strict=True)


@dataclass(frozen=True, slots=True)
class Figures:
    """A system at one setting; rates are 0 to 1, times in milliseconds."""

    turns: int
    pauses: int
    cut_turns: float
    cut_turns_heard: float
    cut_pauses: float
    unanswered: float
    delay: dict[str, float]
    """p50, p90, p95, max, and the 95 % interval of p50 as low and high."""
    cut_turns_low: float
    cut_turns_high: float
    missed: float
    """Interruptions that the agent did not yield to within `YIELD_MS`, or spoke on after."""
    stop_ms: dict[str, float]
    """From an interruption's first sample to the agent's last; the detector's part of it only."""
    false_stops: dict[str, float]
    """By kind: sounds that are none that stopped the agent for good."""
    false_holds: dict[str, float]
    """By kind: those that made it pause."""
    hold_ms: dict[str, float]
    """How long such a pause was."""


def figures(turns: Sequence[TurnOutcome], overlaps: Sequence[OverlapOutcome]) -> Figures:
    """The measures of some calls."""
    pauses = sum(len(turn.item.pauses) for turn in turns)
    cut = np.array([bool(turn.cuts) for turn in turns], dtype=float)
    low, high = interval(cut, lambda draws: np.asarray(draws.mean(axis=1)))
    interruptions = [one for one in overlaps if one.item.kind is Kind.INTERRUPTION]
    others = {kind: [one for one in overlaps if one.item.kind is kind] for kind in sorted(NO_TURN)}
    return Figures(
        turns=len(turns),
        pauses=pauses,
        cut_turns=_share(bool(turn.cuts) for turn in turns),
        cut_turns_heard=_share(turn.heard_cut for turn in turns),
        cut_pauses=sum(turn.cut_pauses for turn in turns) / max(1, pauses),
        unanswered=_share(turn.delay_ms is None for turn in turns),
        delay=_spread([turn.delay_ms for turn in turns if turn.delay_ms is not None]),
        cut_turns_low=low,
        cut_turns_high=high,
        missed=_share(one.silent_ms is None or one.silent_ms > YIELD_MS or not one.stopped for one in interruptions),
        stop_ms=_spread([one.silent_ms for one in interruptions if one.silent_ms is not None]),
        false_stops={kind.value: _share(one.stopped for one in some) for kind, some in others.items()},
        false_holds={kind.value: _share(one.silent_ms is not None for one in some) for kind, some in others.items()},
        hold_ms=_spread([one.held_ms for some in others.values() for one in some if one.held_ms]),
    )


def interval(
    values: npt.NDArray[np.float64], statistic: Callable[[npt.NDArray[np.float64]], npt.NDArray[np.float64]]
) -> tuple[float, float]:
    """The 95 % bootstrap interval of a statistic over the rows of many draws; the same for the same values."""
    if not values.size:
        return 0.0, 0.0
    draws = np.random.default_rng(0).choice(values, (_DRAWS, values.size))
    low, high = np.percentile(statistic(draws), (2.5, 97.5))
    return float(low), float(high)


def _spread(values: Sequence[float]) -> dict[str, float]:
    if not values:
        return {}
    p50, p90, p95 = (float(value) for value in np.percentile(values, (50, 90, 95)))
    low, high = interval(np.array(values), lambda draws: np.asarray(np.median(draws, axis=1)))
    return {"n": len(values), "p50": p50, "p90": p90, "p95": p95, "max": max(values), "low": low, "high": high}


def _share(chosen: Iterable[bool]) -> float:
    told = list(chosen)
    return sum(told) / len(told) if told else 0.0
