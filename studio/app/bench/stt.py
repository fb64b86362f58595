"""Compares recognisers, each with the same recordings as in a call: time to the final words, word errors, price."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from studio.app.bench.axes import Point
from studio.app.bench.contest import Entrant, Progress, Runs, Wishes, entrants, hold, percentiles_ms, remember
from studio.app.bench.hearing import Heard, hear
from studio.app.bench.picture import Panel, picture
from studio.app.bench.recordings import Recording, find_recordings
from studio.app.bench.table import Column, Table
from studio.app.bench.word_errors import word_errors
from studio.model.preset import Part, Role, TurnTaking
from studio.pipeline.ports import SpeechToText, Vad
from studio.providers import catalog

COLUMNS = (
    Column("finals", "n"),
    Column("told p50 ms", "told_p50_ms"),
    Column("p95", "told_p95_ms"),
    Column("sound p50 ms", "sound_p50_ms"),
    Column("p95", "sound_p95_ms"),
    Column("WER %", "wer_percent", ".1f"),
    Column("words", "words"),
    Column("$/min", "usd_a_minute", ".4f"),
    Column("failed", "failures"),
)


@dataclass(frozen=True, slots=True)
class RecordingRow:
    """What one recogniser made of one recording."""

    recording: str
    said: str | None
    heard: str
    told_ms: tuple[float, ...]
    """From being told of each pause to its final words."""


@dataclass(frozen=True, slots=True)
class SttRow:
    """One recogniser; None where nobody knows."""

    use: str
    n: int
    """Pauses that were answered."""
    told_p50_ms: float | None
    """From being told of a pause to the final words."""
    told_p95_ms: float | None
    sound_p50_ms: float | None
    """From the last audible sample to the final words."""
    sound_p95_ms: float | None
    wer_percent: float | None
    words: int
    """Those of the reference texts that were compared."""
    usd: float | None
    usd_a_minute: float | None
    """Of the recordings that were heard."""
    failures: int
    trouble: str
    recordings: tuple[RecordingRow, ...]


async def compare(folder: Path, wishes: Wishes, progress: Progress, vad: Part = Part(use="silero")) -> Table:  # noqa: B008 a frozen value
    """Have each recogniser hear each recording in `folder`, one after the other and in real time.

    Raises:
        StudioError: the folder, a wish, the VAD's weights or the means of counting word errors; or what was measured
            cannot be kept.
    """
    recordings = find_recordings(folder)
    if any(recording.words for recording in recordings):
        word_errors([("a", "a")], wishes.language)  # what is missing is told now, not after the hearing
    those = entrants(Role.STT, wishes)
    ear: Vad = catalog.build(Role.VAD, vad)
    await ear.open()
    try:
        tasks = [(recording.name, recording) for recording in recordings]
        all_runs = await hold(those, tasks, partial(_hear, ear), progress)
    finally:
        await ear.close()
    remember((Role.STT.value, runs.entrant, _told(runs.done)) for runs in all_runs)
    rows = [_row(runs, wishes.language) for runs in all_runs]
    timers = TurnTaking()
    about = {
        "recordings": len(recordings),
        "seconds": round(sum(recording.length_ms for recording in recordings) / 1000, 1),
        "language": wishes.language or "en",
        "pause_told_after_ms": timers.eager_ms,
        "turn_over_after_ms": timers.patience_ms,
    }
    return Table("stt", COLUMNS, rows, about, _picture(rows))


async def _hear(ear: Vad, stt: SpeechToText, recording: Recording) -> Heard:
    return await hear(stt, recording, ear, TurnTaking())


def _told(done: Sequence[Heard]) -> list[float]:
    return [final.after_told_ms for heard in done for final in heard.finals]


def _row(runs: Runs[Heard], language: str) -> SttRow:
    told = percentiles_ms(_told(runs.done))
    sound = percentiles_ms(final.after_sound_ms for heard in runs.done for final in heard.finals)
    errors = word_errors([(h.recording.words, h.text) for h in runs.done if h.recording.words], language)
    usd = _usd(runs.entrant, runs.done)
    minutes = sum(heard.recording.length_ms for heard in runs.done) / 60_000
    return SttRow(
        use=runs.entrant.use,
        n=told.n,
        told_p50_ms=told.p50,
        told_p95_ms=told.p95,
        sound_p50_ms=sound.p50,
        sound_p95_ms=sound.p95,
        wer_percent=None if errors is None else round(100 * errors.rate, 2),
        words=0 if errors is None else errors.words,
        usd=usd,
        usd_a_minute=None if usd is None or not minutes else round(usd / minutes, 6),
        failures=len(runs.troubles),
        trouble=runs.trouble,
        recordings=tuple(
            RecordingRow(h.recording.name, h.recording.words, h.text, tuple(f.after_told_ms for f in h.finals))
            for h in runs.done
        ),
    )


def _usd(entrant: Entrant, done: Sequence[Heard]) -> float | None:
    usd = entrant.usd(entrant.units(audio_ms=heard.billed_ms) for heard in done)
    return None if usd is None else round(usd, 8)


def _picture(rows: Sequence[SttRow]) -> str:
    def points(x: str, y: str) -> tuple[Point, ...]:
        drawn: list[Any] = [(row.use, getattr(row, x), getattr(row, y)) for row in rows]
        return tuple(Point(*each) for each in drawn if None not in each)

    panels = [
        Panel(
            "Speed and accuracy", "to the final words, p50 ms", "word errors, %", points("told_p50_ms", "wer_percent")
        ),
        Panel("Price and accuracy", "US dollars a minute", "word errors, %", points("usd_a_minute", "wer_percent")),
    ]
    if not any(panel.points for panel in panels):  # nobody wrote down what is said
        prices = points("told_p50_ms", "usd_a_minute")
        panels = [Panel("Speed and price", "to the final words, p50 ms", "US dollars a minute", prices)]
    return picture("Recognisers compared", panels)
