"""Which model answers and why, and what the user wants, in the window's words. Must not know widgets."""

from collections.abc import Iterator

from studio.model.intent_score import IntentScore
from studio.model.measures import Turn
from studio.model.terms import Intent, Level
from studio.model.time import to_ms
from studio.model.turn_events import IntentGuessed, Routed
from studio.pipeline.routing.router import ALWAYS, BY_INTENT
from studio.ui.words import milliseconds, translate


def brief(intent: IntentGuessed | None, routed: Routed | None) -> str:
    """What is understood of a turn, for a narrow line: of the reason only the strongest."""
    pieces = []
    if intent is not None:
        pieces.append(f"{intent_name(intent.intent)} {intent.confidence:.0%}")
    if routed is not None:
        model = routed.model.partition("/")[2] or routed.model
        pieces.append(f"{level_name(routed.level)}: {_reasons(routed)[0]} → {model}")
    return "  ·  ".join(pieces)


def sentences(turn: Turn) -> Iterator[str]:
    """All that is known of a turn, a sentence each."""
    if turn.intent is not None:
        yield _wanted(turn.intent)
    if (routed := turn.routed) is not None:
        answers = translate("Insight", "{model} answers: {level} ({reason})")
        yield answers.format(model=routed.model, level=level_name(routed.level), reason=", ".join(_reasons(routed)))


def _wanted(score: IntentScore) -> str:
    told = translate("Insight", "Intent: {name} ({share} sure)").format(
        name=intent_name(score.intent), share=f"{score.confidence:.0%}"
    )
    if score.right is False and score.guess is not None:
        wrong = translate("Insight", "guessed wrong before: {name}")
        return f"{told}, {wrong.format(name=intent_name(score.guess))}"
    if score.ahead is None:
        return told
    ahead = (
        translate("Insight", "guessed right {time} before the turn was over")
        if score.right
        else translate("Insight", "known {time} before the turn was over")
    )
    return f"{told}, {ahead.format(time=milliseconds(to_ms(score.ahead)))}"


def _reasons(routed: Routed) -> list[str]:
    """What spoke for the level, the strongest first, and how sure that is."""
    if ALWAYS in routed.reason:
        return [reason_name(ALWAYS)]
    sure = translate("Insight", "{share} sure").format(share=f"{routed.confidence:.0%}")
    if BY_INTENT in routed.reason:
        return [reason_name(BY_INTENT).format(name=", ".join(map(intent_name, routed.words))), sure]
    return [*map(reason_name, routed.reason), *(f"“{word}”" for word in routed.words), sure]


def level_name(level: Level) -> str:
    """How hard a question is."""
    return {
        Level.SIMPLE: translate("Level", "simple"),
        Level.MODERATE: translate("Level", "moderate"),
        Level.COMPLEX: translate("Level", "complex"),
    }[level]


def intent_name(name: str) -> str:
    """What the user wants; an agent's own intent is called as its author called it."""
    trained: dict[str, str] = {
        Intent.GREETING: translate("Intent", "greeting"),
        Intent.FAREWELL: translate("Intent", "farewell"),
        Intent.QUESTION: translate("Intent", "question"),
        Intent.REQUEST: translate("Intent", "request"),
        Intent.BOOKING: translate("Intent", "booking"),
        Intent.CHANGE: translate("Intent", "change"),
        Intent.CONFIRM: translate("Intent", "yes"),
        Intent.DENY: translate("Intent", "no"),
        Intent.COMPLAINT: translate("Intent", "complaint"),
        Intent.SMALLTALK: translate("Intent", "small talk"),
        Intent.REPEAT: translate("Intent", "repeat"),
    }
    return trained.get(name, name)


def reason_name(code: str) -> str:
    """What speaks for a level; one that is not listed, of another version, is told as it is."""
    return {**_asked(), **_wished(), **_shaped()}.get(code, code)


def _asked() -> dict[str, str]:
    return {
        "asks to compare": translate("Reason", "asks to compare"),
        "asks to explain": translate("Reason", "asks to explain"),
        "asks why": translate("Reason", "asks why"),
        "step by step": translate("Reason", "step by step"),
        "asks for a plan": translate("Reason", "asks for a plan"),
        "asks to write or sum up": translate("Reason", "asks to write or sum up"),
        "asks to calculate": translate("Reason", "asks to calculate"),
        "gives conditions": translate("Reason", "gives conditions"),
        "asks how": translate("Reason", "asks how"),
        "asks for a fact": translate("Reason", "asks for a fact"),
    }


def _wished() -> dict[str, str]:
    return {
        ALWAYS: translate("Reason", "the preset always says so"),
        BY_INTENT: translate("Reason", "the preset says so for this intent: {name}"),
        "social words": translate("Reason", "social words"),
        "yes": translate("Reason", "says yes"),
        "no": translate("Reason", "says no"),
        "wants a booking": translate("Reason", "wants a booking"),
        "wants a change": translate("Reason", "wants a change"),
        "did not hear": translate("Reason", "did not hear"),
        "complains": translate("Reason", "complains"),
        "goes": translate("Reason", "says goodbye"),
        "wants something done": translate("Reason", "wants something done"),
    }


def _shaped() -> dict[str, str]:
    return {
        "has numbers": translate("Reason", "has numbers"),
        "one word": translate("Reason", "one word"),
        "few words": translate("Reason", "few words"),
        "a short sentence": translate("Reason", "a short sentence"),
        "a sentence": translate("Reason", "a sentence"),
        "a long sentence": translate("Reason", "a long sentence"),
        "very many words": translate("Reason", "very many words"),
        "joins two parts": translate("Reason", "joins two parts"),
        "joins many parts": translate("Reason", "joins many parts"),
        "joins very many parts": translate("Reason", "joins very many parts"),
    }
