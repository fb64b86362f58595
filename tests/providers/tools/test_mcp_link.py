from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from studio.model.tool_settings import ToolServer
from studio.pipeline.tasks import Tasks
from studio.providers.tools.access import Bearer
from studio.providers.tools.mcp_link import Link, Lost, first
from tests.fakes.server import FakeServer, OnTheWire
from tests.providers.tools.mcp_stand_in import McpStandIn, using


@asynccontextmanager
async def linked(url: str) -> AsyncGenerator[Link, None]:
    link = Link(ToolServer(name="shop", url=url), Bearer())
    tasks = Tasks(lambda _task, error: pytest.fail(str(error)))
    tasks.start("link", link.hold())
    await link.ready
    yield link
    link.end()
    await tasks.settle(5)
    assert not link.alive


async def test_every_page_of_the_list_is_read() -> None:
    async with FakeServer({"": McpStandIn()}) as server, linked(server.url("/mcp")) as link:
        assert list(link.tools) == ["book", "files.read/now"]
        assert link.alive
        assert (await link.use("book", {})).content[0].text == "Done."  # type: ignore[union-attr]


async def test_a_connection_that_broke_says_whether_the_tool_can_have_been_used() -> None:
    async with FakeServer({"": McpStandIn()}) as server:
        async with linked(server.url("/mcp")) as link:
            server.misbehave(OnTheWire(cut_after=5), on=using)
            with pytest.raises(Lost) as caught:
                await link.use("book", {})
            assert not caught.value.before_it_was_sent
            assert not link.alive
        async with linked(server.url("/mcp")) as link:
            server._server.close()
            server.drop_connections()
            with pytest.raises(Lost) as caught:
                await link.use("book", {})
            assert caught.value.before_it_was_sent


async def test_a_session_that_the_server_forgot_is_lost_before_anything_was_done() -> None:
    fake = McpStandIn(session="s1")
    async with FakeServer({"": fake}) as server, linked(server.url("/mcp")) as link:
        fake.session = "s2"
        with pytest.raises(Lost) as caught:
            await link.use("book", {})
        assert caught.value.before_it_was_sent
        assert (link.alive, fake.used) == (False, [])


async def test_a_link_that_cannot_be_made_says_why() -> None:
    link = Link(ToolServer(name="shop", url="http://127.0.0.1:9/mcp"), Bearer())
    await link.hold()
    with pytest.raises(Exception, match="connection"):
        await link.ready


def test_the_first_of_a_group_of_groups() -> None:
    assert str(first(ExceptionGroup("g", [ExceptionGroup("h", [ValueError("x"), OSError("y")])]))) == "x"
