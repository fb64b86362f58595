"""What would make the window wait runs beside it: one function in a thread, its outcome back in the window.

Must not know what is run.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

from studio.model.errors import StudioError
from studio.pipeline.tasks import Tasks


class Background(Protocol):
    """Runs work without the window waiting for it."""

    def __call__(
        self, name: str, work: Callable[[], Any], done: Callable[[Any], None], failed: Callable[[StudioError], None]
    ) -> None:
        """Run `work`, then call `done` with what it returns, or `failed` with the `StudioError` it raises."""


class InThreads:
    """Each piece of work in a thread of its own; what it says after the window was closed is not heard."""

    def __init__(self, tasks: Tasks) -> None:
        self._tasks = tasks

    def __call__(
        self, name: str, work: Callable[[], Any], done: Callable[[Any], None], failed: Callable[[StudioError], None]
    ) -> None:
        """Run `work`, then call `done` with what it returns, or `failed` with the `StudioError` it raises."""
        self._tasks.start(name, self._run(work, done, failed))

    @staticmethod
    async def _run(work: Callable[[], Any], done: Callable[[Any], None], failed: Callable[[StudioError], None]) -> None:
        try:
            outcome = await asyncio.to_thread(work)
        except StudioError as error:
            failed(error)
        else:
            done(outcome)
