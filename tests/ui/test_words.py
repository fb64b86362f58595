from dataclasses import replace
from enum import StrEnum

import pytest
from PySide6.QtCore import QKeyCombination, Qt

from studio.app.call_state import Activity
from studio.model.bill import Cost
from studio.model.measures import Band, SpanName, Speculation, Turn, turns
from studio.model.terms import Stage, Trigger
from studio.model.time import Duration, Instant, milliseconds
from studio.model.turn_events import EndpointSet
from studio.timeline.catalog import LaneName
from studio.ui import words
from tests.ui.scripted_call import call

NAMED = [
    *((words.activity, member) for member in Activity),
    *((words.stage, member) for member in Stage),
    *((words.lane, member) for member in LaneName),
    *((words.span, member) for member in SpanName),
    *((words.band_name, member) for member in Band),
    *((words.band_bounds, member) for member in Band),
    *((words.band_sign, member) for member in Band),
]


@pytest.mark.parametrize(("name", "member"), NAMED)
def test_everything_has_a_name(name: object, member: StrEnum) -> None:
    assert callable(name)
    assert name(member)
    assert "{" not in name(member)


def test_bands_have_signs_of_their_own() -> None:
    assert len({words.band_sign(band) for band in Band}) == len(Band)


def test_cause_is_one_sentence_longest_first() -> None:
    turn = turns(call())[2]
    assert words.cause(turn) == (
        "1445 ms: waited 700 ms for silence, 310 ms LLM first token, waited 160 ms for the first clause, "
        "120 ms speech synthesis, 110 ms playout"
    )


def test_a_turn_without_answer_has_no_cause() -> None:
    assert words.cause(turns(call(7200))[1]) == ""


def test_figures() -> None:
    assert words.milliseconds(None) == "–"
    assert words.milliseconds(812.4) == "812 ms"
    assert words.clock(3_725_000_000_000) == "62:05"
    assert words.key(QKeyCombination(Qt.KeyboardModifier.ShiftModifier, Qt.Key.Key_Question)) == "?"
    assert words.key(QKeyCombination(Qt.KeyboardModifier.ControlModifier, Qt.Key.Key_R)) == "Ctrl+R"


@pytest.mark.parametrize(("saved", "told"), [(0.003, "$0.003"), (-0.003, "-$0.003")])
def test_a_cost_is_told_by_stage_with_what_the_cache_had(saved: float, told: str) -> None:
    cost = Cost({Stage.STT: 0.004, Stage.LLM: 0.02}, saved, 1000, 400, 50, {"acme/voice"})
    assert words.cost_parts(cost) == [
        "Transcription: $0.004",
        "Language model: $0.02",
        f"Of 1000 prompt tokens 400 came from the cache and 50 were kept; saved: {told}",
        "No price is known for acme/voice",
    ]
    assert words.cost_parts(Cost()) == []


def test_a_turn_tells_why_it_ended_and_what_beginning_early_came_to() -> None:
    _, first, second, _ = turns(call())
    assert words.details(first) == (
        "Ended after 160 ms of silence: surely over (97%)  ·  work ahead saved 79 ms (reply 15 ms)"
    )
    assert words.details(second) == (
        "Ended after 700 ms of silence: the words sounded unfinished (5%)  ·  work ahead saved 64 ms  ·  "
        "thrown away: 1 begun, 23 tokens, 41 characters of voice  ·  false interruptions: 1"
    )


def ended(reason: str, probability: float | None, trigger: Trigger | None = Trigger.SILENCE) -> Turn:
    endpoint = EndpointSet(Instant(0), 1, 812.4, probability, None, 0.0, reason)
    return replace(turns(call())[1], endpoint=endpoint, trigger=trigger, saved=Duration(0), speculations=())


@pytest.mark.parametrize(
    ("turn", "told"),
    [
        (ended("unsure", 0.4), "Ended after 812 ms of silence: not sure it was over (40%)"),
        (ended("slow speaker", 0.6), "Ended after 812 ms of silence: you pause within turns (60%)"),
        (ended("not judged", None), "Ended after 812 ms of silence: nothing had judged it"),
        (ended("sure", 0.9, Trigger.VENDOR), "Ended by the STT vendor"),
        (ended("sure", 0.9, None), ""),
        (replace(ended("sure", 0.9), endpoint=None), ""),
    ],
)
def test_why_a_turn_ended(turn: Turn, told: str) -> None:
    assert words.details(turn) == told


def test_several_speculations_are_told_together_and_an_open_one_not_at_all() -> None:
    def begun(hit: bool, is_over: bool = True) -> Speculation:
        end = Instant(9) if is_over else None
        return Speculation(Instant(0), end, hit, milliseconds(40) if hit else Duration(0), 5, 7)

    silent = ended("sure", 0.9, None)
    several = (begun(False), begun(False), begun(True))
    assert words.details(replace(silent, saved=milliseconds(90), speculations=several)) == (
        "Work ahead saved 90 ms (reply 40 ms)  ·  thrown away: 2 begun, 10 tokens, 14 characters of voice"
    )
    assert words.details(replace(silent, speculations=(begun(False, is_over=False),))) == ""


def test_what_was_paid_for_nothing_is_told() -> None:
    cost = Cost({Stage.LLM: 0.02}, wasted=0.003)
    assert words.cost_parts(cost) == ["Language model: $0.02", "Of all that, for replies nobody heard: $0.003"]
