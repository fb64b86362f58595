import json
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.model import event_json
from studio.model.errors import SessionError
from studio.model.events import CallEnded, Event, Muted
from studio.model.time import Instant

TYPES = get_args(Event)
finite = st.floats(allow_nan=False, allow_infinity=False)
st.register_type_strategy(float, finite)


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.__name__)
@given(st.data())
@settings(max_examples=30)
def test_every_event_goes_there_and_back(kind: type[Event], data: st.DataObject) -> None:
    event = data.draw(st.builds(kind))
    assert isinstance(event, kind)
    record = event_json.to_json(event)
    assert record["event"] == kind.__name__
    assert event_json.from_json(json.loads(json.dumps(record))) == event


def test_every_event_has_its_time_first() -> None:
    for kind in TYPES:
        assert next(iter(kind.__dataclass_fields__)) == "at", kind


@pytest.mark.parametrize(
    ("record", "sentence"),
    [
        (None, "Not an event: 'None'."),
        ([], "Not an event: '[]'."),
        ({"at": 1}, "Not an event: "),
        ({"event": 7}, "Not an event: "),
        (
            {"event": "UserSmiled", "at": 1},
            "Unknown event 'UserSmiled': a newer studio wrote this session; please update.",
        ),
        ({"event": "Muted", "at": 1}, "Event Muted: on: Field required."),
        ({"event": "Muted", "at": "x", "on": True}, "Event Muted: at: "),
        ({"event": "AudioLost", "at": 1, "track": "left", "samples": 1, "reason": "x"}, "Event AudioLost: track: "),
    ],
)
def test_what_is_no_event_of_this_version_is_told_in_one_sentence(record: object, sentence: str) -> None:
    with pytest.raises(SessionError) as caught:
        event_json.from_json(record)
    assert str(caught.value).startswith(sentence)
    assert str(caught.value).count("\n") == 0


def test_a_long_record_is_not_shown_whole() -> None:
    with pytest.raises(SessionError) as caught:
        event_json.from_json(["x" * 10_000])
    assert len(str(caught.value)) < 120


def test_the_form_is_plain() -> None:
    assert event_json.to_json(CallEnded(Instant(5), "hung_up")) == {"event": "CallEnded", "at": 5, "reason": "hung_up"}
    assert event_json.from_json({"event": "Muted", "at": 7, "on": False}) == Muted(Instant(7), False)
