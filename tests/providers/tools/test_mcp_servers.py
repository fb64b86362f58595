import asyncio
import os
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from studio.model.errors import ErrorCategory, ProviderError
from studio.model.tool_settings import ToolServer
from studio.providers.tools import mcp_servers
from studio.providers.tools.mcp_servers import McpServer
from tests.fakes.bookings import serve_mcp
from tests.fakes.server import FakeServer, OnTheWire, Refuse
from tests.providers.tools.mcp_stand_in import McpStandIn, using

ROOT = Path(__file__).parents[3]
BOOK = {"name": "Kim", "date": "2026-12-24", "time": "19:00", "people": 4}


KEY = "canary-5b81e0"
CRASHES = """
import os, sys
sys.path[:0] = {path!r}
from tests.fakes.bookings import mcp_server
server = mcp_server()

@server.tool()
def crash() -> str:
    os._exit(1)

server.run()
"""


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server is a Python of its own, which takes long to start where the machine is busy."""
    monkeypatch.setattr(mcp_servers, "OPENING_S", 100)


@pytest.fixture(scope="module")
def bookings() -> Generator[str]:
    """The URL of a restaurant that all tests share which do not count its bookings."""
    command = [sys.executable, "-m", "tests.fakes.bookings", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.kill()


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


async def test_only_what_the_preset_allows_is_offered(bookings: str) -> None:
    server = McpServer(ToolServer(name="bookings", url=bookings, allow=("book_table",)))
    assert [tool.name for tool in await server.open()] == ["book_table"]
    await server.close()


async def test_a_tool_that_is_allowed_and_not_there_is_told(bookings: str) -> None:
    server = McpServer(ToolServer(name="bookings", url=bookings, allow=("book_table", "order_wine")))
    with pytest.raises(ProviderError, match=r"has no order_wine; it has check_availability, book_table") as caught:
        await server.open()
    assert caught.value.category is ErrorCategory.INVALID_REQUEST
    await server.close()


async def test_a_server_over_standard_input_and_output(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    server = of_command(sys.executable, "-m", "tests.fakes.bookings")
    assert len(await server.open()) == 3
    assert "Booked for Kim" in await server.use("book_table", BOOK)
    await server.close()


async def test_what_a_tool_refuses_is_told_for_the_model(bookings: str) -> None:
    server = McpServer(ToolServer(name="bookings", url=bookings))
    await server.open()
    with pytest.raises(ProviderError, match=r"book_table failed: .*people"):
        await server.use("book_table", {"name": "Kim"})
    await server.close()


async def test_tools_that_are_used_side_by_side(bookings: str) -> None:
    server = McpServer(ToolServer(name="bookings", url=bookings))
    await server.open()
    asked = ({**BOOK, "date": f"2026-12-{day}", "people": day - 9} for day in (10, 11, 12))
    answers = await asyncio.gather(*(server.use("check_availability", each) for each in asked))
    assert [answer.split()[3] for answer in answers] == ["1", "2", "3"]
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


async def test_a_process_that_died_is_started_once_more_and_nothing_is_done_twice() -> None:
    server = of_command(sys.executable, "-c", CRASHES.format(path=[str(ROOT), *sys.path]))
    await server.open()
    with pytest.raises(ProviderError, match="was lost while crash was under way; whether it was done is not known"):
        await server.use("crash", {})
    assert "reference R101" in await server.use("book_table", BOOK)
    await server.close()


@pytest.mark.parametrize(("tool", "answers"), [("book", False), ("files.read/now", True)])
async def test_only_what_does_no_harm_is_asked_for_twice(tool: str, answers: bool) -> None:
    fake = McpStandIn()
    async with FakeServer({"": fake}) as host:
        server = McpServer(ToolServer(name="shop", url=host.url("/mcp")))
        await server.open()
        host.misbehave(OnTheWire(cut_after=5), on=using)
        if answers:
            assert await server.use(tool, {}) == "Done."
        else:
            with pytest.raises(ProviderError, match="whether it was done is not known"):
                await server.use(tool, {})
        assert fake.used == [tool] * (1 + answers)
        assert await server.use(tool, {}) == "Done.", "the next use has a connection again"
        await server.close()


async def test_a_session_that_was_forgotten_is_begun_anew_for_all_who_wait_for_it() -> None:
    fake = McpStandIn(session="s1")
    async with FakeServer({"": fake}) as host:
        server = McpServer(ToolServer(name="shop", url=host.url("/mcp")))
        await server.open()
        fake.session = "s2"
        answers = await asyncio.gather(server.use("book", {}), server.use("book", {}))
        assert list(answers) == ["Done.", "Done."]
        assert fake.used == ["book"] * 2
        beginnings = [each for each in host.requests if (each.json() or {}).get("method") == "initialize"]
        assert len(beginnings) == 2
        await server.close()


@pytest.mark.parametrize(
    ("content", "structured", "text"),
    [
        ([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}], None, "a\nb"),
        ([], {"free": [1, 2], "이름": "김"}, '{"free":[1,2],"이름":"김"}'),
        ([{"type": "text", "text": "free"}], {"free": 1}, "free"),
        ([{"type": "image", "data": "AA==", "mimeType": "image/png"}], None, "[image]"),
        ([{"type": "resource", "resource": {"uri": "file:///menu", "text": "Soup"}}], None, "Soup"),
        ([{"type": "resource", "resource": {"uri": "file:///menu", "blob": "AA=="}}], None, "[file:///menu]"),
        ([{"type": "resource_link", "name": "menu", "uri": "file:///menu"}], None, "[file:///menu]"),
        ([], None, ""),
    ],
)
async def test_a_result_in_words(content: list[dict[str, Any]], structured: Any, text: str) -> None:
    fake = McpStandIn()
    fake.content, fake.structured = content, structured
    async with FakeServer({"": fake}) as host:
        server = McpServer(ToolServer(name="shop", url=host.url("/mcp")))
        await server.open()
        assert await server.use("book", {}) == text
        await server.close()


async def test_a_result_that_is_no_mcp_is_told() -> None:
    fake = McpStandIn()
    fake.content = [{"type": "surprise"}]
    async with FakeServer({"": fake}) as host:
        server = McpServer(ToolServer(name="shop", url=host.url("/mcp")))
        await server.open()
        with pytest.raises(ProviderError, match=r"The tool server shop at 127\.0\.0\.1 failed in book"):
            await server.use("book", {})
        await server.close()


async def test_its_key_is_shown_to_it_and_told_to_nobody(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    monkeypatch.setenv("SHOP_KEY", KEY)
    fake = McpStandIn(KEY)
    fake.content = [{"type": "text", "text": f"You are {KEY}."}]
    async with FakeServer({"": fake}) as host:
        server = McpServer(ToolServer(name="shop", url=host.url("/mcp"), key_env="SHOP_KEY"))
        await server.open()
        assert await server.use("book", {}) == "You are <SHOP_KEY>."
        await server.close()
    assert KEY not in caplog.text


@pytest.mark.parametrize(
    ("key_env", "says"),
    [("SHOP_KEY", "check the key in SHOP_KEY"), ("", "it wants a key: name it in key_env")],
)
async def test_a_refused_key_is_told(key_env: str, says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_KEY", "wrong-canary")
    async with FakeServer({"": McpStandIn(KEY)}) as host:
        server = McpServer(ToolServer(name="shop", url=host.url("/mcp"), key_env=key_env))
        with pytest.raises(
            ProviderError, match=rf"The tool server shop refused access \(status 401\): {says}"
        ) as caught:
            await server.open()
        assert caught.value.category is ErrorCategory.AUTHENTICATION
        assert "canary" not in str(caught.value)
        await server.close()


async def test_a_command_gets_its_key_in_its_environment_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_KEY", KEY)
    monkeypatch.setenv("OTHER_API_KEY", "other")
    script = CRASHES.replace("os._exit(1)", "return str(sorted(name for name in os.environ if name.endswith('_KEY')))")
    command = (sys.executable, "-c", script.format(path=[str(ROOT), *sys.path]))
    server = McpServer(ToolServer(name="shop", command=command, key_env="SHOP_KEY"))
    await server.open()
    assert await server.use("crash", {}) == "['SHOP_KEY']"
    await server.close()


async def test_a_server_that_never_answers_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mcp_servers, "OPENING_S", 0.3)
    async with FakeServer({"": McpStandIn()}) as host:
        host.misbehave(OnTheWire(stall_after=0))
        server = McpServer(ToolServer(name="shop", url=host.url("/mcp")))
        with pytest.raises(ProviderError, match=r"shop is not ready after 0\.3 s") as caught:
            await server.open()
        assert caught.value.category is ErrorCategory.TIMEOUT
        await server.close()


async def test_nobody_is_followed_to_another_server() -> None:
    async with FakeServer({"": McpStandIn()}) as elsewhere, FakeServer({"": McpStandIn()}) as host:
        host.misbehave(*[Refuse(307, headers={"Location": elsewhere.url("/mcp")})] * 3)
        server = McpServer(ToolServer(name="shop", url=host.url("/mcp")))
        with pytest.raises(ProviderError, match="cannot be reached"):
            await server.open()
        await server.close()
        assert elsewhere.requests == []


async def test_a_use_that_is_left_leaves_the_connection_usable() -> None:
    fake = McpStandIn()
    async with FakeServer({"": fake}) as host:
        server = McpServer(ToolServer(name="shop", url=host.url("/mcp")))
        await server.open()
        host.misbehave(OnTheWire(stall_after=0), on=using)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await server.use("book", {})
        assert await server.use("book", {}) == "Done."
        await server.close()


async def test_a_process_that_does_not_want_to_end_is_ended(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    tells = f"import os; open({str(note)!r}, 'w').write(str(os.getpid()))\n"
    endless = "\nimport time\nwhile True: time.sleep(1)"
    command = (sys.executable, "-c", tells + CRASHES.format(path=[str(ROOT), *sys.path]) + endless)
    server = McpServer(ToolServer(name="shop", command=command))
    await server.open()
    pid = int(note.read_text())
    await server.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_after_it_is_closed_nothing_is_started() -> None:
    fake = McpStandIn()
    async with FakeServer({"": fake}) as host:
        server = McpServer(ToolServer(name="shop", url=host.url("/mcp")))
        await server.open()
        await server.close()
        with pytest.raises(RuntimeError, match="after close"):
            await server.use("book", {})
        assert fake.used == []


async def test_without_the_sdk_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mcp", None)
    with pytest.raises(ProviderError, match="voice-agent-studio\\[tools\\]") as caught:
        await McpServer(ToolServer(name="x", command=("y",))).open()
    assert caught.value.category is ErrorCategory.NOT_INSTALLED
