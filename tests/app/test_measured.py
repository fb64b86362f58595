import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from studio.app.measured import KEPT, Learner, keep, learn, measures, medians, times_of
from studio.model.errors import StudioError
from studio.model.events import Event, ReplyStarted, SpeechSynthesised, Transcribed
from studio.model.measures import SpanName, turns
from studio.model.preset import Part, Preset
from studio.model.provider_events import FellBack, Retried
from studio.model.terms import Stage, TranscriptKind
from studio.model.time import Instant, to_ms
from tests.virtual_call import Changes, Script, hold, scripted

TODAY = date(2026, 11, 24)
MS = 1_000_000
NAME = "stt deepgram/nova-3"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "data" / "measured.json"


def final(asked_ms: int, at_ms: int) -> Transcribed:
    return Transcribed(Instant(at_ms * MS), 0, TranscriptKind.END, "Hello.", Instant(asked_ms * MS), None)


def test_a_calls_turns_teach_what_each_provider_takes(tmp_path: Path) -> None:
    held = hold(Script(speech_ms=[(300, 900), (5000, 5600)]), tmp_path)
    found = times_of(held.events, scripted())
    assert {name: [round(ms) for ms in times] for name, times in found.items()} == {
        "turn scripted/fixed": [25, 25],
        "stt scripted/script": [60, 60],
        "llm scripted/script": [100, 100],
        "clause scripted/script": [80, 60],  # a word takes 20 ms, and a sentence ends with the next one
        "tts scripted/tone": [50, 50],
    }


def test_what_was_begun_on_speculation_is_measured_whole(tmp_path: Path) -> None:
    early: Changes = {"turn_taking": {"eager_ms": 64, "silence_ms": 480}, "speculation": {"reply": True}}
    held = hold(Script(speech_ms=[(300, 900)], changes=early), tmp_path)
    [turn] = [turn for turn in turns(held.events) if turn.spans]
    assert any(each.hit for each in turn.speculations)
    assert {span.name: to_ms(span.length) for span in turn.spans}[SpanName.LLM_FIRST_TOKEN] == 0
    found = {name: [round(ms) for ms in times] for name, times in times_of(held.events, scripted(early)).items()}
    assert (found["llm scripted/script"], found["clause scripted/script"]) == ([100], [80])
    assert found["tts scripted/tone"] == [50]


def test_a_clause_from_the_cache_teaches_nothing_of_the_voice(tmp_path: Path) -> None:
    held = hold(Script(speech_ms=[(300, 900), (5000, 5600)]), tmp_path)
    events = [
        replace(event, cached=event.turn == 0) if isinstance(event, SpeechSynthesised) else event
        for event in held.events
    ]
    assert [round(ms) for ms in times_of(events, scripted())["tts scripted/tone"]] == [50]


def test_what_a_call_teaches_is_kept_and_read_as_medians(tmp_path: Path, file: Path) -> None:
    held = hold(Script(speech_ms=[(300, 900)]), tmp_path)
    learn(held.events, scripted(), TODAY, file)
    assert medians(file)["llm scripted/script"] == pytest.approx(100, abs=0.2)
    kept = measures(file)["tts scripted/tone"]
    assert (kept.n, kept.as_of) == (1, TODAY)


def test_a_learner_reads_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: Path) -> None:
    monkeypatch.setattr("studio.app.measured.measured_file", lambda: file)
    learner = Learner(scripted())
    for event in hold(Script(speech_ms=[(300, 900)]), tmp_path).events:
        learner.on_event(event)
    learner.keep()
    assert "stt scripted/script" in measures(file)


def test_an_answer_that_needed_a_second_attempt_does_not_count() -> None:
    again = Retried(Instant(150 * MS), Stage.STT, "scripted/script", "Away.", 100)
    other = Retried(Instant(150 * MS), Stage.TTS, "scripted/tone", "Away.", 100)
    assert times_of([again, final(100, 400)], scripted()) == {}
    assert times_of([other, final(100, 400)], scripted()) == {"stt scripted/script": [300.0]}


def test_who_took_over_is_measured_from_then_on() -> None:
    nova = Part(use="deepgram/nova-3")
    preset = scripted().model_copy(update={"stt": scripted().stt.model_copy(update={"fallback": (nova,)})})
    events: list[Event] = [
        final(100, 160),
        FellBack(Instant(200 * MS), Stage.STT, "scripted/script", "deepgram/nova-3", "Away."),
        final(300, 380),
    ]
    assert times_of(events, preset) == {"stt scripted/script": [60.0], NAME: [80.0]}


def test_words_that_nobody_asked_for_are_no_answer() -> None:
    unasked = Transcribed(Instant(5 * MS), 0, TranscriptKind.END, "Hello.", None, None)
    assert times_of([unasked], scripted()) == {}


def test_the_latest_times_count(file: Path) -> None:
    keep({NAME: [1000.0] * KEPT}, TODAY, file)
    keep({NAME: [10.0] * KEPT}, TODAY, file)
    assert medians(file) == {NAME: 10.0}
    assert measures(file)[NAME].n == KEPT


def test_nothing_measured_writes_nothing(file: Path) -> None:
    keep({}, TODAY, file)
    keep({NAME: []}, TODAY, file)
    assert not file.exists()


def test_the_file_holds_so_many_providers_and_forgets_the_oldest(file: Path) -> None:
    keep({f"stt vendor/{number}": [1.0] for number in range(200)}, TODAY, file)
    keep({"stt vendor/0": [1.0], NAME: [2.0]}, TODAY, file)
    known = measures(file)
    assert len(known) == 200
    assert {NAME, "stt vendor/0"} <= set(known)
    assert "stt vendor/1" not in known


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 2}', '{"measured": {"x": {"latest_ms": []}}}'])
def test_a_damaged_file_is_passed_over_and_begun_anew(text: str, file: Path) -> None:
    file.parent.mkdir()
    file.write_text(text)
    assert medians(file) == {}
    keep({NAME: [3.0]}, TODAY, file)
    assert json.loads(file.read_text())["measured"][NAME]["latest_ms"] == [3.0]


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("in the way")
    with pytest.raises(StudioError, match=r"cannot be kept in .*measured\.json"):
        keep({NAME: [1.0]}, TODAY, tmp_path / "data" / "measured.json")


def test_who_the_router_chose_is_measured_by_its_own_name(tmp_path: Path) -> None:
    """Of a call whose first turn was answered by another model."""
    other = "groq/llama-3.3-70b-versatile"
    preset = Preset.model_validate({**scripted().model_dump(mode="json"), "router": {"complex": {"use": other}}})
    held = hold(Script(speech_ms=[(300, 900), (5000, 5600)]), tmp_path)
    events = [
        replace(event, model=other) if isinstance(event, ReplyStarted) and event.turn == 0 else event
        for event in held.events
    ]
    found = times_of(events, preset)
    assert (len(found[f"llm {other}"]), len(found["llm scripted/script"])) == (1, 1)
