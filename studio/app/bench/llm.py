"""Compares language models, each with the same questions: the first token, the rate of the rest, and the price."""

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
from studio.app.plan import CLAUSE, tier
from studio.model.conversation import Message, Tokens
from studio.model.errors import ErrorCategory, ProviderError
from studio.model.preset import Role
from studio.model.provider_events import UnitsUsed
from studio.model.terms import Stage
from studio.model.time import Instant, to_ms
from studio.pipeline.clauses import ClauseSplitter
from studio.pipeline.clock import Clock
from studio.pipeline.ports import LanguageModel

PERSONA = "You are a friendly assistant on the phone. Answer in one or two short, plain sentences."
QUESTIONS = (
    "What is the capital of Italy?",
    "What should I wear when it is raining?",
    "How many days are in a week?",
    "Can you recommend something quick to cook for two?",
    "I have to be at the airport at nine. When should I get up?",
    "What is the difference between a crocodile and an alligator?",
    "My train is late. What can I do for twenty minutes?",
    "Could you explain what inflation is?",
    "Is it a good idea to drink coffee in the evening?",
    "Thank you, that was all. Goodbye!",
)

COLUMNS = (
    Column("replies", "n"),
    Column("first token p50 ms", "first_p50_ms"),
    Column("p95", "first_p95_ms"),
    Column("tier", "tier", "s"),
    Column("first clause p50 ms", "clause_p50_ms"),
    Column("tokens/s", "tokens_a_second"),
    Column("$/1000 replies", "usd_1k_replies", ".3f"),
    Column("failed", "failures"),
)


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer."""

    first_ms: float
    """From asking to the first token."""
    clause_ms: float
    """From there to the first clause that can be spoken."""
    rest_ms: float
    """From the first token to the last."""
    tokens: Tokens | None
    """None: the server does not count them."""


@dataclass(frozen=True, slots=True)
class LlmRow:
    """One model; None where nobody knows."""

    use: str
    n: int
    first_p50_ms: float | None
    first_p95_ms: float | None
    tier: str | None
    clause_p50_ms: float | None
    """From asking to the first clause."""
    tokens_a_second: float | None
    """After the first."""
    usd: float | None
    usd_1k_replies: float | None
    failures: int
    trouble: str


async def compare(count: int, wishes: Wishes, progress: Progress) -> Table:
    """Ask each model `count` questions, one at a time.

    Raises:
        StudioError: a wish cannot be granted, or what was measured cannot be kept.
    """
    those = entrants(Role.LLM, wishes)
    questions = [(f'"{question}"', question) for question in islice(cycle(QUESTIONS), count)]
    all_runs = await hold(those, questions, ask, progress)
    remember((Role.LLM.value, runs.entrant, [reply.first_ms for reply in runs.done]) for runs in all_runs)
    remember((CLAUSE, runs.entrant, [reply.clause_ms for reply in runs.done]) for runs in all_runs)
    rows = [_row(runs) for runs in all_runs]
    return Table("llm", COLUMNS, rows, {"questions": count, "persona": PERSONA}, _picture(rows))


async def ask(llm: LanguageModel, question: str) -> Reply:
    """Ask an open model one question.

    Raises:
        ProviderError: it failed, or said nothing.
    """
    clock = Clock(asyncio.get_running_loop())
    splitter = ClauseSplitter()
    messages = [Message("system", PERSONA), Message("user", question)]
    first: Instant | None = None
    clause: Instant | None = None
    last = began = clock.now()
    tokens = None
    async with aclosing(llm.reply(messages)) as pieces:
        async for piece in pieces:
            tokens = piece.tokens or tokens
            if not piece.text:
                continue
            last = clock.now()
            first = last if first is None else first
            if splitter.push(piece.text) and clause is None:
                clause = last
    if first is None:
        raise ProviderError("It answered without a word.", ErrorCategory.BROKEN_ANSWER)
    clause = last if clause is None else clause
    return Reply(to_ms(first - began), to_ms(clause - first), to_ms(last - first), tokens)


def _row(runs: Runs[Reply]) -> LlmRow:
    first = percentiles_ms(reply.first_ms for reply in runs.done)
    clause = percentiles_ms(reply.first_ms + reply.clause_ms for reply in runs.done)
    rates = [
        (reply.tokens.written - 1) * 1000 / reply.rest_ms
        for reply in runs.done
        if reply.tokens is not None and reply.tokens.written > 1 and reply.rest_ms > 0
    ]
    usd = _usd(runs)
    return LlmRow(
        use=runs.entrant.use,
        n=first.n,
        first_p50_ms=first.p50,
        first_p95_ms=first.p95,
        tier=None if first.p50 is None else tier(first.p50),
        clause_p50_ms=clause.p50,
        tokens_a_second=round(median(rates), 1) if rates else None,
        usd=usd,
        usd_1k_replies=None if usd is None or not first.n else round(1000 * usd / first.n, 6),
        failures=len(runs.troubles),
        trouble=runs.trouble,
    )


def _usd(runs: Runs[Reply]) -> float | None:
    """None where the price is not known, or the server counts no tokens of what has one."""
    counted = [reply.tokens for reply in runs.done if reply.tokens is not None]
    price = runs.entrant.price
    if price is None or (len(counted) < len(runs.done) and (price.prompt_1m or price.written_1m)):
        return None
    used = (
        UnitsUsed(
            Instant(0),
            0,
            Stage.LLM,
            runs.entrant.use,
            prompt_tokens=tokens.prompt,
            cache_read_tokens=tokens.cache_read,
            cache_write_tokens=tokens.cache_write,
            written_tokens=tokens.written,
        )
        for tokens in counted
    )
    return round(sum(map(price.of, used)), 8)


def _picture(rows: Sequence[LlmRow]) -> str:
    rates = tuple(
        Point(row.use, row.first_p50_ms, row.tokens_a_second)
        for row in rows
        if row.first_p50_ms is not None and row.tokens_a_second is not None
    )
    prices = tuple(
        Point(row.use, row.first_p50_ms, row.usd_1k_replies)
        for row in rows
        if row.first_p50_ms is not None and row.usd_1k_replies is not None
    )
    panels = [
        Panel("Speed", "to the first token, p50 ms", "tokens a second", rates),
        Panel("Speed and price", "to the first token, p50 ms", "US dollars for 1000 replies", prices),
    ]
    return picture("Language models compared", panels)
