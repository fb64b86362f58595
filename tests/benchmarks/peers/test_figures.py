import json
from itertools import chain

from benchmarks.peers.caller import Utterance
from benchmarks.peers.figures import Figures, as_json, figures, floor_ms, per_core, spread, table
from benchmarks.peers.listening import Heard
from benchmarks.peers.running import Cost

COST = Cost(2.5, 180)
TURN = Utterance("What?", "Rome.", 0, 1, (), paused=True)
CUT = Utterance("Stop.", "Yes.", 0, 1, (), interrupts=True)


def of(*pairs: tuple[Utterance, Heard]) -> Figures:
    return figures([said for said, _ in pairs], [did for _, did in pairs], COST, floor_ms(150, 350, 75))


def test_turns_interruptions_and_what_went_wrong_are_told_apart() -> None:
    row = of(
        (TURN, Heard(0, 700, cut_in=False, missing_ms=0)),
        (TURN, Heard(1, 800, cut_in=False, missing_ms=900)),
        (TURN, Heard(2, None, cut_in=True)),
        (TURN, Heard(3, None, cut_in=False)),
        (CUT, Heard(4, 650, cut_in=False, stop_ms=120)),
        (CUT, Heard(5, None, cut_in=False, stop_ms=1200)),
        (CUT, Heard(6, 600, cut_in=False)),
        (CUT, Heard(7, None, cut_in=True, stop_ms=90)),
    )
    assert row.v2v is not None
    assert row.stop is not None
    assert (row.v2v.n, row.v2v.p50, row.excess) == (2, 750, 175)
    assert (row.turns, row.paused, row.cut_ins, row.unanswered, row.other_words) == (4, 4, 2, 2, 1)
    assert (row.interruptions, row.stop.n, row.not_stopped, row.not_speaking) == (4, 3, 1, 1)


def test_the_confidence_holds_the_figure_and_is_wide_for_few_values() -> None:
    few, many = spread([700.0, 800.0, 900.0]), spread(list(chain.from_iterable([[700.0, 800.0, 900.0]] * 40)))
    assert few is not None
    assert many is not None
    for each in (few, many):
        assert each.p50_between[0] <= each.p50 <= each.p50_between[1]
    assert few.p50_between[1] - few.p50_between[0] > many.p50_between[1] - many.p50_between[0]
    assert spread([]) is None


def test_the_table_has_a_line_for_each_system_also_for_one_that_failed() -> None:
    shown = table({"studio:nova": of((TURN, Heard(0, 700, cut_in=False))), "other": "it ended with 1"}).splitlines()
    assert [line.split()[0] for line in shown[1:]] == ["studio:nova", "other"]
    assert shown[1].split()[1:6] == ["700", "700", "700", "1", "125"]
    assert "failed: it ended with 1" in shown[2]


def test_a_system_that_answered_nothing_is_shown_with_dashes() -> None:
    row = of((TURN, Heard(0, None, cut_in=False)), (CUT, Heard(1, None, cut_in=False)))
    assert table({"mute": row}).splitlines()[1].split()[1:8] == ["-", "-", "-", "0", "-", "0/2", "2"]


def test_a_core_holds_sessions_until_the_excess_has_doubled_or_one_fails() -> None:
    def at(*v2v_ms: float) -> list[Figures | str]:
        return [of((TURN, Heard(0, each, cut_in=False))) for each in v2v_ms]

    fine = {1: at(675), 2: at(700, 720), 4: at(750, 760, 770, 900)}
    assert per_core(fine, 2) == 2
    assert per_core({**fine, 8: at(*[800] * 8)}, 2) == 2
    assert per_core({**fine, 4: [*at(750, 760, 770), "it ended with 1"]}, 2) == 1
    assert per_core({**fine, 4: at(*[900] * 4), 8: at(*[750] * 8)}, 2) == 1
    assert per_core({1: ["it ended with 1"], 2: at(700, 700)}, 2) == 0


def test_figures_are_json_with_all_they_know() -> None:
    written = json.loads(json.dumps(as_json(of((TURN, Heard(0, 700, cut_in=False))))))
    assert written["v2v"]["p50"] == 700
    assert written["cost"] == {"cpu_s_per_minute": 2.5, "peak_rss_mb": 180}
