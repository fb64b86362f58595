"""Compares voices, each with the same clauses: the first sound, whether the rest comes in time, and the price."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass
from itertools import cycle, islice
from statistics import median

from studio.app.bench.axes import Point
from studio.app.bench.contest import Progress, Runs, Wishes, entrants, hold, percentiles_ms, remember
from studio.app.bench.picture import Panel, picture
from studio.app.bench.table import Column, Table
from studio.model.errors import ErrorCategory, ProviderError
from studio.model.preset import Playout, Role
from studio.model.time import Instant, to_ms
from studio.pipeline.clock import Clock
from studio.pipeline.ports import TextToSpeech
from studio.pipeline.trimming import ClauseTrimmer

CLAUSES = (
    "The capital of Italy is Rome.",
    "Sure, I can help you with that.",
    "You should wear a raincoat and boots, and take an umbrella with you.",
    "There are seven days in a week.",
    "Let me see,",
    "your table for four is booked for half past seven on Friday evening, under the name of Miller.",
    "Is there anything else I can do for you?",
    "That comes to twenty-three dollars and fifty cents.",
    "I am sorry to hear that.",
    "Thank you for calling, and have a nice day. Goodbye!",
)

COLUMNS = (
    Column("clauses", "n"),
    Column("first sound p50 ms", "first_p50_ms"),
    Column("p95", "first_p95_ms"),
    Column("real-time factor", "real_time_factor", ".2f"),
    Column("gaps", "gaps"),
    Column("longest ms", "longest_gap_ms"),
    Column("$/1000 characters", "usd_1k_characters", ".4f"),
    Column("failed", "failures"),
)


@dataclass(frozen=True, slots=True)
class Spoken:
    """One clause."""

    text: str
    first_ms: float
    """From asking to the first audible sound."""
    whole_ms: float
    """From asking to the last sound."""
    length_ms: float
    """Of the voice."""
    gaps_ms: tuple[float, ...]
    """Silences that a listener would have heard, because the next sound was not there in time."""


@dataclass(frozen=True, slots=True)
class TtsRow:
    """One voice; None where nobody knows."""

    use: str
    n: int
    first_p50_ms: float | None
    first_p95_ms: float | None
    real_time_factor: float | None
    """Time to make a voice by its length; below 1 is faster than it is spoken."""
    gaps: int
    longest_gap_ms: float | None
    usd: float | None
    usd_1k_characters: float | None
    failures: int
    trouble: str


async def compare(count: int, wishes: Wishes, progress: Progress) -> Table:
    """Have each voice say `count` clauses, one at a time.

    Raises:
        StudioError: a wish cannot be granted, or what was measured cannot be kept.
    """
    those = entrants(Role.TTS, wishes)
    clauses = [(f'"{clause}"', clause) for clause in islice(cycle(CLAUSES), count)]
    all_runs = await hold(those, clauses, say, progress)
    remember((Role.TTS.value, runs.entrant, [spoken.first_ms for spoken in runs.done]) for runs in all_runs)
    rows = [_row(runs) for runs in all_runs]
    about = {"clauses": count, "buffer_ms": Playout().buffer_ms}
    return Table("tts", COLUMNS, rows, about, _picture(rows))


async def say(tts: TextToSpeech, text: str) -> Spoken:
    """Have an open engine say one clause.

    Raises:
        ProviderError: it failed, or nothing of it can be heard.
    """
    clock = Clock(asyncio.get_running_loop())
    trimmer = ClauseTrimmer(text, tts.rate_hz)
    came: list[tuple[Instant, float]] = []
    """When each piece of audible sound was there, and its length in milliseconds."""
    last = began = clock.now()
    async with aclosing(tts.speak(text)) as sounds:
        async for sound in sounds:
            last = clock.now()
            if (samples := trimmer.push(sound.samples)).size:
                came.append((last, samples.size * 1000 / tts.rate_hz))
    if not came:
        raise ProviderError(f"Nothing can be heard of {text!r}.", ErrorCategory.BROKEN_ANSWER)
    length = sum(ms for _, ms in came)
    return Spoken(text, to_ms(came[0][0] - began), to_ms(last - began), length, _gaps(came, Playout().buffer_ms))


def _gaps(came: Sequence[tuple[Instant, float]], buffer_ms: float) -> tuple[float, ...]:
    """How long each silence is that is heard where pieces are played as soon as they are there, after a buffer."""
    start, length = came[0]
    runs_dry = to_ms(start) + buffer_ms + length
    gaps = []
    for at, length in came[1:]:
        if to_ms(at) > runs_dry:
            gaps.append(round(to_ms(at) - runs_dry, 1))
            runs_dry = to_ms(at)
        runs_dry += length
    return tuple(gaps)


def _row(runs: Runs[Spoken]) -> TtsRow:
    entrant = runs.entrant
    first = percentiles_ms(spoken.first_ms for spoken in runs.done)
    gaps = [gap for spoken in runs.done for gap in spoken.gaps_ms]
    characters = sum(len(spoken.text) for spoken in runs.done)
    usd = entrant.usd([entrant.units(characters=characters)])
    return TtsRow(
        use=entrant.use,
        n=first.n,
        first_p50_ms=first.p50,
        first_p95_ms=first.p95,
        real_time_factor=round(median(s.whole_ms / s.length_ms for s in runs.done), 3) if runs.done else None,
        gaps=len(gaps),
        longest_gap_ms=max(gaps, default=None),
        usd=None if usd is None else round(usd, 8),
        usd_1k_characters=entrant.usd([entrant.units(characters=1000)]),
        failures=len(runs.troubles),
        trouble=runs.trouble,
    )


def _picture(rows: Sequence[TtsRow]) -> str:
    heard = [row for row in rows if row.first_p50_ms is not None]
    prices = tuple(
        Point(row.use, row.first_p50_ms or 0, row.usd_1k_characters)
        for row in heard
        if row.usd_1k_characters is not None
    )
    rates = tuple(Point(row.use, row.first_p50_ms or 0, row.real_time_factor or 0) for row in heard)
    panels = [
        Panel("Speed", "to the first sound, p50 ms", "real-time factor", rates),
        Panel("Speed and price", "to the first sound, p50 ms", "US dollars for 1000 characters", prices),
    ]
    return picture("Voices compared", panels)
