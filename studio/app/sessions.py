"""Recorded sessions as the command line and the window show them: a list, and one session's report."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from studio.model.report import SessionReport, Tally, TurnReport
from studio.model.time import to_ms
from studio.recording.reader import open_session
from studio.recording.sessions import SessionSummary, list_sessions


def report(folder: Path) -> SessionReport:
    """The turns and waits of the session in `folder`; of its newest one where it is a folder of sessions.

    Raises:
        SessionError: there is no session, or it cannot be read.
    """
    newest = next(iter(list_sessions(folder)), None)
    session = open_session(folder if newest is None else newest.folder)
    tally = Tally()
    for event in session.events:
        tally.on_event(event)
    return tally.report(str(session.folder), session.header.preset_name)


def as_json(summaries: Iterable[SessionSummary]) -> str:
    """The list of sessions as one JSON object."""
    rows = [
        {
            "session": str(summary.folder),
            "started": summary.started.isoformat(),
            "preset": summary.title,
            "length_ms": to_ms(summary.length),
            "turns": summary.turns,
            "closed": summary.closed,
            "problem": summary.problem,
        }
        for summary in summaries
    ]
    return json.dumps({"sessions": rows}, indent=2)


def as_lines(summaries: Iterable[SessionSummary]) -> Iterator[str]:
    """The list of sessions, one line each."""
    for summary in summaries:
        state = summary.problem or ("" if summary.closed else "broke off, opens all the same")
        yield (
            f"{summary.started:%Y-%m-%d %H:%M}  {to_ms(summary.length) / 1000:7.1f} s  {summary.turns:3} turns  "
            f"{summary.title:16} {summary.folder}  {state}".rstrip()
        )


def report_lines(shown: SessionReport) -> Iterator[str]:
    """A session's turns with their waits, and its percentiles."""
    yield f"{shown.session}  {shown.preset}"
    for turn in shown.turns:
        yield from _turn_lines(turn)
    yield f"{shown.counts.turns} turns, {shown.counts.answered} answered, {shown.counts.interrupted} interrupted"
    for name, figures in shown.percentiles.items():
        if figures.n and figures.p50 is not None:
            p50, p90, p95 = (round(figure or 0) for figure in (figures.p50, figures.p90, figures.p95))
            yield f"{name.removesuffix('_ms'):22} p50 {p50:5} ms   p90 {p90:5} ms   p95 {p95:5} ms   n {figures.n}"


def _turn_lines(turn: TurnReport) -> Iterator[str]:
    v2v = "not answered" if turn.v2v_ms is None else f"V2V {turn.v2v_ms:.0f} ms"
    yield f"{turn.index:3}  {v2v}"
    if turn.user.text:
        yield f"     You:   {turn.user.text}"
    if turn.agent.heard:
        yield f"     Agent: {turn.agent.heard}{' [cut off]' if turn.interrupted else ''}"
    waits = [f"{span.name} {span.ms:.0f}" for span in turn.spans if span.ms >= 1]
    if waits:
        yield f"     {', '.join(waits)}"
