import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from studio.app.what_if import as_json, as_lines, other_timers, outcomes
from studio.model.errors import SessionError, StudioError
from studio.model.events import Event
from studio.model.preset import TurnTaking
from studio.model.session import Header
from studio.recording.reader import Session
from tests.virtual_call import Script, hold


def session(events: list[Event], **turn_taking: Any) -> Session:
    header = Header.unknown(datetime(2026, 11, 24, tzinfo=UTC))
    content = {"turn_taking": TurnTaking(**turn_taking).model_dump(mode="json")}
    return Session(Path("there"), header.model_copy(update={"preset": content}), tuple(events), {}, None, ())


def test_without_a_wish_the_timers_are_those_of_the_recording() -> None:
    assert other_timers(session([], silence_ms=300, learn_pace=False), None, ()) == TurnTaking(
        silence_ms=300, learn_pace=False
    )


@pytest.mark.parametrize(("eagerness", "settings"), [(0.9, ()), (None, ["eagerness=0.9"]), (0.1, ["eagerness = 0.9"])])
def test_eagerness_moves_what_it_sets_and_nothing_else(eagerness: float | None, settings: list[str]) -> None:
    timers = other_timers(session([], silence_ms=300, barge_in_ms=96), eagerness, settings)
    assert timers == TurnTaking(eagerness=0.9, barge_in_ms=96)
    assert timers.silence_ms < 160


def test_a_setting_by_name_wins() -> None:
    timers = other_timers(session([], silence_ms=300), 0.9, ["silence_ms=200", "vendor_end=false"])
    assert (timers.silence_ms, timers.vendor_end) == (200, False)
    assert timers.patience_ms == TurnTaking(eagerness=0.9).patience_ms


@pytest.mark.parametrize(
    ("eagerness", "setting", "told"),
    [
        (None, "silence_ms", "give NAME=VALUE"),
        (None, "silence_ms=long", "give NAME=VALUE"),
        (None, "silence_ms=1", "silence_ms cannot be 1: "),
        (None, "silence_ms=160.5", "silence_ms cannot be 160.5: "),
        (None, "silense_ms=200", "There is no setting 'silense_ms'; there are eagerness, speech_ms"),
        (7.0, "silence_ms=200", "eagerness cannot be 7.0: "),
        (float("nan"), "silence_ms=200", "eagerness cannot be"),
    ],
)
def test_what_cannot_be_set_is_told_in_a_sentence(eagerness: float | None, setting: str, told: str) -> None:
    with pytest.raises(StudioError, match=re.escape(told)) as caught:
        other_timers(session([]), eagerness, [setting])
    assert str(caught.value).endswith(".")


def test_a_session_without_the_users_voice_is_refused() -> None:
    with pytest.raises(SessionError, match="no frames"):
        outcomes(session([]), TurnTaking())


def test_a_line_for_each_turn_and_the_sum(tmp_path: Path) -> None:
    held = hold(Script(speech_ms=[(500, 1500), (1900, 2600), (8000, 9000)]), tmp_path)
    recorded = session(held.events)
    timers = other_timers(recorded, None, ["silence_ms=480"])
    found = outcomes(recorded, timers)
    assert list(as_lines(found)) == [
        "  1  not over before the next one       interrupted: 1 then, 0 now",
        "  2  over at 3.110 s, 320 ms later",
        "  3  over at 9.510 s, 320 ms later",
        "2 turns ended both times: 320 ms later in the middle, from +320 to +320 ms",
        "cut-ins: 0 then, 0 now",
        "false interruptions: 0 then, 0 now",
        "barge-ins: 1 then, 0 now",
    ]
    told = json.loads(as_json(recorded, timers, found))
    assert told["settings"]["silence_ms"] == 480
    assert [turn["difference_ms"] for turn in told["turns"]] == [None, pytest.approx(320), pytest.approx(320)]
    assert told["turns"][0]["barge_ins"] == {"then": 1, "now": 0}
    unchanged = outcomes(recorded, other_timers(recorded, None, ()))
    assert "3 turns ended both times: as it was in the middle, from +0 to +0 ms" in list(as_lines(unchanged))
