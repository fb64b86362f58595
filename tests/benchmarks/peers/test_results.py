from pathlib import Path

import pytest

from benchmarks.peers.caller import Utterance
from benchmarks.peers.figures import Figures, figures
from benchmarks.peers.listening import Heard
from benchmarks.peers.results import Results
from benchmarks.peers.running import Cost

CONDITIONS = ["this machine, load average 0.1", "50 turns"]
ROW: Figures = figures(
    [Utterance("What?", "Rome.", 0, 1, ())], [Heard(0, 700, cut_in=False)], Cost(2.5, 180), floor=575
)


def test_a_run_goes_on_where_another_was_cut_off(tmp_path: Path) -> None:
    first = Results(tmp_path / "r.json", CONDITIONS)
    first.add("pipecat:default", ROW)
    first.add("studio:nova", "it ended with 1")
    first.add_load("studio:nova", {"cores": 2})
    second = Results(tmp_path / "r.json", ["this machine, load average 2.0", "50 turns"])
    second.resume()
    assert (second.rows, second.loads) == (first.rows, first.loads)
    assert list(second.rows) == ["studio:nova", "pipecat:default"]


def test_a_run_of_something_else_is_not_gone_on_with(tmp_path: Path) -> None:
    Results(tmp_path / "r.json", CONDITIONS).add("studio:nova", ROW)
    with pytest.raises(ValueError, match="made otherwise: 50 turns"):
        Results(tmp_path / "r.json", [CONDITIONS[0], "60 turns"]).resume()


def test_without_a_file_there_is_nothing_to_go_on_with(tmp_path: Path) -> None:
    for place in (None, tmp_path / "none.json"):
        results = Results(place, CONDITIONS)
        results.resume()
        assert results.rows == {}
