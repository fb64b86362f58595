import asyncio
import threading
import time
from collections.abc import Mapping
from typing import Any

import pytest

from studio.app.engines import Engines
from studio.app.voice_link import Progress
from studio.model.errors import ErrorCategory, ProviderError, WeightsError
from studio.model.preset import CASCADE, Part, Preset, Role
from studio.model.terms import Level, Stage
from studio.providers import catalog, weights
from tests.virtual_call import scripted


class Fake:
    """A part that notes what is done with it; slow or failing where it is told."""

    def __init__(self, role: Role, notes: list[str], fails: Mapping[Role, float]) -> None:
        self._role = role
        self._notes = notes
        self._fails = fails

    async def open(self) -> None:
        if self._role in self._fails:
            await asyncio.sleep(self._fails[self._role])
            raise ProviderError(f"{self._role} is broken.", ErrorCategory.SERVER)
        await asyncio.sleep(0.01)
        self._notes.append(f"open {self._role}")

    async def close(self) -> None:
        self._notes.append(f"close {self._role}")

    async def warm(self, messages: Any) -> None:
        self._notes.append(f"warm {messages[0].text}")


@pytest.fixture
def notes() -> list[str]:
    return []


@pytest.fixture
def fails(notes: list[str], monkeypatch: pytest.MonkeyPatch) -> dict[Role, float]:
    """Which parts fail, after how many seconds."""
    fails: dict[Role, float] = {}

    def build(role: Role, _part: Part) -> Fake:
        return Fake(role, notes, fails)

    monkeypatch.setattr(catalog, "build", build)
    return fails


async def test_every_part_is_opened_told_and_the_persona_read(notes: list[str], fails: dict[Role, float]) -> None:
    told: list[Progress] = []
    engines = Engines(told.append)
    ready = (await engines.load(scripted())).ready
    assert sorted(notes[:-1]) == sorted(f"open {role}" for role in CASCADE)
    assert notes[-1] == "warm You are a test."
    assert [event.stage for event in ready] == [Stage(role.value) for role in CASCADE]
    assert all(event.load_ms >= 10 for event in ready)
    assert {progress.stage for progress in told} == {Stage(role.value) for role in CASCADE}
    await engines.close()
    assert sorted(notes[6:]) == sorted(f"close {role}" for role in CASCADE)


async def test_the_next_call_opens_only_what_is_another_one(notes: list[str], fails: dict[Role, float]) -> None:
    engines = Engines(lambda _: None)
    await engines.load(scripted())
    kept = engines[Role.TTS]
    notes.clear()
    await engines.load(scripted())
    assert notes == ["warm You are a test."]
    await engines.load(scripted({"stt": {"delay_ms": 5.0}}))
    assert notes[1:] == ["close stt", "open stt", "warm You are a test."]
    assert engines[Role.TTS] is kept
    await engines.close()


async def test_when_one_fails_the_others_are_not_left_opening(notes: list[str], fails: dict[Role, float]) -> None:
    """Whoever closes the engines then finds all that were opened."""
    fails[Role.VAD] = 0.0
    engines = Engines(lambda _: None)
    with pytest.raises(ProviderError, match="vad is broken"):
        await engines.load(scripted())
    assert asyncio.all_tasks() == {asyncio.current_task()}
    await engines.close()
    opened = {note.removeprefix("open ") for note in notes if note.startswith("open")}
    closed = {note.removeprefix("close ") for note in notes if note.startswith("close")}
    assert opened <= closed
    fails.clear()
    await engines.load(scripted())
    await engines.close()


async def test_missing_weights_are_fetched_before_anything_is_opened(
    notes: list[str], fails: dict[Role, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(names: list[str]) -> list[str]:
        return ["some-model", *names]

    def fetch(names: list[str], tell: Any) -> None:
        tell(50, 200, "model.onnx")
        tell(0, 0, "other")
        notes.append(f"fetch {names}")

    monkeypatch.setattr(weights, "missing", missing)
    monkeypatch.setattr(weights, "fetch", fetch)
    told: list[Progress] = []
    engines = Engines(told.append)
    await engines.load(scripted())
    assert notes[0] == "fetch ['some-model']"
    assert told[:2] == [Progress("model.onnx", None, 0.25), Progress("other", None, None)]
    await engines.close()


async def test_a_kept_server_that_has_died_is_started_again_once(
    notes: list[str], fails: dict[Role, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    dead = ["first", "second"]

    async def warm(_fake: Fake, _messages: Any) -> None:
        if dead:
            raise ProviderError(f"The {dead.pop(0)} server is gone.", ErrorCategory.CONNECTION)

    monkeypatch.setattr(Fake, "warm", warm)
    engines = Engines(lambda _: None)
    with pytest.raises(ProviderError, match="second server"):
        await engines.load(scripted())
    assert (notes.count("open llm"), notes.count("close llm")) == (2, 1)
    await engines.load(scripted())
    assert notes.count("open llm") == 2
    await engines.close()


async def test_a_download_that_is_abandoned_stops(monkeypatch: pytest.MonkeyPatch, fails: dict[Role, float]) -> None:
    stopped = threading.Event()

    def fetch(_names: Any, progress: weights.Progress) -> None:
        try:
            while True:
                time.sleep(0.01)
                progress(1, 2, "some weights")
        except WeightsError:
            stopped.set()

    monkeypatch.setattr(weights, "missing", lambda _names: ("some weights",))
    monkeypatch.setattr(weights, "fetch", fetch)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await Engines(lambda _: None).load(scripted())
    assert await asyncio.to_thread(stopped.wait, 2)


def with_fallback(role: str) -> Preset:
    content = scripted().model_dump(mode="json")
    content[role]["fallback"] = [{"use": "scripted"}]
    return Preset.model_validate(content)


async def test_whoever_may_take_over_is_open_too_and_closed_when_no_preset_wants_it(
    notes: list[str], fails: dict[Role, float]
) -> None:
    engines = Engines(lambda _: None)
    loaded = await engines.load(with_fallback("tts"))
    assert [event.stage for event in loaded.ready].count(Stage.TTS) == 1
    [candidate] = engines.fallbacks(with_fallback("tts"), Role.TTS)
    assert (candidate.use, candidate.engine is engines[Role.TTS]) == ("scripted", False)
    notes.clear()
    await engines.load(scripted())
    assert notes[0] == "close tts"
    assert engines.fallbacks(scripted(), Role.TTS) == ()
    await engines.close()


async def test_one_that_cannot_take_over_is_told_and_the_call_goes_on(
    notes: list[str], fails: dict[Role, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    engines = Engines(lambda _: None)
    first = await engines.load(scripted())
    fails[Role.TTS] = 0.0  # whoever is opened from now on
    loaded = await engines.load(with_fallback("tts"))
    assert loaded.absent == ((Stage.TTS, "scripted cannot take over: tts is broken."),)
    assert engines.fallbacks(with_fallback("tts"), Role.TTS) == ()
    assert len(loaded.ready) == len(first.ready)
    await engines.close()


def routed(**levels: Any) -> Preset:
    return Preset.model_validate({**scripted().model_dump(mode="json"), "router": levels})


OTHER = {"use": "scripted", "replies": ["Another model."]}


async def test_a_level_has_its_own_model_and_behind_it_those_of_the_preset(
    notes: list[str], fails: dict[Role, float]
) -> None:
    engines = Engines(lambda _: None)
    own = routed(simple=OTHER, complex=OTHER)
    await engines.load(own)
    assert (notes.count("open llm"), notes.count("warm You are a test.")) == (2, 2)
    levels = engines.levels(own)
    assert set(levels) == {Level.SIMPLE, Level.COMPLEX}
    simple, last = levels[Level.SIMPLE]
    assert simple.engine is levels[Level.COMPLEX][0].engine
    assert last.engine is engines[Role.LLM] is not simple.engine
    assert engines.fallbacks(own, Role.LLM) == ()
    notes.clear()
    await engines.load(scripted())
    assert notes == ["close llm", "warm You are a test."]
    assert engines.levels(scripted()) == {}
    await engines.close()


async def test_a_level_that_names_the_presets_own_model_opens_no_other(
    notes: list[str], fails: dict[Role, float]
) -> None:
    engines = Engines(lambda _: None)
    same = scripted().model_dump(mode="json")["llm"]
    await engines.load(routed(complex=same))
    assert notes.count("open llm") == 1
    [candidate] = engines.levels(routed(complex=same))[Level.COMPLEX]
    assert candidate.engine is engines[Role.LLM]
    await engines.close()


async def test_a_level_whose_model_cannot_be_opened_or_read_is_answered_by_the_others(
    notes: list[str], fails: dict[Role, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    engines = Engines(lambda _: None)
    await engines.load(scripted())
    fails[Role.LLM] = 0.0  # whoever is opened from now on
    loaded = await engines.load(routed(complex=OTHER))
    sentence = "scripted cannot answer what the router has for it: llm is broken."
    assert loaded.absent == ((Stage.LLM, sentence),)
    assert [each.engine for each in engines.levels(routed(complex=OTHER))[Level.COMPLEX]] == [engines[Role.LLM]]
    fails.clear()
    usual = engines[Role.LLM]

    async def warm(fake: Fake, _messages: Any) -> None:
        if fake is not usual:
            raise ProviderError("llm is broken.", ErrorCategory.CONNECTION)

    monkeypatch.setattr(Fake, "warm", warm)
    loaded = await engines.load(routed(complex=OTHER))
    assert loaded.absent == ((Stage.LLM, sentence),)
    assert [each.engine for each in engines.levels(routed(complex=OTHER))[Level.COMPLEX]] == [usual]
    await engines.close()
