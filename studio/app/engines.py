"""The engines behind a preset: weights fetched, models loaded, servers warmed, and kept for the next call."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from studio.app.voice_cache import voice_cache
from studio.app.voice_link import Progress
from studio.model.conversation import Message
from studio.model.errors import ProviderError, StudioError, WeightsError
from studio.model.events import StageReady
from studio.model.preset import CASCADE, Preset, Role
from studio.model.preset import Part as Chosen
from studio.model.terms import Level, Stage
from studio.model.time import Instant
from studio.pipeline.ports import Candidate, LanguageModel, Part, TextToSpeech
from studio.providers import catalog, weights
from studio.providers.tts.cached_voice import phrase_key, voice_of, with_cache
from studio.providers.tts.voice_cache import VoiceCache


@dataclass(frozen=True, slots=True)
class Loaded:
    """What came of loading."""

    ready: tuple[StageReady, ...]
    """The preset's own choices."""
    absent: tuple[tuple[Stage, str], ...]
    """What the call goes without, with the reason in one sentence: fallbacks that cannot take over, a cache."""


@dataclass(frozen=True, slots=True)
class _Opened:
    identity: str
    """Provider and settings; empty while it is not open."""
    part: Chosen
    engine: Part


class Engines:
    """Opens what a preset needs and closes what it no longer does."""

    def __init__(self, on_progress: Callable[[Progress], None], cache: VoiceCache | None = None) -> None:
        """`cache` keeps what is spoken; None: this user's."""
        self._on_progress = on_progress
        self._cache = cache or voice_cache()
        self._open: dict[tuple[Role, int], _Opened] = {}
        """By role and place among the preset's parts, its own choice being 0."""

    def __getitem__(self, role: Role) -> Any:
        """The open engine of a role, as its port: `catalog.build` says which."""
        return self._open[role, 0].engine

    def fallbacks(self, preset: Preset, role: Role) -> tuple[Candidate[Any], ...]:
        """Who is open to take over in a role, in the order of the preset."""
        return self._there(role, range(1, len(preset.candidates(role))))

    def levels(self, preset: Preset) -> dict[Level, tuple[Candidate[LanguageModel], ...]]:
        """Who answers a level with a model of its own: that one and its fallbacks, and at last those of `[llm]`."""
        parts = preset.parts(Role.LLM)
        found = {}
        for level, own in preset.router.own.items():
            wanted = [next(i for i, part in enumerate(parts) if part.same_engine(each)) for each in own.candidates]
            places = dict.fromkeys([*wanted, *range(len(preset.candidates(Role.LLM)))])
            found[level] = self._there(Role.LLM, places)
        return found

    def _there(self, role: Role, places: Iterable[int]) -> tuple[Candidate[Any], ...]:
        """Those of these places that are open."""
        opened = (self._open.get((role, place)) for place in places)
        return tuple(Candidate(each.part.use, each.engine) for each in opened if each is not None and each.identity)

    def voices(self, preset: Preset) -> tuple[Candidate[TextToSpeech], ...]:
        """The preset's own voice and whoever is open to take over, with the cache unless the preset does without."""
        found: list[Candidate[TextToSpeech]] = []
        for place in range(len(preset.candidates(Role.TTS))):
            opened = self._open[Role.TTS, place]
            if not opened.identity:
                continue
            engine: Any = opened.engine
            if preset.playout.voice_cache:
                engine = with_cache(engine, _voice(opened.part), self._cache, preset.fixed_phrases)
            found.append(Candidate(opened.part.use, engine))
        return tuple(found)

    async def load(self, preset: Preset, roles: Sequence[Role] = CASCADE) -> Loaded:
        """Open every engine of `preset` in these roles, ready for its first turn; tells how long each took.

        Raises:
            StudioError: weights, library, key or server missing, with what to do about it.
        """
        await self._fetch_weights(preset, roles)
        places = [(role, place) for role in roles for place in range(len(preset.parts(role)))]
        await self._close([key for key in self._open if key not in places])
        # Side by side: one engine reads the disk while another computes.
        outcomes = await asyncio.gather(*(self._load(*key, preset) for key in places), return_exceptions=True)
        # Told once all are done: one that still opened would never be closed.
        ready, absent = [], []
        for (role, place), outcome in zip(places, outcomes, strict=True):
            if isinstance(outcome, StageReady):
                ready += [outcome] if place == 0 else []
            elif place and isinstance(outcome, StudioError):
                absent.append((Stage(role.value), _absence(preset, role, place, outcome)))
            else:
                raise outcome
        if Role.LLM in roles:
            absent += await self._warm_all(preset)
        if preset.playout.voice_cache and (trouble := await asyncio.to_thread(self._warm_cache, preset)):
            absent.append((Stage.TTS, trouble))
        return Loaded(tuple(ready), tuple(absent))

    async def close(self) -> None:
        """Free everything."""
        await self._close(list(self._open))
        await asyncio.to_thread(self._cache.flush)

    async def _close(self, keys: list[tuple[Role, int]]) -> None:
        for key in keys:
            await self._open.pop(key).engine.close()

    async def _load(self, role: Role, place: int, preset: Preset) -> StageReady:
        chosen = preset.parts(role)[place]
        identity = f"{chosen.provider} {catalog.settings(role, chosen).model_dump_json()}"
        began = time.perf_counter()
        if (before := self._open.get((role, place))) is not None and before.identity != identity:
            await self._close([(role, place)])
        if (role, place) not in self._open:
            self._on_progress(Progress(chosen.use, Stage(role.value), None))
            engine: Part = catalog.build(role, chosen)
            # Kept before it is open, so that one that fails half-way is closed, too.
            self._open[role, place] = _Opened("", chosen, engine)
            await engine.open()
            self._open[role, place] = _Opened(identity, chosen, engine)
        load_ms = round((time.perf_counter() - began) * 1000, 1)
        return StageReady(Instant(0), Stage(role.value), chosen.use, load_ms)

    async def _warm_all(self, preset: Preset) -> list[tuple[Stage, str]]:
        """Let every model read the persona that may be asked first; returns which of the router's cannot be asked."""
        await self._warm(preset, 0)
        absent = []
        first = [part for part in preset.router.own.values() if not part.same_engine(preset.llm)]
        for place, part in enumerate(preset.parts(Role.LLM)):
            if place and any(map(part.same_engine, first)) and self._there(Role.LLM, [place]):
                try:
                    await self._warm(preset, place)
                except StudioError as error:
                    absent.append((Stage.LLM, _absence(preset, Role.LLM, place, error)))
                    await self._close([(Role.LLM, place)])
        return absent

    async def _warm(self, preset: Preset, place: int) -> None:
        persona = [Message("system", preset.agent.persona)]
        key = (Role.LLM, place)
        model: Any = self._open[key].engine
        try:
            await model.warm(persona)
        except ProviderError:
            # A server that was kept since the last call may have died: start another, once.
            await self._close([key])
            await self._load(*key, preset)
            model = self._open[key].engine
            await model.warm(persona)

    def _warm_cache(self, preset: Preset) -> str:
        """Bring what is certain to be said into memory; returns what is wrong with the cache, if anything."""
        voices = [_voice(part) for part in preset.candidates(Role.TTS)]
        self._cache.preload(phrase_key(voice, text) for voice in voices for text in preset.fixed_phrases)
        return self._cache.trouble()

    async def _fetch_weights(self, preset: Preset, roles: Sequence[Role]) -> None:
        lacking = await asyncio.to_thread(weights.missing, catalog.weights_of(preset, roles))
        if not lacking:
            return
        stopped = threading.Event()

        def tell(done: int, total: int, name: str) -> None:
            if stopped.is_set():
                raise WeightsError("The download was stopped; the next one goes on where it was.")
            self._on_progress(Progress(name, None, done / total if total else None))

        try:
            await asyncio.to_thread(weights.fetch, lacking, tell)
        finally:
            stopped.set()  # a thread cannot be cancelled, only be asked to stop


def _absence(preset: Preset, role: Role, place: int, error: Exception) -> str:
    what = "take over" if place < len(preset.candidates(role)) else "answer what the router has for it"
    return f"{preset.parts(role)[place].use} cannot {what}: {error}"


def _voice(part: Chosen) -> str:
    return voice_of(part.provider, catalog.settings(Role.TTS, part))
