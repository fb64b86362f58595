import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from studio.model.events import AudioLost, ReplyCancelled, SpeechStarted, Trouble, TurnCommitted
from studio.model.report import SessionReport, Tally
from studio.model.terms import CancelReason, Level, Stage, Track, Trigger
from studio.model.time import Instant
from studio.model.turn_events import IntentGuessed, PlayoutUnderrun, Routed
from tests.virtual_call import Changes, Script, hold

SCHEMA = Path(__file__).parents[1] / "golden" / "report.schema.json"
GREETING: Changes = {
    "agent": {"greeting": "Hello, who is there?"},
    "llm": {"replies": ["One two three four five six."]},
}


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> SessionReport:
    """A greeting, an answer that is interrupted, and an answer."""
    script = Script([(3000, 4000), (5000, 6000)], GREETING)
    tally = Tally()
    for event in hold(script, tmp_path_factory.mktemp("call")).events:
        tally.on_event(event)
    return tally.report("sessions/one", "scripted")


def test_the_schema_is_the_public_one() -> None:
    """To change it: delete the golden file, run this test, and say in CHANGELOG.md what became different."""
    text = json.dumps(SessionReport.model_json_schema(), indent=2) + "\n"
    if not SCHEMA.exists():
        SCHEMA.write_text(text)
        pytest.fail(f"{SCHEMA.name} was written; read it, then run again")
    assert text == SCHEMA.read_text()


def test_a_report_goes_through_json(report: SessionReport) -> None:
    assert SessionReport.model_validate_json(report.model_dump_json()) == report
    with pytest.raises(ValidationError):
        SessionReport.model_validate({**report.model_dump(), "mood": "good"})


def test_everything_is_counted(report: SessionReport) -> None:
    assert report.counts.model_dump() == {
        "turns": 3,
        "answered": 2,
        "unanswered": 0,
        "greetings": 1,
        "interrupted": 1,
        "cancelled_replies": 0,
        "speculations": 2,
        "speculation_hits": 2,
        "false_interruptions": 0,
        "intents_right": 0,
        "intents_wrong": 0,
        "troubles": 0,
        "retries": 0,
        "fallbacks": 0,
        "samples_lost": 0,
        "underruns": 0,
        "late_clauses": 0,
    }
    assert (report.session, report.preset) == ("sessions/one", "scripted")


def test_waits_are_contiguous_and_add_up(report: SessionReport) -> None:
    for turn in report.turns[1:]:
        assert turn.v2v_ms is not None
        assert sum(span.ms for span in turn.spans) == pytest.approx(turn.v2v_ms, abs=0.01)
        assert turn.spans[0].start_ms == turn.user.end_ms
        for span, following in zip(turn.spans, turn.spans[1:], strict=False):
            assert span.start_ms + span.ms == pytest.approx(following.start_ms, abs=0.002)
        assert next(span.ms for span in turn.spans if span.name == "unattributed") <= 10


def test_what_a_turn_had_not_is_null(report: SessionReport) -> None:
    greeting = json.loads(report.model_dump_json())["turns"][0]
    assert greeting["user"] == {"start_ms": None, "end_ms": None, "text": ""}
    assert (greeting["v2v_ms"], greeting["spans"], greeting["saved_ms"]) == (None, [], 0)


def test_percentiles_count_only_turns_that_were_answered(report: SessionReport) -> None:
    assert report.percentiles["v2v_ms"].n == 2
    assert report.percentiles["barge_in_stop_ms"].n == 1
    nothing = report.percentiles["tool_call_ms"]
    assert (nothing.n, nothing.p50, nothing.p90, nothing.p95) == (0, None, None, None)


def test_of_an_empty_session_there_is_a_report() -> None:
    empty = Tally().report(None, "scripted")
    assert (empty.session, empty.turns, empty.counts.turns, empty.percentiles["v2v_ms"].n) == (None, [], 0, 0)


def test_what_went_wrong_is_counted() -> None:
    now = Instant(0)
    tally = Tally()
    for event in (
        SpeechStarted(now, 0, now),
        TurnCommitted(now, 0, "Hello.", Trigger.SILENCE, now, now, now, now),
        ReplyCancelled(now, 0, CancelReason.FAILED),
        Trouble(now, Stage.LLM, "The server went away.", "connection"),
        AudioLost(now, Track.USER, 160, "overflow"),
        AudioLost(now, Track.PLAYED, 40, "underrun"),
        PlayoutUnderrun(now, 0, now, 30.0, within_clause=True),
        PlayoutUnderrun(now, 0, now, 40.0, within_clause=True),
        PlayoutUnderrun(now, 0, now, 500.0, within_clause=False),
        SpeechStarted(now, 1, now),
    ):
        tally.on_event(event)
    counts = tally.report(None, "scripted").counts
    assert (counts.turns, counts.answered, counts.unanswered) == (1, 0, 1)
    assert (counts.cancelled_replies, counts.troubles, counts.samples_lost) == (1, 1, 200)
    assert (counts.underruns, counts.late_clauses) == (2, 1)


def test_guesses_are_scored_and_the_model_is_told_with_its_reason() -> None:
    now = Instant(0)
    tally = Tally()
    for turn, guess in ((0, "booking"), (1, "question")):
        for event in (
            SpeechStarted(now, turn, now),
            IntentGuessed(Instant(20_000_000), turn, guess, 0.6, "a table", False, 0.1),
            IntentGuessed(Instant(50_000_000), turn, "booking", 0.9, "A table for two.", True, 0.1),
            Routed(Instant(50_000_000), turn, Level.SIMPLE, "a/small", ("few words",), ("table",), 0.9, 0.3),
            TurnCommitted(Instant(50_000_000), turn, "A table for two.", Trigger.SILENCE, now, now, now, now),
        ):
            tally.on_event(event)
    report = tally.report(None, "scripted")
    assert (report.counts.intents_right, report.counts.intents_wrong) == (1, 1)
    right, wrong = report.turns
    assert right.intent is not None
    assert right.intent.model_dump() == {
        "name": "booking",
        "confidence": 0.9,
        "guess": "booking",
        "right": True,
        "ahead_ms": 30.0,
    }
    assert wrong.intent is not None
    assert (wrong.intent.guess, wrong.intent.right, wrong.intent.ahead_ms) == ("question", False, None)
    assert right.routing is not None
    assert right.routing.model_dump() == {
        "level": "simple",
        "model": "a/small",
        "reason": ("few words",),
        "words": ("table",),
        "confidence": 0.9,
        "took_ms": 0.3,
    }
