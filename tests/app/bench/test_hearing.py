import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest

from studio.app.bench import hearing
from studio.app.bench.hearing import Heard, hear
from studio.app.bench.recordings import Recording
from studio.model.errors import ProviderError
from studio.model.preset import Part, Role, TurnTaking
from studio.model.terms import TranscriptKind, Trigger
from studio.pipeline.clock import VirtualTimeLoop
from studio.pipeline.ports import Transcript
from studio.providers import catalog
from tests.virtual_call import caller

TEXTS = ["What is the weather like?", "And tomorrow?"]


class Stt:
    """Hears with a stream of its own."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    async def stream(self) -> Any:
        return self._stream


class Stream:
    """Notes what it is told; a subclass says something about it."""

    billed_ms = 0.0

    def __init__(self) -> None:
        self.told: list[str] = []
        self.said: asyncio.Queue[Transcript] = asyncio.Queue()

    def push(self, block: object) -> None:
        self.billed_ms += 32

    def speech_started(self) -> None:
        self.told.append("started")

    def speech_paused(self) -> None:
        self.told.append("paused")

    def turn_committed(self) -> None:
        self.told.append("committed")

    async def transcripts(self) -> AsyncGenerator[Transcript, None]:
        while True:
            yield await self.said.get()

    async def close(self) -> None:
        self.told.append("closed")


def held(stt: Any, path: Path) -> Heard:
    vad = catalog.build(Role.VAD, Part(use="scripted"))
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(hear(stt, Recording(path, 0, None), vad, TurnTaking()))


def scripted(texts: list[str], delay_ms: float = 60) -> Any:
    return catalog.build(Role.STT, Part.model_validate({"use": "scripted", "texts": texts, "delay_ms": delay_ms}))


def test_a_recording_is_heard_as_in_a_call(tmp_path: Path) -> None:
    heard = held(scripted(TEXTS), caller(tmp_path / "a.wav", [(500, 1500), (4000, 5000)], 5200))
    assert heard.text == "What is the weather like? And tomorrow?"
    assert [final.after_told_ms for final in heard.finals] == [60, 60]
    for final in heard.finals:  # 96 ms of silence are waited for, in frames of 32 ms
        assert 60 + 96 <= final.after_sound_ms <= 60 + 96 + 42


def test_a_recording_that_ends_with_its_last_word_is_heard_to_its_end(tmp_path: Path) -> None:
    heard = held(scripted(TEXTS), caller(tmp_path / "a.wav", [(500, 1500)]))
    assert heard.text == TEXTS[0]
    assert len(heard.finals) == 1


def test_a_pause_that_ends_before_its_answer_is_none(tmp_path: Path) -> None:
    heard = held(scripted(TEXTS, delay_ms=300), caller(tmp_path / "a.wav", [(500, 1500), (1700, 2500)], 4500))
    assert len(heard.finals) == 1
    assert heard.text == TEXTS[0]


def test_silence_has_no_words(tmp_path: Path) -> None:
    heard = held(scripted(TEXTS), caller(tmp_path / "a.wav", [], 1000))
    assert (heard.text, heard.finals) == ("", ())


def test_the_recogniser_is_told_of_speech_pauses_and_turns_and_hung_up(tmp_path: Path) -> None:
    class Nods(Stream):
        def speech_paused(self) -> None:
            super().speech_paused()
            self.said.put_nowait(Transcript(TranscriptKind.END, "Yes."))

    stream = Nods()
    heard = held(Stt(stream), caller(tmp_path / "a.wav", [(500, 1000), (1500, 2000), (4500, 5000)], 5100))
    assert stream.told == ["started", "paused", "started", "paused", "committed", "started", "paused", "closed"]
    assert heard.text == "Yes. Yes."
    assert heard.billed_ms == pytest.approx(5200, abs=100)


def test_a_vendors_own_end_of_turn_answers_the_pause(tmp_path: Path) -> None:
    class Judges(Stream):
        def speech_paused(self) -> None:
            super().speech_paused()
            self.said.put_nowait(Transcript(TranscriptKind.END, "Done.", trigger=Trigger.VENDOR))

    stream = Judges()
    heard = held(Stt(stream), caller(tmp_path / "a.wav", [(500, 1000)], 1500))
    assert stream.told == ["started", "paused", "committed", "closed"]
    assert (heard.text, len(heard.finals)) == ("Done.", 1)


def test_a_turn_without_words_is_dismissed(tmp_path: Path) -> None:
    heard = held(scripted([""]), caller(tmp_path / "a.wav", [(500, 1000)], 3000))
    assert heard.text == ""


def test_a_recogniser_that_never_answers_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hearing, "PATIENCE_S", 2)
    stream = Stream()
    with pytest.raises(ProviderError, match=r"no final words within 2 s after a\.wav"):
        held(Stt(stream), caller(tmp_path / "a.wav", [(500, 1000)]))
    assert stream.told[-1] == "closed"


def test_a_recogniser_that_fails_or_ends_fails_the_recording(tmp_path: Path) -> None:
    class Ends(Stream):
        async def transcripts(self) -> AsyncGenerator[Transcript, None]:
            return
            yield

    stream = Ends()
    with pytest.raises(ProviderError, match="ended in the middle"):
        held(Stt(stream), caller(tmp_path / "a.wav", [(500, 1000)]))
    assert stream.told[-1] == "closed"
