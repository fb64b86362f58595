"""Calls with the voice cache, from the preset to the events; how phrases are kept is tested beside the cache."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from studio.app.call import Call, Surroundings
from studio.app.engines import Engines
from studio.app.voice_cache import Prefilled, prefill, voice_cache
from studio.app.voice_link import CallRequest
from studio.audio.devices import SoundSystem
from studio.model.errors import StudioError
from studio.model.events import SpeechSynthesised, Trouble
from studio.model.measures import SpanName
from studio.model.preset import Preset
from studio.model.provider_events import UnitsUsed
from studio.model.report import Tally
from studio.model.terms import Stage
from studio.pipeline.clock import VirtualTimeLoop
from studio.providers.scripted import ScriptedTts
from tests.virtual_call import PRESET, Held, caller, scripted

GREETING = "Good evening, this is a test."
REPLY = "It is sunny today."
AGENT: dict[str, dict[str, Any]] = {
    "agent": {"greeting": GREETING, "apology": "Sorry."},
    "llm": {"replies": [REPLY, "Something else.", REPLY]},
    "tools": {"filler": "One moment."},
}


def preset_with(playout: dict[str, Any] | None = None, fallback: bool = False) -> Preset:
    content = scripted(AGENT).model_dump(mode="json") | {"playout": playout or {}}
    if fallback:
        content["tts"]["fallback"] = [{"use": "scripted", "first_audio_ms": 70.0}]
    return Preset.model_validate(content)


def preset_file(folder: Path, more: str = "") -> Path:
    replies = json.dumps(AGENT["llm"]["replies"])
    lines = PRESET.read_text().splitlines()
    lines = [f"replies = {replies}" if line.startswith("replies") else line for line in lines]
    at = lines.index("[agent]") + 1
    lines[at:at] = [f'greeting = "{GREETING}"', 'apology = "Sorry."']
    (path := folder / "agent.toml").write_text("\n".join([*lines, more]))
    return path


def hold(preset: Path, folder: Path) -> Held:
    """A call with three turns, by a process of its own as far as the cache can tell."""

    async def run() -> Held:
        held = Held()
        recording = caller(folder / "caller.wav", [(4000, 5000), (8000, 9000), (12_000, 13_000)])
        engines = Engines(lambda _: None)
        request = CallRequest(str(preset), recording=recording, virtual=True)
        try:
            await Call(request, Surroundings(engines, SoundSystem(), (held,))).run()
        finally:
            await engines.close()
        return held

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(run())


def greeting_ms(held: Held) -> tuple[float, bool]:
    """How long the greeting's first sound took, and whether it is marked."""
    first = held.of(SpeechSynthesised)[0]
    return (first.at - first.asked) / 1e6, first.cached


def characters(held: Held) -> int:
    return sum(used.characters for used in held.of(UnitsUsed) if used.stage is Stage.TTS)


def test_the_second_greeting_is_there_at_once_marked_and_free(tmp_path: Path) -> None:
    preset = preset_file(tmp_path)
    first, second = hold(preset, tmp_path), hold(preset, tmp_path)
    assert [greeting_ms(held) for held in (first, second)] == [(50.0, False), (0.0, True)]
    assert characters(first) - characters(second) == len(GREETING) + len(REPLY)
    assert first.heard == second.heard
    assert first.heard[0] == GREETING


def test_an_answer_that_comes_up_again_takes_no_time_and_the_report_says_so(tmp_path: Path) -> None:
    held = hold(preset_file(tmp_path), tmp_path)
    tally = Tally()
    for event in held.events:
        tally.on_event(event)
    turns = tally.report(None, "agent").turns
    assert [turn.cached for turn in turns] == [False, False, False, True]
    spoken = [[span.ms for span in turn.spans if span.name is SpanName.SPEECH_SYNTHESIS] for turn in turns]
    assert spoken == [[], [50.0], [50.0], [0.0]]
    assert characters(held) == len(GREETING) + len(REPLY) + len("Something else.")
    # The same as the speaker plays it, too.
    speaking = {event.turn: event.samples for event in held.of(SpeechSynthesised) if event.clause == 0}
    assert speaking[1] == speaking[3]


def test_a_preset_can_do_without(tmp_path: Path) -> None:
    preset = preset_file(tmp_path, "[playout]\nvoice_cache = false")
    held = [hold(preset, tmp_path) for _ in range(2)]
    assert [greeting_ms(each) for each in held] == [(50.0, False)] * 2
    assert not voice_cache().folder.exists()


def test_a_folder_that_cannot_be_written_costs_no_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("STUDIO_VOICE_CACHE", str(tmp_path / "file" / "spoken"))
    held = hold(preset_file(tmp_path), tmp_path)
    assert [trouble.stage for trouble in held.of(Trouble) if "Phrases cannot be kept" in trouble.message] == [Stage.TTS]
    assert held.heard[:2] == [GREETING, REPLY]


async def fill(preset: Preset) -> list[Prefilled | str]:
    cache = voice_cache()
    engines = Engines(lambda _: None, cache)
    try:
        return [outcome async for outcome in prefill(preset, engines, cache)]
    finally:
        await engines.close()


async def test_prefilled_is_what_the_preset_says_word_for_word_in_every_voice(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    speak = ScriptedTts.speak

    def note(tts: ScriptedTts, text: str) -> Any:
        asked.append(text)
        return speak(tts, text)

    monkeypatch.setattr(ScriptedTts, "speak", note)
    texts = [GREETING, "Sorry.", "One moment."]
    done = await fill(preset_with(fallback=True))
    assert done == [
        Prefilled("scripted", text, 30.0 * len(text) if place == 0 else 60.0 * len(text), already_there=False)
        for place in (0, 1)
        for text in texts
    ]
    assert asked == texts * 2
    again = await fill(preset_with(fallback=True))
    assert [each.already_there for each in again if isinstance(each, Prefilled)] == [True] * 6
    assert asked == texts * 2
    assert voice_cache().contents().phrases == 6


async def test_a_prefilled_greeting_is_there_at_once_in_the_first_call(tmp_path: Path) -> None:
    await fill(preset_with())
    held = await asyncio.to_thread(hold, preset_file(tmp_path), tmp_path)
    assert greeting_ms(held) == (0.0, True)


async def test_what_cannot_be_prefilled_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(StudioError, match="voice_cache = false"):
        await fill(preset_with({"voice_cache": False}))
    silent = preset_with().model_dump(mode="json")
    silent["agent"] |= {"greeting": "", "apology": ""}
    silent["tools"] = {}
    with pytest.raises(StudioError, match="no greeting, apology or filler"):
        await fill(Preset.model_validate(silent))
    (tmp_path / "file").touch()
    monkeypatch.setenv("STUDIO_VOICE_CACHE", str(tmp_path / "file"))
    with pytest.raises(StudioError, match="Phrases cannot be kept in"):
        await fill(preset_with())


def test_the_limit_can_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    assert voice_cache().limit_bytes == 200_000_000
    monkeypatch.setenv("STUDIO_VOICE_CACHE_MB", "5")
    assert voice_cache().limit_bytes == 5_000_000
    for wrong in ("5.5", "-1", "much"):
        monkeypatch.setenv("STUDIO_VOICE_CACHE_MB", wrong)
        with pytest.raises(StudioError, match="STUDIO_VOICE_CACHE_MB"):
            voice_cache()
