"""Which model answered and why, and what the user wanted, in English. The window has words of its own, translated."""

from collections.abc import Iterator

from studio.model.report import IntentReport, RoutingReport, TurnReport
from studio.pipeline.routing.router import ALWAYS, BY_INTENT


def insight_lines(turn: TurnReport) -> Iterator[str]:
    """A line for each that is known of a turn."""
    if turn.routing is not None:
        yield routing_sentence(turn.routing)
    if turn.intent is not None:
        yield intent_sentence(turn.intent)


def routing_sentence(routing: RoutingReport) -> str:
    """Who answered, and why: "openai/gpt-5 answers: complex (asks to compare, “why”; 94 % sure)"."""
    return f"{routing.model} answers: {routing.level} ({'; '.join(_reasons(routing))})"


def _reasons(routing: RoutingReport) -> Iterator[str]:
    if ALWAYS in routing.reason:
        yield "the preset always says so"
        return
    if BY_INTENT in routing.reason:
        yield f"the preset says so for {', '.join(routing.words)}"
    elif signs := [*routing.reason, *(f"“{word}”" for word in routing.words)]:
        yield ", ".join(signs)
    yield f"{routing.confidence:.0%} sure"


def intent_sentence(intent: IntentReport) -> str:
    """What was wanted and whether that was known before: "intent: change (97% sure), guessed right 420 ms ahead"."""
    told = f"intent: {intent.name} ({intent.confidence:.0%} sure)"
    if intent.right is False:
        return f"{told}, guessed wrong: {intent.guess}"
    if intent.ahead_ms is None:
        return told
    return f"{told}, {'guessed right' if intent.right else 'known'} {intent.ahead_ms:.0f} ms ahead"
