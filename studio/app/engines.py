"""The engines behind a preset: weights fetched, models loaded, servers warmed, and kept for the next call."""

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any

from studio.app.voice_link import Progress
from studio.model.conversation import Message
from studio.model.errors import ProviderError, WeightsError
from studio.model.events import Stage, StageReady
from studio.model.preset import CASCADE, Preset, Role
from studio.model.time import Instant
from studio.pipeline.ports import Part
from studio.providers import catalog, weights


class Engines:
    """Opens what a preset needs and closes what it no longer does."""

    def __init__(self, on_progress: Callable[[Progress], None]) -> None:
        self._on_progress = on_progress
        self._open: dict[Role, tuple[str, Part]] = {}

    def __getitem__(self, role: Role) -> Any:
        """The open engine of a role, as its port: `catalog.build` says which."""
        return self._open[role][1]

    async def load(self, preset: Preset) -> list[StageReady]:
        """Open every engine of `preset`, ready for its first turn; tells how long each took.

        Raises:
            StudioError: weights, library, key or server missing, with what to do about it.
        """
        await self._fetch_weights(preset)
        # Side by side: one engine reads the disk while another computes.
        loading = [self._load(role, preset) for role in CASCADE]
        loaded = await asyncio.gather(*loading, return_exceptions=True)
        # Told once all are done: one that still opened would never be closed.
        ready = [outcome for outcome in loaded if isinstance(outcome, StageReady)]
        for outcome in loaded:
            if isinstance(outcome, BaseException):
                raise outcome
        await self._warm(preset)
        return ready

    async def close(self) -> None:
        """Free everything."""
        for role in list(self._open):
            _, engine = self._open.pop(role)
            await engine.close()

    async def _load(self, role: Role, preset: Preset) -> StageReady:
        chosen = preset.part(role)
        identity = f"{chosen.provider} {catalog.settings(role, chosen).model_dump_json()}"
        began = time.perf_counter()
        if role in self._open and self._open[role][0] != identity:
            _, previous = self._open.pop(role)
            await previous.close()
        if role not in self._open:
            self._on_progress(Progress(chosen.use, Stage(role.value), None))
            engine: Part = catalog.build(role, chosen)
            # Kept before it is open, so that one that fails half-way is closed, too.
            self._open[role] = ("", engine)
            await engine.open()
            self._open[role] = (identity, engine)
        load_ms = round((time.perf_counter() - began) * 1000, 1)
        return StageReady(Instant(0), Stage(role.value), chosen.use, load_ms)

    async def _warm(self, preset: Preset) -> None:
        persona = [Message("system", preset.agent.persona)]
        try:
            await self[Role.LLM].warm(persona)
        except ProviderError:
            # A server that was kept since the last call may have died: start another, once.
            _, dead = self._open.pop(Role.LLM)
            await dead.close()
            await self._load(Role.LLM, preset)
            await self[Role.LLM].warm(persona)

    async def _fetch_weights(self, preset: Preset) -> None:
        lacking = await asyncio.to_thread(weights.missing, catalog.weights_of(preset))
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
