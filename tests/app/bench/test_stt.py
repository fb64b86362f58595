import asyncio
import json
from pathlib import Path

import pytest
import soundfile

from studio.app.bench import stt
from studio.app.bench.contest import Progress, Wishes
from studio.app.bench.stt import SttRow
from studio.app.bench.table import Table, as_json
from studio.app.measured import medians
from studio.model.errors import ProviderError
from studio.model.preset import Part
from studio.pipeline.clock import VirtualTimeLoop
from tests.fakes.deepgram import Deepgram
from tests.fakes.script import Script
from tests.fakes.server import FakeServer
from tests.providers.speech import spoken
from tests.virtual_call import caller

QUIET: Progress = str

LOUDNESS = Part(use="scripted")


@pytest.fixture(autouse=True)
def own_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("studio.app.measured.measured_file", lambda: tmp_path / "measured.json")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (folder := tmp_path / "in").mkdir()
    caller(folder / "one.wav", [(300, 900)], 1200)
    caller(folder / "two.wav", [(300, 900)], 1200)
    (folder / "one.txt").write_text("Hello, my friend.")
    return folder


def compared(folder: Path, *uses: str, vad: Part = LOUDNESS) -> Table:
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(stt.compare(folder, Wishes(uses), QUIET, vad))


def only(table: Table) -> SttRow:
    (row,) = table.rows
    assert isinstance(row, SttRow)
    return row


def test_recognisers_are_measured_by_time_words_and_price(folder: Path) -> None:
    table = compared(folder, "scripted")
    row = only(table)
    assert (row.use, row.n, row.told_p50_ms, row.failures, row.trouble) == ("scripted/script", 2, 60, 0, "")
    assert row.sound_p50_ms == pytest.approx(160, abs=30)
    assert (row.words, row.wer_percent) == (3, 66.67)  # it heard "Hello."
    assert (row.usd, row.usd_a_minute) == (0, 0)
    assert [each.recording for each in row.recordings] == ["one.wav", "two.wav"]
    assert table.about["recordings"] == 2
    assert "scripted/script" in table.picture
    assert json.loads(as_json(table))["rows"][0]["recordings"][0]["heard"] == "Hello."


def test_without_written_words_speed_is_drawn_against_price(folder: Path) -> None:
    (folder / "one.txt").unlink()
    table = compared(folder, "scripted")
    assert (only(table).wer_percent, only(table).words) == (None, 0)
    assert "Speed and price" in table.picture


def test_what_was_measured_is_kept(folder: Path) -> None:
    compared(folder, "scripted")
    assert medians() == {"stt scripted/script": 60.0}


def test_a_recogniser_that_fails_gets_a_row_with_its_sentence(folder: Path) -> None:
    no_key, fine = compared(folder, "deepgram", "scripted").rows
    assert isinstance(no_key, SttRow)
    assert (no_key.n, no_key.failures, no_key.told_p50_ms, no_key.usd_a_minute) == (0, 1, None, None)
    assert "DEEPGRAM_API_KEY" in no_key.trouble
    assert isinstance(fine, SttRow)
    assert fine.n == 2


def test_what_counts_words_is_wanted_before_anything_is_heard(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "jiwer", None)
    with pytest.raises(ProviderError, match="jiwer"):
        compared(folder, "scripted")


async def test_a_vendor_is_measured_against_its_stand_in(tmp_path: Path) -> None:
    (folder := tmp_path / "in").mkdir()
    caller(folder / "one.wav", [(200, 800)], 900)
    (folder / "one.txt").write_text("What is the capital of Italy?")
    async with FakeServer({"": Deepgram(Script(final_s=0.05), "k")}) as server:
        wishes = Wishes(("deepgram",), (("deepgram", server.url()),))
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("DEEPGRAM_API_KEY", "k")
            table = await stt.compare(folder, wishes, QUIET, LOUDNESS)
        assert server.failures == []
        row = only(table)
        assert row.trouble == ""
        assert (row.n, row.wer_percent) == (1, 0)
        assert row.told_p50_ms is not None
        assert 50 <= row.told_p50_ms < 1500
        assert row.usd_a_minute is not None
        assert row.usd_a_minute > 0
        assert list(medians()) == [f"stt deepgram/nova-3 at {server.url()}"]


@pytest.mark.weights
def test_a_person_on_this_machine_is_heard_through_the_real_vad(tmp_path: Path) -> None:
    (folder := tmp_path / "in").mkdir()
    soundfile.write(folder / "a.wav", spoken("What is the capital of France?"), 16_000)
    (folder / "a.txt").write_text("What is the capital of France?")
    row = only(compared(folder, "moonshine", vad=Part(use="silero")))
    assert (row.trouble, row.wer_percent) == ("", 0)
