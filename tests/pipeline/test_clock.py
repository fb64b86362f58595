import asyncio
import socket
import threading
import time
from collections.abc import Coroutine
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.model.time import NS_PER_MS, NS_PER_S, Instant
from studio.pipeline.clock import Clock, VirtualTimeLoop, real_work

_T = TypeVar("_T")
HOUR_S = 3600.0


def virtually(work: Coroutine[None, None, _T]) -> _T:
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(work)


def test_idle_time_is_jumped_over() -> None:
    async def sleep() -> int:
        clock = Clock(asyncio.get_running_loop())
        await asyncio.sleep(HOUR_S)
        return clock.now()

    began = time.perf_counter()
    assert virtually(sleep()) == HOUR_S * NS_PER_S
    assert time.perf_counter() - began < 60


def test_a_session_begins_when_it_is_told_to() -> None:
    async def sleep() -> tuple[int, int]:
        clock = Clock(asyncio.get_running_loop())
        await asyncio.sleep(7.25)
        clock.begin()
        zero = clock.now()
        await asyncio.sleep(0.5)
        return zero, clock.now()

    assert virtually(sleep()) == (0, 500 * NS_PER_MS)


@given(st.lists(st.integers(0, 5_000), min_size=1, max_size=30))
def test_timers_ring_at_their_time_and_in_order(due_ms: list[int]) -> None:
    async def ring() -> list[tuple[int, int]]:
        clock = Clock(asyncio.get_running_loop())
        rung: list[tuple[int, int]] = []

        async def wait(moment: int) -> None:
            await clock.sleep_until(moment)
            rung.append((moment, clock.now()))

        await asyncio.gather(*(wait(ms * NS_PER_MS) for ms in due_ms))
        return rung

    rung = virtually(ring())
    assert [moment for moment, _ in rung] == sorted(ms * NS_PER_MS for ms in due_ms)
    assert all(abs(now - moment) <= 1 for moment, now in rung), "the resolution of a float of seconds"


async def test_a_moment_that_has_passed_is_not_waited_for() -> None:
    clock = Clock(asyncio.get_running_loop())
    before = clock.now()
    await clock.sleep_until(Instant(before - NS_PER_S))
    assert clock.now() - before < NS_PER_S


async def test_on_a_real_loop_time_is_real_and_real_work_does_nothing() -> None:
    clock = Clock(asyncio.get_running_loop())
    before, began, after = time.monotonic_ns(), clock.now(), time.monotonic_ns()
    with real_work():
        await asyncio.sleep(0.02)
    shortest, took, longest = time.monotonic_ns() - after, clock.now() - began, time.monotonic_ns() - before
    assert shortest - NS_PER_MS <= took <= longest + NS_PER_MS


def test_work_in_a_thread_takes_the_time_it_takes() -> None:
    async def work() -> tuple[int, int]:
        clock = Clock(asyncio.get_running_loop())
        background = asyncio.get_running_loop().call_later(HOUR_S, lambda: None)
        await asyncio.to_thread(time.sleep, 0.05)
        worked = clock.now()
        background.cancel()
        await asyncio.sleep(HOUR_S)
        return worked, clock.now()

    worked, end = virtually(work())
    assert 50 * NS_PER_MS <= worked < 2 * NS_PER_S
    assert end >= worked + HOUR_S * NS_PER_S


def test_timers_go_on_at_the_pace_of_real_work() -> None:
    async def work() -> list[int]:
        clock = Clock(asyncio.get_running_loop())
        ticks: list[int] = []

        async def tick() -> None:
            for _ in range(3):
                await asyncio.sleep(0.01)
                ticks.append(clock.now())

        await asyncio.gather(asyncio.to_thread(time.sleep, 0.06), tick())
        return ticks

    ticks = virtually(work())
    assert all(later - earlier >= 10 * NS_PER_MS for earlier, later in zip([0, *ticks], ticks, strict=False))
    assert ticks[-1] < 2 * NS_PER_S


def test_work_that_fails_in_a_thread_is_over_too() -> None:
    async def work() -> int:
        clock = Clock(asyncio.get_running_loop())
        with pytest.raises(ZeroDivisionError):
            await asyncio.to_thread(lambda: 1 // 0)
        await asyncio.sleep(HOUR_S)
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualTimeLoop)
        assert not loop.real_work_under_way
        return clock.now()

    assert virtually(work()) >= HOUR_S * NS_PER_S


def test_waiting_for_a_socket_is_real_work_where_it_says_so() -> None:
    """Without it, a timer an hour away would ring before the answer came."""

    async def work() -> str:
        loop = asyncio.get_running_loop()
        here, there = socket.socketpair()
        here.setblocking(False)
        answer = threading.Timer(0.03, there.sendall, [b"answer"])
        answer.start()
        try:
            with real_work():
                async with asyncio.timeout(HOUR_S):
                    return (await loop.sock_recv(here, 16)).decode()
        finally:
            answer.join()
            here.close()
            there.close()

    assert virtually(work()) == "answer"


def test_real_work_ends_where_it_fails() -> None:
    async def work() -> bool:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualTimeLoop)

        async def fail() -> None:
            with real_work():
                with real_work():
                    pass
                assert loop.real_work_under_way
                raise ValueError("broken")

        with pytest.raises(ValueError, match="broken"):
            await fail()
        return loop.real_work_under_way

    assert virtually(work()) is False


@given(st.integers(0, 10**10))
@settings(max_examples=25)
def test_what_happens_is_the_same_every_time(loaded_ns: int) -> None:
    """Whenever the session begins, after loading for some time that is different each time."""

    async def race(began_ns: int) -> list[tuple[int, int]]:
        clock = Clock(asyncio.get_running_loop())
        await asyncio.sleep(began_ns / NS_PER_S)
        clock.begin()
        queue: asyncio.Queue[int] = asyncio.Queue()
        seen: list[tuple[int, int]] = []

        async def give(every_ms: int) -> None:
            for _ in range(40):
                await asyncio.sleep(every_ms / 1000)
                queue.put_nowait(every_ms)

        async def take() -> None:
            while len(seen) < 120:
                seen.append((await queue.get(), clock.now()))

        await asyncio.gather(give(10), give(15), give(30), take())
        return seen

    assert virtually(race(loaded_ns)) == virtually(race(0))
