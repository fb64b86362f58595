import numpy as np
import pytest

from benchmarks.turns.acts import Act, Done
from benchmarks.turns.measures import figures, interval, overlap_outcomes, turn_outcomes
from benchmarks.turns.truth import PER_MS, Kind
from tests.benchmarks.turns.calls import call, item

TURN = item(Kind.PAUSING, (1000, 2000, "a"), (2600, 3000, "b"), (3900, 5000, "c"))
CALL = call(TURN)


def done(*acts: tuple[int, Act]) -> list[Done]:
    return [Done(at * PER_MS, act) for at, act in acts]


@pytest.mark.parametrize(
    ("commits", "cut_pauses", "delay_ms"),
    [
        ([5300], 0, 300),
        ([2500, 5300], 1, 300),
        ([2650, 5300], 1, 300),  # the words came after the user had gone on
        ([2500, 3500, 5300], 2, 300),
        ([2300, 2590, 5300], 1, 300),
        ([2500], 1, None),
        ([4900], 1, -100),
        ([], 0, None),
    ],
)
def test_a_turn(commits: list[int], cut_pauses: int, delay_ms: float | None) -> None:
    (outcome,) = turn_outcomes(CALL, done(*((at, Act.COMMIT) for at in commits)))
    assert (outcome.cut_pauses, outcome.delay_ms) == (cut_pauses, delay_ms)
    assert bool(outcome.cuts) is any(at < 5000 for at in commits)


def test_a_cut_in_that_was_taken_back_was_not_heard() -> None:
    quiet = turn_outcomes(CALL, done((2500, Act.COMMIT), (5300, Act.COMMIT), (5800, Act.AUDIBLE)))
    loud = turn_outcomes(CALL, done((2500, Act.COMMIT), (3000, Act.AUDIBLE), (5300, Act.COMMIT)))
    assert [one.heard_cut for one in (*quiet, *loud)] == [False, True]


OVER = item(Kind.INTERRUPTION, (3000, 4000, "no"), agent=(1000, 8000))


@pytest.mark.parametrize(
    ("acts", "missed"),
    [
        ([(3200, Act.SILENT), (3500, Act.STOP)], 0),
        ([(3200, Act.SILENT), (4800, Act.RESUME)], 1),
        ([(4100, Act.SILENT), (4100, Act.STOP)], 1),
        ([], 1),
    ],
)
def test_an_interruption(acts: list[tuple[int, Act]], missed: float) -> None:
    assert figures([], overlap_outcomes(call(OVER), done(*acts))).missed == missed


def test_a_backchannel_that_only_holds_the_agent() -> None:
    one = item(Kind.BACKCHANNEL, (3000, 3300, "yeah"), agent=(1000, 8000))
    told = figures([], overlap_outcomes(call(one), done((3100, Act.SILENT), (3600, Act.RESUME))))
    assert (told.false_stops["backchannel"], told.false_holds["backchannel"], told.hold_ms["p50"]) == (0, 1, 500)


def test_what_the_agent_must_not_answer_is_no_turn() -> None:
    assert turn_outcomes(call(item(Kind.COUGH, (3000, 3300, ""), agent=(1000, 8000))), []) == []


def test_rates_are_over_turns_and_over_pauses() -> None:
    other = item(Kind.PLAIN, (7000, 8000, "d"))
    told = figures(
        turn_outcomes(call(TURN, other), done((2500, Act.COMMIT), (5300, Act.COMMIT), (8200, Act.COMMIT))), []
    )
    assert (told.turns, told.pauses, told.cut_turns, told.cut_pauses) == (2, 2, 0.5, 0.5)
    assert (told.delay["p50"], told.delay["max"], told.unanswered) == (250, 300, 0)


def test_the_interval_holds_the_mean_and_is_the_same_each_time() -> None:
    values = np.arange(50, dtype=float)
    low, high = interval(values, lambda draws: np.asarray(draws.mean(axis=1)))
    assert low < values.mean() < high
    assert (low, high) == interval(values, lambda draws: np.asarray(draws.mean(axis=1)))
