"""Events as JSON objects and back: the form they have in a session file and between processes."""

from functools import cache
from typing import Any, get_args

from pydantic import TypeAdapter, ValidationError

from studio.model.errors import SessionError
from studio.model.events import Event

_EVENT_TYPES: dict[str, type[Event]] = {cls.__name__: cls for cls in get_args(Event)}


@cache
def _adapter(name: str) -> TypeAdapter[Event]:
    return TypeAdapter(_EVENT_TYPES[name])


def to_json(event: Event) -> dict[str, Any]:
    """A JSON object with the event's name under `event` and its fields beside it."""
    name = type(event).__name__
    return {"event": name, **_adapter(name).dump_python(event, mode="json")}


def from_json(record: object) -> Event:
    """The event that `to_json` described.

    Raises:
        SessionError: the record is no event of this version.
    """
    if not isinstance(record, dict) or not isinstance(name := record.get("event"), str):
        raise SessionError(f"Not an event: {str(record)[:80]!r}.")
    if name not in _EVENT_TYPES:
        raise SessionError(f"Unknown event {name!r}: a newer studio wrote this session; please update.")
    fields = {key: value for key, value in record.items() if key != "event"}
    try:
        return _adapter(name).validate_python(fields)
    except ValidationError as error:
        first = error.errors()[0]
        raise SessionError(f"Event {name}: {'.'.join(map(str, first['loc']))}: {first['msg']}.") from error
