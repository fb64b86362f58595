"""The session's clock, over the time of whichever event loop runs; and the loop with virtual time.

Every time in a call comes from here; other clocks only measure loading and patience. Virtual time
runs at the pace of the wall clock while real work is under way (an inference in a thread, a request on
a socket) and jumps over everything else, so that a call with real models keeps its real latencies and a
scripted one is instantaneous and deterministic.
"""

import asyncio
import selectors
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from contextvars import Context
from typing import Any

from studio.model.time import NS_PER_S, Instant


class Clock:
    """Nanoseconds since the session began, on the event loop's own time. Safe from any thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._zero = loop.time()

    def begin(self) -> None:
        """The session begins now: this moment is zero."""
        self._zero = self._loop.time()

    def now(self) -> Instant:
        """The time since the session began."""
        return Instant(round((self._loop.time() - self._zero) * NS_PER_S))

    async def sleep_until(self, moment: int) -> None:
        """Return at `moment`, or at the next turn of the loop if it has passed."""
        await asyncio.sleep(max(0.0, (moment - self.now()) / NS_PER_S))


@contextmanager
def real_work() -> Iterator[None]:
    """Within this, virtual time runs at the pace of the wall clock. On a real loop it does nothing.

    A provider wraps its waiting for the outside world in it; work in executors is counted by itself.
    """
    loop = asyncio.get_running_loop()
    if not isinstance(loop, VirtualTimeLoop):
        yield
        return
    loop.begin_real_work()
    try:
        yield
    finally:
        loop.end_real_work()


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock jumps to the next timer whenever nothing real is under way."""

    def __init__(self) -> None:
        super().__init__(_JumpingSelector(self))
        self._virtual_ns = 0
        self._real_work = 0
        self._clock_resolution = 1e-10

    def time(self) -> float:
        """Virtual seconds since the loop was made."""
        return self._virtual_ns / NS_PER_S

    @property
    def real_work_under_way(self) -> bool:
        """True while virtual time must not jump."""
        return self._real_work > 0

    def advance(self, seconds: float) -> None:
        """Move virtual time forward."""
        self._virtual_ns += round(seconds * NS_PER_S)

    def begin_real_work(self) -> None:
        """Time runs at the pace of the wall clock until the matching `end_real_work`."""
        self._real_work += 1

    def end_real_work(self) -> None:
        """End one `begin_real_work`."""
        self._real_work -= 1

    def call_at(  # type: ignore[override]
        self, when: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """As the standard loop's, at a whole nanosecond: what is due at one moment rings in the order of asking.

        In fractions of seconds it would depend on when the loop was made which of two comes first.
        """
        return super().call_at(round(when * NS_PER_S) / NS_PER_S, callback, *args, context=context)

    def run_in_executor(  # type: ignore[override]
        self, executor: Executor | None, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        """As the standard loop's, counted as real work until it is done."""
        self.begin_real_work()
        future = super().run_in_executor(executor, func, *args)
        future.add_done_callback(lambda _: self.end_real_work())
        return future

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:  # noqa: ARG002, ASYNC109
        """As the standard loop's, but however long it takes: virtual time would jump over the limit at once."""
        self.begin_real_work()
        try:
            await super().shutdown_default_executor()
        finally:
            self.end_real_work()


class _JumpingSelector(selectors.DefaultSelector):
    """Instead of waiting for a timer, moves the loop's clock to it."""

    def __init__(self, loop: VirtualTimeLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or self._loop.real_work_under_way:
            began = time.perf_counter()
            ready = super().select(timeout)
            self._loop.advance(time.perf_counter() - began)
            return ready
        ready = super().select(0)
        if not ready and timeout > 0:
            self._loop.advance(timeout)
        return ready
