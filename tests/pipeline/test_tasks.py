import asyncio

import pytest

from studio.pipeline.tasks import Tasks


class Failures:
    def __init__(self) -> None:
        self.seen: list[tuple[str, Exception]] = []

    def __call__(self, name: str, error: Exception) -> None:
        self.seen.append((name, error))


async def forever(unwound: list[str]) -> None:
    try:
        await asyncio.Event().wait()
    finally:
        await asyncio.sleep(0)
        unwound.append("unwound")


async def fail() -> None:
    raise ValueError("broken")


async def test_a_failure_is_reported_with_the_tasks_name() -> None:
    failures = Failures()
    tasks = Tasks(failures)
    task = tasks.start("think", fail())
    assert task.get_name() == "think"
    await asyncio.wait([task])
    await asyncio.sleep(0)
    [(name, error)] = failures.seen
    assert name == "think"
    assert str(error) == "broken"


async def test_closing_unwinds_everything_and_reports_nothing() -> None:
    failures, unwound = Failures(), list[str]()
    tasks = Tasks(failures)
    for _ in range(3):
        tasks.start("wait", forever(unwound))
    await asyncio.sleep(0)
    await tasks.close()
    assert unwound == ["unwound"] * 3
    assert failures.seen == []
    assert asyncio.all_tasks() == {asyncio.current_task()}
    await tasks.close()


async def test_a_failure_while_unwinding_is_reported() -> None:
    async def stubborn() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            raise ValueError("cannot stop")

    failures = Failures()
    tasks = Tasks(failures)
    tasks.start("speak", stubborn())
    await asyncio.sleep(0)
    await tasks.close()
    await asyncio.sleep(0)
    assert [(name, str(error)) for name, error in failures.seen] == [("speak", "cannot stop")]


async def test_cancelling_waits_until_the_task_has_unwound() -> None:
    unwound: list[str] = []
    tasks = Tasks(Failures())
    task = tasks.start("reply", forever(unwound))
    await asyncio.sleep(0)
    await tasks.cancel(task)
    assert unwound == ["unwound"]
    await tasks.cancel(task)
    await tasks.cancel(None)


async def test_a_task_is_kept_while_it_runs_and_let_go_after() -> None:
    tasks = Tasks(Failures())
    gate = asyncio.Event()

    async def wait() -> None:
        await gate.wait()

    task = tasks.start("wait", wait())
    await tasks.settle(0.001)
    assert not task.done()
    gate.set()
    await tasks.settle(5)
    assert task.done()
    await tasks.settle(5)
    assert not tasks._running


async def test_an_interrupt_is_no_failure_of_a_task() -> None:
    failures = Failures()
    tasks = Tasks(failures)
    task = tasks.start("wait", asyncio.sleep(10))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert failures.seen == []
