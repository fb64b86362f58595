import asyncio
import threading

from studio.model.errors import StudioError
from studio.pipeline.tasks import Tasks
from studio.ui.background import InThreads


async def run(work: object) -> list[object]:
    told: list[object] = []
    tasks = Tasks(lambda _, error: told.append(error))
    InThreads(tasks)("work", work, told.append, lambda error: told.append(str(error)))  # type: ignore[arg-type]
    await tasks.settle(within_s=5)
    await asyncio.sleep(0)
    await tasks.close()
    return told


async def test_work_is_done_beside_the_window() -> None:
    (thread,) = await run(threading.get_ident)
    assert thread != threading.get_ident()


async def test_what_goes_wrong_is_told() -> None:
    def fail() -> None:
        raise StudioError("There is no keyring.")

    assert await run(fail) == ["There is no keyring."]


async def test_a_bug_is_reported_as_one() -> None:
    (error,) = await run(lambda: 1 // 0)
    assert isinstance(error, ZeroDivisionError)
