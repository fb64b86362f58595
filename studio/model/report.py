"""The one JSON object that `talk --json` and `sessions show --json` print. Its schema is public."""

from collections.abc import Mapping
from datetime import date

from pydantic import BaseModel, ConfigDict

from studio.model.bill import NO_PRICES, Bill, Cost
from studio.model.events import AudioLost, Event, ReplyCancelled, Trouble
from studio.model.intent_score import IntentScore
from studio.model.measures import SpanName, Turn, TurnBook
from studio.model.percentiles import percentiles
from studio.model.price import Price
from studio.model.provider_events import FellBack, Retried
from studio.model.terms import Level
from studio.model.time import Instant, to_ms
from studio.model.turn_events import PlayoutUnderrun


class _Object(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, from_attributes=True)


class UserReport(_Object):
    """The user's side of a turn; milliseconds from the session's start, null where there was none."""

    start_ms: float | None
    end_ms: float | None
    text: str


class AgentReport(_Object):
    """The agent's side of a turn; milliseconds from the session's start, null where there was none."""

    start_ms: float | None
    end_ms: float | None
    text: str
    heard: str


class SpanReport(_Object):
    """A piece of the critical path of a turn."""

    name: SpanName
    start_ms: float
    ms: float


class CostReport(_Object):
    """What something cost, in US dollars at list prices."""

    usd: float
    stages: dict[str, float]
    """By stage, of those that have a price."""
    cache_saved_usd: float
    """What the vendor's prompt cache saved, its own price subtracted."""
    wasted_usd: float
    """Of all that, what was paid for replies on speculation that nobody heard."""
    prompt_tokens: int
    cache_read_tokens: int
    """Of the prompt tokens, those that the vendor already had."""
    cache_write_tokens: int
    """Of the prompt tokens, those that the vendor keeps from now on."""
    unpriced: list[str]
    """PROVIDER/MODEL of what was used and has no known price."""


class SessionCostReport(CostReport):
    """What a whole call cost."""

    minutes: float
    usd_per_minute: float | None
    """Null for a call of less than a second."""
    prices_as_of: dict[str, date]
    """By PROVIDER/MODEL: the day its price was looked up."""


class ToolReport(_Object):
    """A tool that the model used; `ms` is null for one that did not answer."""

    name: str
    start_ms: float
    ms: float | None
    failed: bool


class SpeculationReport(_Object):
    """A reply that was begun before the turn was over."""

    start_ms: float
    hit: bool
    """False: it was thrown away unheard."""
    saved_ms: float
    wasted_tokens: int
    wasted_characters: int


class EndpointReport(_Object):
    """The silence that ended a turn, and why it was that long."""

    wait_ms: float
    probability: float | None
    reason: str


class IntentReport(_Object):
    """What the user wanted, as judged from the whole turn, and whether it was known before."""

    name: str
    confidence: float
    guess: str | None
    """The last guess from words that were not yet whole; null where there was none."""
    right: bool | None
    """Whether that was it."""
    ahead_ms: float | None
    """How long before the turn was over it was first guessed right; null where it never was."""


class RoutingReport(_Object):
    """Which model answered, and why."""

    level: Level
    model: str
    reason: tuple[str, ...]
    """What spoke for the level, the strongest first: traits of the words; or the preset, as `always` or `intent`."""
    words: tuple[str, ...]
    """The user's own that spoke for it, too; for `intent` its name."""
    confidence: float
    took_ms: float


class TurnReport(_Object):
    """One turn. `spans` are contiguous and sum to `v2v_ms`."""

    index: int
    user: UserReport
    agent: AgentReport
    v2v_ms: float | None
    spans: list[SpanReport]
    saved_ms: float
    interrupted: bool
    tools: list[ToolReport]
    endpoint: EndpointReport | None
    speculations: list[SpeculationReport]
    held: int
    """How often the agent paused for a sound of the user that was no interruption."""
    cached: bool
    """Whether its first clause came from the voice cache."""
    intent: IntentReport | None
    routing: RoutingReport | None
    cost: CostReport


class Counts(_Object):
    """How many of everything, so that percentiles can be read honestly."""

    turns: int
    answered: int
    """Turns with a V2V: a user spoke and the agent was heard."""
    unanswered: int
    """Turns in which the user spoke and no answer was heard, or only an apology."""
    greetings: int
    """Turns that the agent began."""
    interrupted: int
    cancelled_replies: int
    speculations: int
    """Replies that were begun before the turn was over."""
    speculation_hits: int
    """Of those, the ones that were heard."""
    false_interruptions: int
    """Sounds of the user that the agent paused for, and went on."""
    intents_right: int
    """Turns whose intent was guessed right from words that were not yet whole, at the last such guess."""
    intents_wrong: int
    troubles: int
    retries: int
    """Requests that failed and were made again; what is slow for it is not the pipeline."""
    fallbacks: int
    """Providers that were given up for the next one."""
    samples_lost: int
    underruns: int
    """Gaps within a clause: the voice came too slowly."""
    late_clauses: int
    """Gaps between two clauses: the next one was not there yet."""


class PercentilesReport(_Object):
    """Milliseconds; null when n is 0."""

    n: int
    p50: float | None
    p90: float | None
    p95: float | None


class SessionReport(_Object):
    """A whole session."""

    session: str | None
    """Its folder; null when it was not recorded."""
    preset: str
    turns: list[TurnReport]
    counts: Counts
    percentiles: dict[str, PercentilesReport]
    """Under `v2v_ms`, `barge_in_stop_ms` and `<stage>_ms`."""
    cost: SessionCostReport


class Tally:
    """Takes in the events of a session, live or from a file, and reports on them."""

    def __init__(self, prices: Mapping[str, Price] = NO_PRICES) -> None:
        """`prices` by PROVIDER/MODEL."""
        self._book = TurnBook()
        self._prices = prices
        self._bill = Bill(prices)
        self._cancelled = self._troubles = self._retries = self._fallbacks = self._lost = 0
        self._underruns = self._late_clauses = 0

    def on_event(self, event: Event) -> None:
        """Take in the next event."""
        self._book.on_event(event)
        self._bill.on_event(event)
        match event:
            case Retried():
                self._retries += 1
            case FellBack():
                self._fallbacks += 1
            case ReplyCancelled():
                self._cancelled += 1
            case Trouble():
                self._troubles += 1
            case AudioLost(samples=samples):
                self._lost += samples
            case PlayoutUnderrun(within_clause=within):
                self._underruns += within
                self._late_clauses += not within
            case _:
                pass

    def turn(self, index: int) -> Turn | None:
        """One turn as it is so far; None if it has not begun."""
        return self._book.turn(index)

    def turn_report(self, index: int) -> TurnReport | None:
        """One turn as it is so far; None if it has not begun."""
        turn = self._book.turn(index)
        return _turn_report(turn, self._bill.turn(index)) if turn is not None else None

    def report(self, session: str | None, preset: str) -> SessionReport:
        """The report so far; `session` is its folder, `preset` the preset's name."""
        turns = self._book.turns()
        counts = Counts(
            turns=len(turns),
            answered=sum(turn.v2v is not None for turn in turns),
            unanswered=sum(turn.user_end is not None and turn.v2v is None for turn in turns),
            greetings=sum(turn.user_end is None and turn.agent_start is not None for turn in turns),
            interrupted=sum(turn.interrupted for turn in turns),
            cancelled_replies=self._cancelled,
            speculations=sum(len(turn.speculations) for turn in turns),
            speculation_hits=sum(each.hit for turn in turns for each in turn.speculations),
            false_interruptions=sum(turn.held for turn in turns),
            intents_right=sum(turn.intent is not None and turn.intent.right is True for turn in turns),
            intents_wrong=sum(turn.intent is not None and turn.intent.right is False for turn in turns),
            troubles=self._troubles,
            retries=self._retries,
            fallbacks=self._fallbacks,
            samples_lost=self._lost,
            underruns=self._underruns,
            late_clauses=self._late_clauses,
        )
        return SessionReport(
            session=session,
            preset=preset,
            turns=[_turn_report(turn, self._bill.turn(turn.index)) for turn in turns],
            counts=counts,
            percentiles=_percentiles(turns),
            cost=self._session_cost(),
        )

    def _session_cost(self) -> SessionCostReport:
        bill = self._bill
        return SessionCostReport(
            **_cost_report(bill.total).model_dump(),
            minutes=round(bill.minutes, 4),
            usd_per_minute=None if bill.usd_per_minute is None else round(bill.usd_per_minute, 6),
            prices_as_of={use: price.as_of for use, price in self._prices.items()},
        )


def _cost_report(cost: Cost) -> CostReport:
    return CostReport(
        usd=round(cost.usd, 8),
        stages={stage.value: round(usd, 8) for stage, usd in cost.stages.items()},
        cache_saved_usd=round(cost.cache_saved, 8),
        wasted_usd=round(cost.wasted, 8),
        prompt_tokens=cost.prompt_tokens,
        cache_read_tokens=cost.cache_read_tokens,
        cache_write_tokens=cost.cache_write_tokens,
        unpriced=sorted(cost.unpriced),
    )


def _turn_report(turn: Turn, cost: Cost) -> TurnReport:
    return TurnReport(
        index=turn.index,
        user=UserReport(start_ms=_ms(turn.user_start), end_ms=_ms(turn.user_end), text=turn.user_text),
        agent=AgentReport(
            start_ms=_ms(turn.agent_start), end_ms=_ms(turn.agent_end), text=turn.agent_text, heard=turn.heard
        ),
        v2v_ms=_ms(turn.v2v),
        spans=[SpanReport(name=s.name, start_ms=to_ms(s.start), ms=to_ms(s.length)) for s in turn.spans],
        saved_ms=to_ms(turn.saved),
        interrupted=turn.interrupted,
        tools=[ToolReport(name=t.name, start_ms=to_ms(t.asked), ms=_ms(t.length), failed=t.failed) for t in turn.tools],
        endpoint=EndpointReport.model_validate(turn.endpoint) if turn.endpoint is not None else None,
        speculations=[
            SpeculationReport(
                start_ms=to_ms(s.began),
                hit=s.hit,
                saved_ms=to_ms(s.saved),
                wasted_tokens=s.tokens,
                wasted_characters=s.characters,
            )
            for s in turn.speculations
        ],
        held=turn.held,
        cached=turn.cached,
        intent=_intent_report(turn.intent),
        routing=RoutingReport.model_validate(turn.routed) if turn.routed is not None else None,
        cost=_cost_report(cost),
    )


def _intent_report(score: IntentScore | None) -> IntentReport | None:
    if score is None:
        return None
    return IntentReport(
        name=score.intent,
        confidence=score.confidence,
        guess=score.guess,
        right=score.right,
        ahead_ms=_ms(score.ahead),
    )


def _ms(moment: Instant | int | None) -> float | None:
    return None if moment is None else to_ms(moment)


def _percentiles(turns: list[Turn]) -> dict[str, PercentilesReport]:
    lengths: dict[str, list[int]] = {
        "v2v_ms": [turn.v2v for turn in turns if turn.v2v is not None],
        "barge_in_stop_ms": [turn.barge_in_stop for turn in turns if turn.barge_in_stop is not None],
    }
    for name in SpanName:
        # A turn that used tools waited for the model more than once.
        of_turns = ([span.length for span in turn.spans if span.name is name] for turn in turns)
        lengths[f"{name}_ms"] = [sum(waits) for waits in of_turns if waits]
    return {
        name: PercentilesReport(n=p.n, p50=p.p50, p90=p.p90, p95=p.p95)
        for name, p in ((name, percentiles(values)) for name, values in lengths.items())
    }
