from enum import StrEnum

import pytest
from PySide6.QtCore import QKeyCombination, Qt

from studio.app.call_state import Activity
from studio.model.bill import Cost
from studio.model.measures import Band, SpanName, turns
from studio.model.terms import Stage
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
