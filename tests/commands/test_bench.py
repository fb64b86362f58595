import csv
import json
from pathlib import Path

import pytest

from studio.__main__ import main
from tests.virtual_call import caller

Told = pytest.CaptureFixture[str]
VIRTUAL = ["--loop", "virtual", "--with", "scripted"]


@pytest.fixture(autouse=True)
def own_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("studio.app.measured.measured_file", lambda: tmp_path / "measured.json")
    monkeypatch.setattr("studio.app.prices.prices_file", lambda: tmp_path / "prices.toml")


@pytest.mark.parametrize(("bench", "column"), [("llm", "first token p50 ms"), ("tts", "first sound p50 ms")])
def test_a_comparison_is_a_table_with_its_progress_beside_it(bench: str, column: str, capsys: Told) -> None:
    assert main(["bench", bench, "--n", "2", *VIRTUAL]) == 0
    told = capsys.readouterr()
    assert column in told.out.splitlines()[0]
    assert told.out.splitlines()[1].startswith("scripted/")
    assert ": 2 of 2, " in told.err


def test_files_and_json_hold_everything(tmp_path: Path, capsys: Told) -> None:
    out = tmp_path / "out"
    assert main(["bench", "llm", "--n", "1", *VIRTUAL, "--out", str(out), "--json"]) == 0
    told = capsys.readouterr()
    content = json.loads(told.out)
    assert content["rows"][0]["use"] == "scripted/script"
    assert json.loads((out / "llm.json").read_text()) == content
    with (out / "llm.csv").open() as file:
        assert next(csv.DictReader(file))["first_p50_ms"] == "100.0"
    assert (out / "llm.svg").read_text().startswith("<svg")
    assert told.err.count("Written: ") == 3


@pytest.mark.weights
def test_recordings_are_heard_through_the_real_vad(tmp_path: Path, capsys: Told) -> None:
    (folder := tmp_path / "in").mkdir()
    caller(folder / "silence.wav", [], 500)
    assert main(["bench", "stt", "--in", str(folder), *VIRTUAL]) == 0
    assert "told p50 ms" in capsys.readouterr().out


def test_who_fails_is_told_and_if_nobody_did_anything_that_is_an_error(capsys: Told) -> None:
    assert main(["bench", "llm", "--n", "1", *VIRTUAL, "--with", "openai"]) == 0
    assert "OPENAI_API_KEY" in capsys.readouterr().out
    assert main(["bench", "llm", "--n", "1", "--with", "openai"]) == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ["bench"],
        ["bench", "llm", "--n", "0"],
        ["bench", "llm", "--n", "many"],
        ["bench", "stt"],
        ["bench", "stt", "--in", "/nowhere"],
        ["bench", "tts", "--with", "nobody"],
        ["bench", "tts", "--with", "playht/any"],
        ["bench", "tts", "--base-url", "x"],
    ],
)
def test_what_cannot_be_is_one_sentence(arguments: list[str], capsys: Told) -> None:
    try:
        code: object = main(arguments)
    except SystemExit as error:
        code = error.code
    assert code == 2
    assert capsys.readouterr().err.count("\n") == 1
