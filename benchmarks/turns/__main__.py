"""Turn taking on composed calls with known truth, beside silence alone and Smart Turn alone.

    python -m benchmarks.turns [--part all|tuning|held-out] [--language en|ko] [--json FILE] [--picture FILE]

A replay over VAD frames, not in real time: Silero and Smart Turn really run (their answers are kept), words are the
call's own text as soon as an STT engine would have it. `python -m benchmarks.turns.compose` makes the calls.
"""

import argparse
import json
import sys
from dataclasses import asdict
from itertools import groupby
from pathlib import Path

from benchmarks.machine import machine_line
from benchmarks.turns.acts import ANSWER_MS, DETECTOR_MS, REPLY_MS, STT_MS
from benchmarks.turns.chart import Line, chart
from benchmarks.turns.compose import compose, fingerprint
from benchmarks.turns.hearing import Detectors
from benchmarks.turns.sweep import REFERENCE_MS, Row, delay_at, measured, systems
from studio.app.bench.axes import Point

_COLUMNS = (
    "cut-ins % (95 %)    heard %  pauses %  delay p50   p90   none %  missed %  stops %: bc cough noise  held bc %"
)


def main() -> int:
    """Measure, print, write."""
    chosen = _arguments()
    part = {"tuning": False, "held-out": True}.get(chosen.part)
    calls = [call for call in compose() if part in (None, call.held_out) and chosen.language in (None, call.language)]
    detectors = Detectors()
    hearings = [detectors.hear(call) for call in calls]
    rows = [measured(system, hearings) for system in systems()]
    for hearing in hearings:
        hearing.keep()
    told = rows[0].all
    print(f"{len(calls)} calls, {told.turns} turns, {told.pauses} inner pauses; {machine_line()}")
    print(f"{'':28}{_COLUMNS}")
    for row in rows:
        print(_printed(row))
    print(_compared(rows))
    if chosen.json:
        chosen.json.write_text(json.dumps(_report(rows, chosen.part), indent=1), encoding="utf-8")
    if chosen.picture:
        chosen.picture.write_text(_picture(rows), encoding="utf-8")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--part", choices=("all", "tuning", "held-out"), default="all", help="whose calls count")
    parser.add_argument("--language", choices=("en", "ko"))
    parser.add_argument("--json", type=Path, help="write every figure here, by group, too")
    parser.add_argument("--picture", type=Path, help="draw the curves here, as SVG")
    return parser.parse_args()


def _printed(row: Row) -> str:
    it = row.all
    stops = " ".join(f"{100 * it.false_stops[kind]:5.0f}" for kind in ("backchannel", "cough", "noise"))
    return (
        f"{row.family:18}{row.setting:8g}  {100 * it.cut_turns:5.1f} ({100 * it.cut_turns_low:.1f}-"
        f"{100 * it.cut_turns_high:.1f})".ljust(46)
        + f"{100 * it.cut_turns_heard:9.1f}{100 * it.cut_pauses:10.1f}{it.delay.get('p50', 0):11.0f}"
        f"{it.delay.get('p90', 0):6.0f}{100 * it.unanswered:9.1f}{100 * it.missed:10.0f}      {stops}"
        f"{100 * it.false_holds['backchannel']:11.0f}"
    )


def _families(rows: list[Row]) -> dict[str, list[Row]]:
    return {family: list(some) for family, some in groupby(rows, key=lambda row: row.family)}


def _compared(rows: list[Row]) -> str:
    families = _families(rows)
    reference = next(row for row in families["silence only"] if row.setting == REFERENCE_MS).all
    ours, slowest = (delay_at(families["studio"], reference.cut_turns, share) for share in ("p50", "p90"))
    if ours is None or slowest is None:
        return f"The studio never cuts in as seldom as {REFERENCE_MS} ms of silence."
    return (
        f"At the false cut-ins of {REFERENCE_MS} ms of silence ({100 * reference.cut_turns:.1f} % of turns): "
        f"p50 {ours:.0f} ms beside {reference.delay['p50']:.0f}, p90 {slowest:.0f} beside {reference.delay['p90']:.0f}"
    )


def _report(rows: list[Row], part: str) -> dict[str, object]:
    assumed = {"detector_ms": DETECTOR_MS, "stt_ms": STT_MS, "answer_ms": ANSWER_MS, "reply_ms": REPLY_MS}
    return {
        "machine": machine_line(),
        "recordings": fingerprint(compose()),
        "part": part,
        "assumed": assumed,
        "compared": _compared(rows),
        "rows": [asdict(row) for row in rows],
    }


def _picture(rows: list[Row]) -> str:
    lines = [
        Line(
            family,
            tuple(Point(f"{row.setting:g}", row.all.delay["p50"], 100 * row.all.cut_turns) for row in some),
        )
        for family, some in _families(rows).items()
    ]
    return chart(
        "False cut-ins against endpointing delay; lower and further left is better",
        lines,
        "endpointing delay, p50 (ms)",
        "false cut-ins (% of turns)",
    )


if __name__ == "__main__":
    sys.exit(main())
