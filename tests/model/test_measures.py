"""Turns and their latencies from hand-written events; whole calls are measured in tests/pipeline."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.model.events import (
    AgentSilent,
    AgentSpeaking,
    BargeIn,
    ClauseReady,
    Event,
    ReplyCancelled,
    ReplyStarted,
    ReplyText,
    SpeechStarted,
    SpeechSynthesised,
    Transcribed,
    TurnCommitted,
    TurnJudged,
)
from studio.model.measures import Band, SpanName, TurnBook, band, turns
from studio.model.provider_events import ReplyFailed, ToolAnswered, ToolCalled
from studio.model.terms import CancelReason, TranscriptKind, Trigger
from studio.model.time import Instant, milliseconds, to_ms


def ms(value: float) -> Instant:
    return Instant(milliseconds(value))


def exchange(turn: int = 0, start: float = 0) -> list[Event]:
    """The user speaks from 1000 to 2000 ms after `start`; the agent is heard from 2600 to 4000 ms."""

    def at(value: float) -> Instant:
        return ms(start + value)

    return [
        SpeechStarted(at(1100), turn, at(1000)),
        TurnJudged(at(2130), turn, at(2100), 0.9, 0.5),
        Transcribed(at(2200), turn, TranscriptKind.END, "Hello there.", at(2100), 0.9),
        TurnCommitted(at(2200), turn, "Hello there.", Trigger.TURN_DETECTOR, at(1000), at(2000), at(2160), at(2170)),
        ReplyStarted(at(2205), turn, "scripted/script"),
        ReplyText(at(2300), turn, "Good day. "),
        ReplyText(at(2350), turn, "How are you?"),
        ClauseReady(at(2360), turn, 0, "Good day."),
        ClauseReady(at(2400), turn, 1, "How are you?"),
        SpeechSynthesised(at(2500), turn, 0, at(2365), 0, 100),
        SpeechSynthesised(at(2580), turn, 1, at(2500), 100, 100),
        AgentSpeaking(at(2600), turn, at(2600)),
        AgentSilent(at(4010), turn, at(4000), "Good day. How are you?", False),
    ]


def lengths(events: Iterable[Event]) -> dict[str, float]:
    [turn] = turns(events)
    return {span.name.value: to_ms(span.length) for span in turn.spans}


def without(events: list[Event], kind: type[Event]) -> list[Event]:
    return [event for event in events if not isinstance(event, kind)]


def test_an_answered_turn_is_broken_into_all_its_waits() -> None:
    [turn] = turns(exchange())
    assert to_ms(turn.v2v or 0) == 600
    assert lengths(exchange()) == {
        "endpointing_wait": 160,
        "turn_detection": 10,
        "transcription": 30,
        "routing": 5,
        "llm_first_token": 95,
        "sentence_aggregation": 60,
        "unattributed": 5,
        "speech_synthesis": 135,
        "playout": 100,
    }
    assert (turn.user_text, turn.agent_text, turn.heard) == ("Hello there.", "Good day. How are you?", turn.agent_text)
    assert (to_ms(turn.user_start or 0), to_ms(turn.agent_end or 0), turn.interrupted) == (1000, 4000, False)


def test_what_was_done_before_its_turn_costs_nothing_and_is_saved() -> None:
    events = exchange()
    events[2] = Transcribed(ms(2120), 0, TranscriptKind.END, "Hello there.", ms(2100), 0.9)
    assert lengths(events)["transcription"] == 0
    [turn] = turns(events)
    assert to_ms(turn.saved) == 20 + 30
    assert sum(span.length for span in turn.spans) == turn.v2v


def test_what_ran_while_silence_was_waited_for_counts_as_saved_only_until_then() -> None:
    [turn] = turns(exchange())
    assert to_ms(turn.saved) == 30 + (2160 - 2100)


@pytest.mark.parametrize("kind", [ReplyText, ClauseReady, ReplyStarted, TurnJudged, Transcribed])
def test_a_moment_that_is_missing_breaks_no_sum(kind: type[Event]) -> None:
    [turn] = turns(without(exchange(), kind))
    assert sum(span.length for span in turn.spans) == turn.v2v == milliseconds(600)


@pytest.mark.parametrize("kind", [AgentSpeaking, TurnCommitted, SpeechSynthesised])
def test_without_both_ends_there_are_no_waits(kind: type[Event]) -> None:
    [turn] = turns(without(exchange(), kind))
    assert turn.spans == ()
    assert (turn.v2v is None) == (kind is not SpeechSynthesised)


def test_a_greeting_has_no_latency() -> None:
    events: list[Event] = [AgentSpeaking(ms(100), 0, ms(100)), AgentSilent(ms(900), 0, ms(890), "Hello.", False)]
    [turn] = turns(events)
    assert (turn.v2v, turn.user_start, turn.user_end, turn.heard) == (None, None, None, "Hello.")
    assert turn.spans == ()


def test_barge_in_is_measured_from_the_first_audible_sample_to_the_last() -> None:
    events = exchange()[:-1]
    events.append(BargeIn(ms(3150), 0, ms(3000)))
    assert turns(events)[0].barge_in_stop is None, "not silent yet"
    events.append(AgentSilent(ms(3170), 0, ms(3160), "Good day.", True))
    [turn] = turns(events)
    assert (turn.barge_in_stop, turn.interrupted, turn.heard) == (milliseconds(160), True, "Good day.")


def test_a_user_who_goes_on_takes_the_turn_back() -> None:
    resumed = [event for event in exchange() if event.at < ms(2400)]
    resumed.append(ReplyCancelled(ms(2400), 0, CancelReason.USER_RESUMED))
    [turn] = turns(resumed)
    assert (turn.user_end, turn.agent_text, turn.spans) == (None, "", ())
    assert turn.user_text == "Hello there.", "the last that was understood"
    [answered] = turns(resumed + exchange(start=3000))
    assert to_ms(answered.v2v or 0) == 600
    assert answered.user_start == ms(4000)
    assert answered.agent_text == "Good day. How are you?"


@pytest.mark.parametrize("reason", [CancelReason.STOPPED, CancelReason.FAILED])
def test_a_dropped_reply_leaves_the_turn_said(reason: CancelReason) -> None:
    events = [event for event in exchange() if event.at < ms(2400)]
    [turn] = turns([*events, ReplyCancelled(ms(2400), 0, reason)])
    assert (turn.user_end, turn.user_text, turn.agent_text, turn.v2v) == (ms(2000), "Hello there.", "", None)


def test_the_cause_names_what_matters_longest_first() -> None:
    [turn] = turns(exchange())
    assert [span.name.value for span in turn.cause()] == [
        "endpointing_wait",
        "speech_synthesis",
        "playout",
        "llm_first_token",
        "sentence_aggregation",
        "transcription",
    ]
    assert [span.name.value for span in turn.cause(0.2)] == ["endpointing_wait", "speech_synthesis"]


def test_a_cough_leaves_no_turn() -> None:
    assert turns([SpeechStarted(ms(0), 0, ms(0))]) == []


def test_a_book_tells_the_turns_so_far_in_order() -> None:
    book = TurnBook()
    assert book.turn(0) is None
    for event in exchange(1, 10_000) + exchange(0):
        book.on_event(event)
    assert [turn.index for turn in book.turns()] == [0, 1]
    assert book.turn(1) == book.turns()[1]
    assert book.turn(2) is None


@given(st.permutations(exchange()), st.integers(0, 13))
def test_events_in_any_order_and_number_break_no_sum(events: list[Event], count: int) -> None:
    for turn in turns(events[:count]):
        if turn.spans and turn.v2v is not None and turn.v2v >= 0:
            assert sum(span.length for span in turn.spans) == turn.v2v
            assert {span.name for span in turn.spans} == set(SpanName) - {SpanName.TOOL_CALL}


@pytest.mark.parametrize(
    ("v2v_ms", "expected"),
    [(0, Band.NATURAL), (500, Band.NATURAL), (500.1, Band.UNNATURAL), (1200, Band.UNNATURAL), (1201, Band.HANG_UP)],
)
def test_bands(v2v_ms: float, expected: Band) -> None:
    assert band(v2v_ms) is expected


def with_tool(called_ms: float, answered_ms: float | None) -> list[Event]:
    """An exchange in which a tool is used between the question to the model and its first word."""
    events = exchange()
    at = next(index for index, event in enumerate(events) if isinstance(event, ReplyText))
    used: list[Event] = [ToolCalled(ms(called_ms), 0, "c", "look", "{}")]
    used += [ToolAnswered(ms(answered_ms), 0, "c", "look", "Free.", failed=False)] if answered_ms is not None else []
    return [*events[:at], *used, *events[at:]]


def test_a_tool_that_is_waited_for_is_a_span_between_two_waits_for_the_model() -> None:
    [plain] = turns(exchange())
    asked = next(span for span in plain.spans if span.name is SpanName.LLM_FIRST_TOKEN)
    called, answered = to_ms(asked.start) + 10, to_ms(asked.start) + 30
    [turn] = turns(with_tool(called, answered))
    names = [span.name.value for span in turn.spans if span.length]
    at = names.index("tool_call")
    assert names[at - 1 : at + 2] == ["llm_first_token", "tool_call", "llm_first_token"]
    assert [to_ms(span.length) for span in turn.spans if span.name is SpanName.TOOL_CALL] == [20.0]
    assert sum(span.length for span in turn.spans) == turn.v2v == plain.v2v
    [use] = turn.tools
    assert (use.name, use.length, use.failed) == ("look", 20_000_000, False)


def test_a_tool_that_a_filler_bridges_is_waited_for_until_the_filler() -> None:
    [plain] = turns(exchange())
    asked = next(span for span in plain.spans if span.name is SpanName.LLM_FIRST_TOKEN)
    [turn] = turns(with_tool(to_ms(asked.start) + 10, None))
    assert sum(span.length for span in turn.spans) == turn.v2v == plain.v2v
    assert turn.tools[0].length is None


def test_an_apology_is_no_answer() -> None:
    events = exchange()
    at = next(index for index, event in enumerate(events) if isinstance(event, ReplyText))
    [turn] = turns([*events[:at], ReplyFailed(ms(1), 0), *events[at:]])
    assert (turn.failed, turn.v2v, turn.spans) == (True, None, ())
    assert turn.heard
