import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import numpy as np
import pytest

from studio.app.bench import tts
from studio.app.bench.contest import Progress, Wishes
from studio.app.bench.table import Table
from studio.app.bench.tts import TtsRow, say
from studio.app.measured import medians
from studio.model.audio import Samples, silence
from studio.model.errors import ProviderError
from studio.pipeline.clock import VirtualTimeLoop
from studio.pipeline.ports import Sound
from tests.fakes.deepgram import Deepgram
from tests.fakes.script import Script
from tests.fakes.server import FakeServer

QUIET: Progress = str


@pytest.fixture(autouse=True)
def own_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("studio.app.measured.measured_file", lambda: tmp_path / "measured.json")


def compared(count: int, *uses: str) -> Table:
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(tts.compare(count, Wishes(uses), QUIET))


def tone(ms: int) -> Samples:
    return np.full(ms * 16, 0.3, dtype=np.float32)


class Voice:
    """Says what it is given: pieces of sound, each after so many milliseconds."""

    rate_hz = 16_000

    def __init__(self, *pieces: tuple[int, Samples]) -> None:
        self._pieces = pieces

    async def speak(self, text: str) -> AsyncGenerator[Sound, None]:
        for wait_ms, samples in self._pieces:
            await asyncio.sleep(wait_ms / 1000)
            yield Sound(samples)


def said(voice: Voice) -> tts.Spoken:
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(say(voice, "Hello."))  # type: ignore[arg-type]


def test_voices_are_measured_by_first_sound_rate_gaps_and_price() -> None:
    table = compared(12, "scripted")
    (row,) = table.rows
    assert isinstance(row, TtsRow)
    assert (row.n, row.first_p50_ms, row.first_p95_ms) == (12, 50, 50)
    assert row.real_time_factor == pytest.approx(0.03, abs=0.03)
    assert (row.gaps, row.longest_gap_ms, row.usd_1k_characters, row.failures) == (0, None, 0, 0)
    assert "scripted/tone" in table.picture
    assert medians() == {"tts scripted/tone": 50.0}


def test_silence_before_the_first_sound_is_waited_for_as_in_a_call() -> None:
    spoken = said(Voice((40, silence(1600)), (30, tone(100))))
    assert spoken.first_ms == 70
    assert spoken.whole_ms == 70


def test_a_piece_that_comes_too_late_leaves_a_gap() -> None:
    # 100 ms of sound and 80 ms of buffer after 50 ms: the next piece is due at 230 ms.
    assert said(Voice((50, tone(100)), (180, tone(100)))).gaps_ms == ()
    assert said(Voice((50, tone(100)), (250, tone(100)), (100, tone(100)), (150, tone(100)))).gaps_ms == (70, 50)


def test_a_voice_that_cannot_be_heard_has_failed() -> None:
    with pytest.raises(ProviderError, match=r"Nothing can be heard of 'Hello\.'"):
        said(Voice((10, silence(1600))))


def test_a_voice_that_cannot_be_used_gets_a_row() -> None:
    no_key, fine = compared(1, "cartesia", "scripted").rows
    assert isinstance(no_key, TtsRow)
    assert isinstance(fine, TtsRow)
    assert (no_key.n, no_key.real_time_factor, fine.n) == (0, None, 1)
    assert no_key.usd_1k_characters is not None
    assert "CARTESIA_API_KEY" in no_key.trouble


async def test_a_vendor_is_measured_against_its_stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEEPGRAM_API_KEY", "k")
    async with FakeServer({"": Deepgram(Script(first_audio_s=0.05), "k")}) as server:
        table = await tts.compare(3, Wishes(("deepgram",), (("*", server.url()),)), QUIET)
        assert server.failures == []
    (row,) = table.rows
    assert isinstance(row, TtsRow)
    assert (row.n, row.trouble, row.gaps) == (3, "", 0)
    assert row.first_p50_ms is not None
    assert 50 <= row.first_p50_ms < 1500
