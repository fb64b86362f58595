import sys
from pathlib import Path

import pytest

from studio.model.errors import ErrorCategory, ProviderError
from studio.model.tool_settings import ToolServer
from studio.providers.tools.mcp_servers import McpServer
from tests.fakes.bookings import serve_mcp

ROOT = Path(__file__).parents[3]
BOOK = {"name": "Kim", "date": "2026-12-24", "time": "19:00", "people": 4}


def of_command(*words: str) -> McpServer:
    return McpServer(ToolServer(name="bookings", command=words))


async def test_a_server_over_http_offers_its_tools_and_answers() -> None:
    async with serve_mcp() as url:
        server = McpServer(ToolServer(name="bookings", url=url))
        tools = {tool.name: tool for tool in await server.open()}
        assert set(tools) == {"check_availability", "book_table", "cancel_booking"}
        assert tools["book_table"].parameters["required"] == ["name", "date", "time", "people"]
        assert (tools["check_availability"].side_effects, tools["book_table"].side_effects) == (False, True)
        assert "reference R101" in await server.use("book_table", BOOK)
        assert "8" in await server.use("check_availability", {**BOOK, "people": 9})
        await server.close()
        await server.close()


async def test_only_what_the_preset_allows_is_offered() -> None:
    async with serve_mcp() as url:
        server = McpServer(ToolServer(name="bookings", url=url, allow=("book_table",)))
        assert [tool.name for tool in await server.open()] == ["book_table"]
        await server.close()


async def test_a_server_over_standard_input_and_output(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    server = of_command(sys.executable, "-m", "tests.fakes.bookings")
    assert len(await server.open()) == 3
    assert "Booked for Kim" in await server.use("book_table", BOOK)
    await server.close()


async def test_what_a_tool_refuses_is_told_for_the_model() -> None:
    async with serve_mcp() as url:
        server = McpServer(ToolServer(name="bookings", url=url))
        await server.open()
        with pytest.raises(ProviderError, match=r"book_table failed: .*people"):
            await server.use("book_table", {"name": "Kim"})
        await server.close()


async def test_a_server_that_was_restarted_is_asked_again() -> None:
    async with serve_mcp() as url:
        server = McpServer(ToolServer(name="bookings", url=url))
        await server.open()
    async with serve_mcp(int(url.split(":")[2].split("/")[0])):
        assert "Booked" in await server.use("book_table", BOOK)
        await server.close()


async def test_a_server_that_is_gone_is_told() -> None:
    async with serve_mcp() as url:
        server = McpServer(ToolServer(name="bookings", url=url))
        await server.open()
    with pytest.raises(ProviderError, match=r"The tool server bookings at 127\.0\.0\.1") as caught:
        await server.use("book_table", BOOK)
    assert caught.value.category is ErrorCategory.CONNECTION
    await server.close()


@pytest.mark.parametrize(
    "server",
    [
        of_command("no-such-command-7f3"),
        of_command(sys.executable, "-c", "pass"),
        McpServer(ToolServer(name="bookings", url="http://127.0.0.1:9/mcp")),
    ],
    ids=["no such command", "a command that ends", "nobody there"],
)
async def test_a_server_that_cannot_be_had_is_told_in_a_sentence(server: McpServer) -> None:
    with pytest.raises(ProviderError, match="The tool server bookings"):
        await server.open()
    await server.close()


async def test_without_the_sdk_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mcp", None)
    with pytest.raises(ProviderError, match="voice-agent-studio\\[tools\\]") as caught:
        await McpServer(ToolServer(name="x", command=("y",))).open()
    assert caught.value.category is ErrorCategory.NOT_INSTALLED
