"""Figures of a system out of what was heard of it, and the table of all. Pure."""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.peers.caller import Utterance
from benchmarks.peers.listening import Heard, same_words
from benchmarks.peers.running import Cost
from benchmarks.peers.vendors import Asked

RESAMPLES = 2000


@dataclass(frozen=True)
class Spread:
    """Values of one kind, in milliseconds."""

    n: int
    p50: float
    p95: float
    most: float
    p50_between: tuple[float, float]
    """95 % confidence of the median, by bootstrap."""
    p95_between: tuple[float, float]


@dataclass(frozen=True)
class Figures:
    """A system in one call."""

    turns: int
    """Utterances that interrupt nobody."""
    v2v: Spread | None
    floor_ms: float
    excess: float | None
    """The median of V2V above the floor, in milliseconds."""
    unanswered: int
    cut_ins: int
    """Of all utterances, interruptions included."""
    paused: int
    """Utterances with a pause, where cutting in is a temptation."""
    interruptions: int
    stop: Spread | None
    not_stopped: int
    """Interruptions that the agent spoke on against for more than a second."""
    not_speaking: int
    """Interruptions that came when the agent had not begun or was silent: nothing to measure."""
    other_words: int
    """Answers whose length is not that of their text."""
    cost: Cost
    asked: Asked | None = None
    """Of the vendors; None where several calls shared them."""


def floor_ms(final_ms: float, first_token_ms: float, first_audio_ms: float) -> float:
    """The soonest an answer to all of the user's words can be heard.

    The last word is known `final_ms` after its sound, whatever is asked for. Only then can a model be asked about all
    of the words; its first token comes `first_token_ms` later and can be given to the voice at once, which sounds
    `first_audio_ms` after that. Deciding that the turn is over, and work on words that are still missing, can go on
    meanwhile and need take nothing.
    """
    return final_ms + first_token_ms + first_audio_ms


def spread(values: Sequence[float]) -> Spread | None:
    """None where there are none."""
    if not values:
        return None
    array = np.array(values)
    chance = np.random.default_rng(1).choice(array, (RESAMPLES, len(array)))
    p50, p95 = (np.percentile(array, share) for share in (50, 95))
    between = [
        (float(low), float(high))
        for low, high in (np.percentile(np.percentile(chance, share, axis=1), (2.5, 97.5)) for share in (50, 95))
    ]
    return Spread(len(array), float(p50), float(p95), float(array.max()), between[0], between[1])


def figures(truth: Sequence[Utterance], heard: Sequence[Heard], cost: Cost, floor: float) -> Figures:
    """All that is told of a call."""
    pairs = list(zip(truth, heard, strict=True))
    turns = [(said, did) for said, did in pairs if not said.interrupts]
    cuts = [did for said, did in pairs if said.interrupts]
    v2v = spread([did.v2v_ms for _, did in turns if did.v2v_ms is not None])
    return Figures(
        turns=len(turns),
        v2v=v2v,
        floor_ms=floor,
        excess=None if v2v is None else v2v.p50 - floor,
        unanswered=sum(did.v2v_ms is None and not did.cut_in for _, did in pairs),
        cut_ins=sum(did.cut_in for _, did in pairs),
        paused=sum(said.paused for said, _ in turns),
        interruptions=len(cuts),
        stop=spread([did.stop_ms for did in cuts if did.stop_ms is not None]),
        not_stopped=sum(did.stop_ms is not None and did.stop_ms > 1000 for did in cuts),
        not_speaking=sum(did.stop_ms is None for did in cuts),
        other_words=sum(not same_words(said, did) for said, did in pairs),
        cost=cost,
    )


def per_core(calls: Mapping[int, Sequence[Figures | str]], cores: int) -> float:
    """How many sessions a core holds before the excess above the floor is twice that of one session alone.

    `calls` are the figures of all sessions by how many there were at once; 0 where one alone has none.
    """
    sustained, alone = 0, math.inf
    for count, rows in sorted(calls.items()):
        values = [row.excess for row in rows if isinstance(row, Figures) and row.excess is not None]
        excess = statistics.median(values) if len(values) == count else math.inf
        alone = excess if count == 1 else alone
        if excess == math.inf or excess > 2 * alone:
            break  # what more at once do after that is chance
        sustained = count
    return sustained / cores


COLUMNS = (
    "V2V p50", "p95", "max", "n", "excess", "cut in", "none", "stop p50", "p95", "n", "words", "CPU s/min", "MB",
    "replies",
)  # fmt: skip


def table(rows: Mapping[str, Figures | str]) -> str:
    """A line for each system; a text stands for what it failed of."""
    width = max(map(len, rows), default=6)
    lines = [" " * width + "".join(f"{column:>10}" for column in COLUMNS)]
    for name, row in rows.items():
        cells = f"  failed: {row}" if isinstance(row, str) else "".join(f"{cell:>10}" for cell in _cells(row))
        lines.append(f"{name:{width}}{cells}")
    return "\n".join(lines)


def _cells(row: Figures) -> list[str]:
    v2v, stop = row.v2v, row.stop
    return [
        *(["-", "-", "-", "0"] if v2v is None else [*_ms(v2v.p50, v2v.p95, v2v.most), str(v2v.n)]),
        "-" if row.excess is None else f"{row.excess:.0f}",
        f"{row.cut_ins}/{row.turns + row.interruptions}",
        str(row.unanswered),
        *(["-", "-", "0"] if stop is None else [*_ms(stop.p50, stop.p95), f"{stop.n}/{row.interruptions}"]),
        "same" if not row.other_words else f"{row.other_words} not",
        f"{row.cost.cpu_s_per_minute:.1f}",
        f"{row.cost.peak_rss_mb:.0f}",
        "-" if row.asked is None else f"{row.asked.replies / (row.turns + row.interruptions):.2f}",
    ]


def _ms(*values: float) -> list[str]:
    return [f"{value:.0f}" for value in values]


def as_json(row: Any) -> Any:
    """Figures, and what they are made of, as JSON has them."""
    if isinstance(row, Figures | Spread | Cost | Asked):
        return {name: as_json(value) for name, value in vars(row).items()}
    return row


def from_json(row: Mapping[str, Any]) -> Figures:
    """The figures out of `as_json`."""
    asked = row["asked"]
    parts = {"v2v": _spread(row["v2v"]), "stop": _spread(row["stop"]), "cost": Cost(**row["cost"])}
    return Figures(**{**row, **parts, "asked": None if asked is None else Asked(**asked)})


def _spread(row: Mapping[str, Any] | None) -> Spread | None:
    if row is None:
        return None
    p50_between, p95_between = ((low, high) for low, high in (row["p50_between"], row["p95_between"]))
    return Spread(row["n"], row["p50"], row["p95"], row["most"], p50_between, p95_between)
