"""Recorded sessions as the command line and the window show them: a list, and one session's report."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from studio.app.insight_words import insight_lines
from studio.model.report import CostReport, SessionCostReport, SessionReport, Tally, TurnReport
from studio.model.time import to_ms
from studio.recording import EVENTS_FILE, HEADER_FILE, disk
from studio.recording.reader import Session, open_session
from studio.recording.sessions import SessionSummary, list_sessions


def open_newest(folder: Path) -> Session:
    """The session in `folder`, or the newest one where it is a folder of sessions.

    Raises:
        SessionError: there is no session, or it cannot be read.
    """
    itself = (folder / EVENTS_FILE).is_file() or (folder / HEADER_FILE).is_file()
    newest = None if itself else next(iter(list_sessions(folder)), None)
    return open_session(folder if newest is None else newest.folder)


def report(session: Session) -> SessionReport:
    """The turns and waits of a session."""
    tally = Tally(session.header.prices)
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


def report_lines(session: Session) -> Iterator[str]:
    """A session's turns with their waits, its percentiles, and what is wrong with it."""
    shown = report(session)
    yield f"{shown.session}  {shown.preset}"
    for turn in shown.turns:
        yield from _turn_lines(turn)
    counts = shown.counts
    yield f"{counts.turns} turns, {counts.answered} answered, {counts.interrupted} interrupted"
    if guessed := counts.intents_right + counts.intents_wrong:
        yield f"{counts.intents_right} of {guessed} intents guessed right before the words were whole"
    for name, figures in shown.percentiles.items():
        if figures.n and figures.p50 is not None:
            p50, p90, p95 = (round(figure or 0) for figure in (figures.p50, figures.p90, figures.p95))
            yield f"{name.removesuffix('_ms'):22} p50 {p50:5} ms   p90 {p90:5} ms   p95 {p95:5} ms   n {figures.n}"
    yield cost_line(shown.cost)
    yield from damage_lines(session)


def cost_line(cost: SessionCostReport) -> str:
    """What a call cost: "$0.0213, $0.0141 a minute (stt $0.0043, llm $0.0100, tts $0.0070)"."""
    a_minute = f", ${cost.usd_per_minute:.4f} a minute" if cost.usd_per_minute is not None else ""
    stages = ", ".join(f"{stage} ${usd:.4f}" for stage, usd in cost.stages.items() if usd)
    saved = f"; prompt cache saved ${cost.cache_saved_usd:.4f}" if cost.cache_saved_usd else ""
    unpriced = f"; no price known for {', '.join(cost.unpriced)}" if cost.unpriced else ""
    return f"${cost.usd:.4f}{a_minute}{f' ({stages})' if stages else ''}{saved}{unpriced}"


def _turn_cost(cost: CostReport) -> str:
    """What a turn cost, and what the vendor's prompt cache had of its prompt."""
    cached = f"{cost.cache_read_tokens} of {cost.prompt_tokens} prompt tokens cached, {cost.cache_write_tokens} kept"
    saved = f"; {cached}, saved ${cost.cache_saved_usd:.5f}"
    return f"${cost.usd:.5f}{saved if cost.cache_read_tokens or cost.cache_write_tokens else ''}"


def damage_lines(session: Session) -> Iterator[str]:
    """Where the session broke off, and what of it cannot be read; nothing for one that is whole."""
    if session.recovered is not None:
        yield session.recovered
        if not disk.locked(session.folder / EVENTS_FILE):
            yield f"To make its files readable for other programs: studio sessions recover {session.folder}"
    yield from session.damage


def _turn_lines(turn: TurnReport) -> Iterator[str]:
    v2v = "not answered" if turn.v2v_ms is None else f"V2V {turn.v2v_ms:.0f} ms"
    yield f"{turn.index + 1:3}  {v2v}"
    if turn.user.text:
        yield f"     You:   {turn.user.text}"
    if turn.agent.heard:
        yield f"     Agent: {turn.agent.heard}{' [cut off]' if turn.interrupted else ''}"
    for line in insight_lines(turn):
        yield f"     {line}"
    if turn.cost.usd:
        yield f"     {_turn_cost(turn.cost)}"
    waits = [f"{span.name} {span.ms:.0f}" for span in turn.spans if span.ms >= 1]
    if waits:
        yield f"     {', '.join(waits)}"
