from dataclasses import replace

import pytest

from benchmarks.turns.chart import Line, chart
from benchmarks.turns.measures import figures
from benchmarks.turns.simple import SilenceOnly
from benchmarks.turns.sweep import Row, delay_at, measured
from benchmarks.turns.truth import Kind
from studio.app.bench.axes import Point
from tests.benchmarks.turns.calls import heard, item

NOTHING = figures([], [])


def row(cut: float, p50: float) -> Row:
    return Row("one", 0, replace(NOTHING, cut_turns=cut, delay={"p50": p50}), {})


@pytest.mark.parametrize(
    ("rate", "delay_ms"),
    [(0.2, 400), (0.1, 500), (0.3, 300), (0.05, None), (0.9, 300)],
)
def test_the_delay_at_a_rate_lies_between_the_settings(rate: float, delay_ms: float | None) -> None:
    curve = [row(0.1, 500), row(0.3, 300)]
    assert delay_at(curve, rate) == (None if delay_ms is None else pytest.approx(delay_ms))


def test_a_curve_that_turns_back_counts_where_it_is_fastest() -> None:
    assert delay_at([row(0.3, 300), row(0.1, 500), row(0.15, 450)], 0.12) == pytest.approx(480)


def test_any_share_of_the_delays_can_be_compared() -> None:
    rows = [replace(row(0.1, 500), all=replace(NOTHING, cut_turns=0.1, delay={"p50": 500, "p90": 900}))]
    assert delay_at(rows, 0.1, "p90") == 900


def test_a_system_is_measured_over_all_calls_and_by_group() -> None:
    calls = [
        heard(item(Kind.PAUSING, (1024, 2048, "a"), (2752, 3776, "b"))),
        heard(item(Kind.PLAIN, (1024, 2048, "c"))),
    ]
    told = measured(SilenceOnly(500), calls)
    assert (told.all.turns, told.all.cut_turns) == (2, 0.5)
    assert told.groups["kind pausing"].cut_turns == 1
    assert told.groups["kind plain"].cut_turns == 0


def test_the_chart_has_every_point_and_says_what_it_shows() -> None:
    line = Line("a < b", (Point("0.5", 300, 20), Point("1", 200, 40)))
    drawn = chart("title", [line], "ms", "%")
    assert drawn.count("<circle") == 2
    assert "a &lt; b" in drawn
    assert 'points="' in drawn
