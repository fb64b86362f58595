"""Other timers and thresholds for a recorded session, and what they would have made of it, as people read it."""

import json
from collections.abc import Iterator, Sequence
from statistics import median
from typing import Any

from pydantic import JsonValue, ValidationError

from studio.model.errors import SessionError, StudioError
from studio.model.events import UserAudio
from studio.model.preset import TurnTaking, at_eagerness
from studio.model.time import to_ms
from studio.recording.reader import Session
from studio.timeline import what_if
from studio.timeline.what_if import Count, Outcome


def other_timers(session: Session, eagerness: float | None, settings: Sequence[str]) -> TurnTaking:
    """The session's own timers and thresholds with `eagerness` and each NAME=VALUE in place of theirs.

    Raises:
        StudioError: a setting is not known, or cannot have that value.
    """
    recorded = session.header.preset.get("turn_taking")
    content: dict[str, Any] = dict(recorded) if isinstance(recorded, dict) else {}
    given = {**({} if eagerness is None else {"eagerness": eagerness}), **dict(_setting(text) for text in settings)}
    if "eagerness" in given:  # what it sets is written in the recording, too, and would win
        content = {name: value for name, value in content.items() if name not in at_eagerness(0.5)}
    try:
        return TurnTaking.model_validate(content | given)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(map(str, first["loc"])) or "eagerness"
        if first["type"] == "extra_forbidden":
            known = ", ".join(TurnTaking.model_fields)
            raise StudioError(f"There is no setting {name!r}; there are {known}.") from error
        raise StudioError(f"The setting {name} cannot be {first['input']!r}: {first['msg']}.") from error


def _setting(text: str) -> tuple[str, JsonValue]:
    name, _, value = text.partition("=")
    try:
        return name.strip(), json.loads(value)
    except ValueError as error:
        wrong = f"--set {text}: give NAME=VALUE with a number, true or false, for example silence_ms=200."
        raise StudioError(wrong) from error


def outcomes(session: Session, timers: TurnTaking) -> list[Outcome]:
    """Each turn of the session, then and now.

    Raises:
        SessionError: the session has nothing to try timers on.
    """
    if not any(isinstance(event, UserAudio) for event in session.events):
        raise SessionError(f"{session.folder} has no frames of the user's voice: there is nothing to try again.")
    return what_if.what_if(session.events, timers)


def as_json(session: Session, timers: TurnTaking, found: Sequence[Outcome]) -> str:
    """Everything as one JSON object; moments and differences in milliseconds."""
    turns = [
        {
            "turn": each.turn,
            "text": each.text,
            "then_ms": None if each.then is None else to_ms(each.then),
            "now_ms": None if each.now is None else to_ms(each.now),
            "difference_ms": each.difference_ms,
            "cut_ins": _pair(each.cut_ins),
            "false_interruptions": _pair(each.false_interruptions),
            "barge_ins": _pair(each.barge_ins),
        }
        for each in found
    ]
    return json.dumps({"session": str(session.folder), "settings": timers.model_dump(), "turns": turns}, indent=2)


def as_lines(found: Sequence[Outcome]) -> Iterator[str]:
    """A line for each turn, and what it comes to."""
    for each in found:
        yield f"{each.turn + 1:3}  {_ending(each):34} {'; '.join(_events(each))}".rstrip()
    moved = [each.difference_ms for each in found if each.difference_ms is not None]
    if moved:
        yield (
            f"{len(moved)} turns ended both times: {_difference(median(moved))} in the middle, "
            f"from {min(moved):+.0f} to {max(moved):+.0f} ms"
        )
    yield _total("cut-ins", [each.cut_ins for each in found])
    yield _total("false interruptions", [each.false_interruptions for each in found])
    yield _total("barge-ins", [each.barge_ins for each in found])


def _total(name: str, counts: Sequence[Count]) -> str:
    return f"{name}: {sum(count.then for count in counts)} then, {sum(count.now for count in counts)} now"


def _ending(each: Outcome) -> str:
    if each.difference_ms is not None:
        return f"over at {to_ms(each.now or 0) / 1000:.3f} s, {_difference(each.difference_ms)}"
    if each.then is not None:
        return "not over before the next one"
    return "over only now" if each.now is not None else "the agent's own"


def _difference(ms: float) -> str:
    return "as it was" if round(ms) == 0 else f"{abs(ms):.0f} ms {'later' if ms > 0 else 'sooner'}"


def _events(each: Outcome) -> Iterator[str]:
    counts = (
        (each.cut_ins, "cut into"),
        (each.false_interruptions, "paused for nothing"),
        (each.barge_ins, "interrupted"),
    )
    for count, what in counts:
        if count.then or count.now:
            yield f"{what}: {count.then} then, {count.now} now"


def _pair(count: Count) -> dict[str, int]:
    return {"then": count.then, "now": count.now}
