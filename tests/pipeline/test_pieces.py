import asyncio
from collections.abc import AsyncGenerator

import pytest

from studio.pipeline.pieces import Given, Pieces
from studio.pipeline.tasks import Tasks
from tests.pipeline.stages.readers import virtually


async def source(*texts: str | Exception) -> AsyncGenerator[str, None]:
    for text in texts:
        await asyncio.sleep(1)
        if isinstance(text, Exception):
            raise text
        yield text


def test_pieces_can_be_gone_through_again_and_are_told_once() -> None:
    async def run() -> None:
        pieces, tasks, told = Pieces(), Tasks(lambda _task, _error: None), list[str]()
        tasks.start("take", pieces.take(source("One", "two.", "三。", "Four!")))
        given = Given(pieces, 1, told.append)
        loop = asyncio.get_running_loop()
        first = given.__aiter__()
        assert (await anext(first), loop.time()) == ("two. ", 2)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await anext(first)
        assert [text async for text in given] == ["two. ", "三。", "Four! "]
        assert [text async for text in given] == ["two. ", "三。", "Four! "]
        assert told == ["two. ", "三。", "Four! "]
        assert pieces.complete
        await tasks.close()

    virtually(run())


def test_a_source_that_breaks_off_ends_the_pieces() -> None:
    async def run() -> None:
        pieces, failures = Pieces(), list[Exception]()
        tasks = Tasks(lambda _task, error: failures.append(error))
        broken = ValueError("no more")
        tasks.start("take", pieces.take(source("One", broken)))
        assert [await pieces.get(0), await pieces.get(1)] == ["One", None]
        await tasks.settle(1)
        assert failures == [broken]

    virtually(run())


@pytest.mark.parametrize(
    ("text", "given"), [("Good", "Good "), ("네.", "네. "), ("네", "네 "), ("你好。", "你好。"), ("はい", "はい")]
)
def test_only_scripts_with_spaces_get_one(text: str, given: str) -> None:
    async def run() -> list[str]:
        pieces, tasks = Pieces(), Tasks(lambda _task, _error: None)
        tasks.start("take", pieces.take(source(text)))
        return [each async for each in Given(pieces, 0, lambda _text: None)]

    assert virtually(run()) == [given]
