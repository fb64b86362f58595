"""A chain of providers on virtual time, and what it told."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import TypeVar

from studio.model.errors import ErrorCategory, ProviderError
from studio.model.terms import Stage
from studio.pipeline.bus import Bus
from studio.pipeline.clock import Clock
from studio.pipeline.ports import Candidate
from studio.pipeline.retry.chain import Chain
from tests.pipeline.stages.readers import Reader, virtually

P = TypeVar("P")
T = TypeVar("T")


def failure(category: ErrorCategory = ErrorCategory.SERVER, retry_after_s: float | None = None) -> ProviderError:
    return ProviderError("It failed.", category, retry_after_s)


def with_chain(engines: Sequence[P], work: Callable[[Chain[P]], Coroutine[None, None, T]]) -> tuple[T, Reader, float]:
    """What the work gave, what was told, and how many virtual seconds it took. There is no jitter."""

    async def run() -> tuple[T, Reader, float]:
        loop = asyncio.get_running_loop()
        bus, reader = Bus(), Reader()
        bus.subscribe(reader)
        candidates = [Candidate(f"vendor/{index}", engine) for index, engine in enumerate(engines)]
        chain = Chain(Stage.LLM, candidates, Clock(loop), bus, jitter=lambda: 0.5)
        began = loop.time()
        return await work(chain), reader, round(loop.time() - began, 3)

    return virtually(run())
