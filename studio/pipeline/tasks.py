"""The only door to background tasks: each has a name, is kept referenced, and its failure is reported."""

import asyncio
from collections.abc import Callable, Coroutine


class Tasks:
    """The background tasks of one conversation; all are cancelled on leaving."""

    def __init__(self, on_failure: Callable[[str, Exception], None]) -> None:
        self._on_failure = on_failure
        self._running: set[asyncio.Task[None]] = set()

    def start(self, name: str, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        """Run `work` in the background under `name`."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._running.add(task)
        task.add_done_callback(self._finished)
        return task

    async def cancel(self, task: asyncio.Task[None] | None) -> None:
        """Cancel one task and wait until it has unwound."""
        if task is not None and not task.done():
            task.cancel()
            await asyncio.wait([task])

    async def settle(self, within_s: float) -> None:
        """Wait for everything that runs, but no longer than this."""
        if self._running:
            await asyncio.wait(self._running, timeout=within_s)

    async def close(self) -> None:
        """Cancel everything and wait until it has unwound."""
        running = list(self._running)
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not task.cancelled() and isinstance(error := task.exception(), Exception):
            self._on_failure(task.get_name(), error)
