"""The one JSON object that `talk --json` and `sessions show --json` print. Its schema is public."""

from pydantic import BaseModel, ConfigDict

from studio.model.events import AudioLost, Event, ReplyCancelled, Trouble
from studio.model.measures import SpanName, Turn, TurnBook, percentiles
from studio.model.time import Instant, to_ms


class _Object(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


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


class TurnReport(_Object):
    """One turn. `spans` are contiguous and sum to `v2v_ms`."""

    index: int
    user: UserReport
    agent: AgentReport
    v2v_ms: float | None
    spans: list[SpanReport]
    saved_ms: float
    interrupted: bool


class Counts(_Object):
    """How many of everything, so that percentiles can be read honestly."""

    turns: int
    answered: int
    """Turns with a V2V: a user spoke and the agent was heard."""
    unanswered: int
    """Turns in which the user spoke and no agent was heard."""
    greetings: int
    """Turns that the agent began."""
    interrupted: int
    cancelled_replies: int
    troubles: int
    samples_lost: int


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


class Tally:
    """Takes in the events of a session, live or from a file, and reports on them."""

    def __init__(self) -> None:
        self._book = TurnBook()
        self._cancelled = self._troubles = self._lost = 0

    def on_event(self, event: Event) -> None:
        """Take in the next event."""
        self._book.on_event(event)
        match event:
            case ReplyCancelled():
                self._cancelled += 1
            case Trouble():
                self._troubles += 1
            case AudioLost(samples=samples):
                self._lost += samples
            case _:
                pass

    def turn(self, index: int) -> Turn | None:
        """One turn as it is so far; None if it has not begun."""
        return self._book.turn(index)

    def report(self, session: str | None, preset: str) -> SessionReport:
        """The report so far; `session` is its folder, `preset` the preset's name."""
        turns = self._book.turns()
        counts = Counts(
            turns=len(turns),
            answered=sum(turn.v2v is not None for turn in turns),
            unanswered=sum(turn.user_end is not None and turn.agent_start is None for turn in turns),
            greetings=sum(turn.user_end is None and turn.agent_start is not None for turn in turns),
            interrupted=sum(turn.interrupted for turn in turns),
            cancelled_replies=self._cancelled,
            troubles=self._troubles,
            samples_lost=self._lost,
        )
        reports = [_turn_report(turn) for turn in turns]
        return SessionReport(
            session=session, preset=preset, turns=reports, counts=counts, percentiles=_percentiles(turns)
        )


def _turn_report(turn: Turn) -> TurnReport:
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
