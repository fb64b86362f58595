import asyncio
import json
import subprocess
import sys
from re import fullmatch
from typing import Any

import pytest

from studio.model.conversation import Tool, ToolCall
from studio.model.errors import ErrorCategory, ProviderError
from studio.model.tool_settings import NAME, ToolSettings
from studio.pipeline.clock import VirtualTimeLoop
from studio.providers.tools.toolbox import LONGEST_ANSWER, NO_ANSWER, AgentTools
from tests.fakes.bookings import serve_mcp
from tests.fakes.server import Answer, FakeServer, Refuse, Request, Socket

SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
WEATHER = {"name": "weather", "description": "The weather.", "parameters": SCHEMA, "answer": "Sunny in {city}."}


class Slow:
    async def http(self, request: Request, answer: Answer) -> None:
        await answer.pause(5)
        await answer.json({})

    def greet(self, _request: Request) -> Refuse | None:
        return None

    async def talk(self, request: Request, socket: Socket) -> None:
        pass


async def use(settings: dict[str, Any], name: str, arguments: Any) -> str:
    tools = AgentTools(ToolSettings.model_validate(settings))
    await tools.open()
    try:
        return await tools.use(ToolCall("1", name, arguments if isinstance(arguments, str) else json.dumps(arguments)))
    finally:
        await tools.close()
        await tools.close()


async def test_tools_of_every_kind_stand_beside_each_other() -> None:
    async with serve_mcp() as url:
        settings = {"functions": [WEATHER], "servers": [{"name": "a", "url": url}, {"name": "b", "url": url}]}
        tools = AgentTools(ToolSettings.model_validate(settings))
        await tools.open()
        names = [tool.name for tool in tools.tools]
        assert names[:2] == ["weather", "check_availability"]
        assert {"book_table", "book_table_2"} <= set(names), "two of the same name are told apart"
        booked = json.dumps({"name": "Kim", "date": "2026-12-24", "time": "19:00", "people": 2})
        assert "R101" in await tools.use(ToolCall("1", "book_table_2", booked))
        await tools.close()
        assert tools.tools == ()


async def test_a_canned_answer() -> None:
    assert await use({"functions": [WEATHER]}, "weather", {"city": "Seoul"}) == "Sunny in Seoul."


@pytest.mark.parametrize(
    ("name", "arguments", "says"),
    [
        ("wether", {"city": "Seoul"}, "There is no tool 'wether'; there are: weather."),
        ("weather", {}, "weather was not used: city is missing."),
        ("weather", "[1]", "weather was not used: its arguments are no JSON object."),
        ("weather", '{"city": ', "weather was not used: its arguments are no JSON object."),
        ("weather", '{"city": 1e999}', "weather was not used: its arguments are no JSON object."),
        ("weather", '{"city": "\\ud800"}', "weather was not used: its arguments are no JSON object."),
        ("weather", "[" * 100_000, "weather was not used: its arguments are no JSON object."),
    ],
)
async def test_a_call_that_makes_no_sense_is_told_to_the_model(name: str, arguments: Any, says: str) -> None:
    with pytest.raises(ProviderError) as caught:
        await use({"functions": [WEATHER]}, name, arguments)
    assert str(caught.value) == says


async def test_a_slow_tool_is_left() -> None:
    async with FakeServer({"": Slow()}) as server:
        hook = {"name": "hook", "description": "x", "url": server.url("/x")}
        began = asyncio.get_running_loop().time()
        with pytest.raises(ProviderError, match=r"hook did not answer within 0\.2 s; whether") as caught:
            await use({"webhooks": [hook], "timeout_s": 0.2}, "hook", {})
        assert caught.value.category is ErrorCategory.TIMEOUT
        assert asyncio.get_running_loop().time() - began < 2


async def test_an_endless_answer_is_cut_where_a_model_would_forget_the_rest() -> None:
    answer = await use({"functions": [{**WEATHER, "answer": "x" * (LONGEST_ANSWER + 5)}]}, "weather", {"city": "y"})
    assert answer == "x" * LONGEST_ANSWER + " [the rest was cut off]"


async def test_a_model_is_told_where_there_is_no_answer() -> None:
    assert await use({"functions": [{**WEATHER, "answer": " "}]}, "weather", {"city": "y"}) == NO_ANSWER


def test_names_are_made_such_that_every_vendor_takes_them() -> None:
    tools = AgentTools(ToolSettings())
    for name in ("files.read/now", "files.read now", "x" * 128, "x" * 100, ""):
        free = tools._free(name)
        assert fullmatch(NAME, free)
        assert free not in tools._found
        tools._found[free] = (tools._sources[0], name, Tool(free, name, {}))
    assert {"files_read_now", "files_read_now_2", "tool"} <= set(tools._found)


async def test_one_server_that_is_missing_is_told_and_the_others_are_let_go() -> None:
    async with serve_mcp() as url:
        servers = [{"name": "a", "url": url}, {"name": "b", "url": "http://127.0.0.1:9/mcp"}]
        tools = AgentTools(ToolSettings.model_validate({"servers": servers}))
        with pytest.raises(ProviderError, match="The tool server b"):
            await tools.open()
        assert tools.tools == ()


def test_on_the_virtual_clock_a_tools_time_is_real() -> None:
    """Otherwise its limit would be over at once."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(test_a_slow_tool_is_left())


def test_importing_loads_no_library() -> None:
    libraries = "{'mcp', 'anyio', 'httpx', 'jsonschema'}"
    code = f"import sys, studio.providers.tools.toolbox; sys.exit(bool({libraries} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
