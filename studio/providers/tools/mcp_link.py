"""One connection to an MCP server, held by one task from its opening to its end, as the SDK's cancel scopes demand.

Must not know when to connect again, nor what is made of an answer.
"""

import asyncio
import os
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from studio.model.tool_settings import ToolServer
from studio.providers.tools.access import Bearer, is_here

if TYPE_CHECKING:
    import httpx2
    from mcp.types import CallToolResult
    from mcp.types import Tool as ListedTool

CONNECTING_S = 5.0
UNWINDING_S = 0.2
"""How long a connection that broke takes at most to say why."""
PAGES = 100
"""A server that never ends its list is believed so far."""


class Lost(Exception):
    """The connection broke, or the server forgot it, while a tool was to be used."""

    def __init__(self, why: str, before_it_was_sent: bool) -> None:
        super().__init__(why)
        self.before_it_was_sent = before_it_was_sent
        """True where the tool cannot have been used."""


class Link:
    """A connection; `hold` is its task."""

    def __init__(self, server: ToolServer, bearer: Bearer) -> None:
        self._server = server
        self._bearer = bearer
        self._client: Any = None
        self._incoming: Any = None
        self._over = asyncio.Event()
        self._ended = asyncio.Event()
        self._retired = False
        self._under_way = 0
        self._broken_by: BaseException | None = None
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done as soon as tools can be used, with the SDK's error where that fails."""
        self.tools: dict[str, ListedTool] = {}
        """By name, once ready."""
        self.status = 0
        """Of the latest answer over HTTP."""

    @property
    def alive(self) -> bool:
        """Whether tools can be used, as far as is known."""
        if self._client is None or self._ended.is_set() or self._retired:
            return False
        # Of a process the SDK's own end of the stream closes with its output; over HTTP every request finds out.
        return not self._server.command or bool(self._incoming.statistics().open_send_streams)

    async def hold(self) -> None:
        """Open the connection, keep it until it is over, and close it in this same task."""
        try:
            from mcp import Client

            async with Client(self._transport()) as client:
                await self._list(client)
                self._client = client
                self.ready.set_result(None)
                await self._over.wait()
        except Exception as error:  # noqa: BLE001 - the SDK raises groups of whatever its transports raise
            self._broken_by = first(error)
        finally:
            self._ended.set()
            if not self.ready.done():
                self.ready.set_exception(self._broken_by or ConnectionError("the connection was closed"))

    def retire(self) -> None:
        """Be used no more; the connection ends when what is under way is through."""
        self._retired = True
        if not self._under_way:
            self.end()

    def end(self) -> None:
        """The connection ends now."""
        self._retired = True
        self._over.set()

    async def use(self, name: str, arguments: Mapping[str, Any]) -> "CallToolResult":
        """The result of a tool, which may say that it failed.

        Raises:
            Lost: the connection broke.
        """
        from httpx2 import ConnectError, ConnectTimeout
        from mcp.shared.exceptions import MCPError
        from mcp.types import CONNECTION_CLOSED, INVALID_REQUEST

        self._under_way += 1
        try:
            result: CallToolResult = await self._client.call_tool(name, dict(arguments))
        except MCPError as error:
            words = str(error)
            if error.code == CONNECTION_CLOSED:
                with suppress(TimeoutError):  # an answer over HTTP may break off and leave the rest as it is
                    async with asyncio.timeout(UNWINDING_S):
                        await self._ended.wait()
                never_there = isinstance(self._broken_by, ConnectError | ConnectTimeout)
                raise Lost(str(self._broken_by or words), never_there) from error
            if error.code == INVALID_REQUEST and "session" in words.lower() and self.status == 404:
                self.retire()
                raise Lost(words, before_it_was_sent=True) from error
            raise
        finally:
            self._under_way -= 1
            if self._retired:
                self.retire()
        return result

    async def _list(self, client: Any) -> None:
        cursor: str | None = None
        for _ in range(PAGES):
            page = await client.list_tools(cursor=cursor)
            self.tools.update((tool.name, tool) for tool in page.tools)
            cursor = page.next_cursor
            if not cursor:
                return

    @asynccontextmanager
    async def _transport(self) -> AsyncGenerator[Any, None]:
        async with AsyncExitStack() as stack:
            streams = await (self._process(stack) if self._server.command else self._http(stack))
            self._incoming = streams[0]
            yield streams

    async def _process(self, stack: AsyncExitStack) -> Any:
        from mcp import StdioServerParameters
        from mcp.client.stdio import stdio_client

        server, key = self._server, self._bearer
        silent = stack.enter_context(Path(os.devnull).open("w"))  # noqa: ASYNC230, SIM115
        parameters = StdioServerParameters(
            command=server.command[0], args=list(server.command[1:]), env={key.name: key.key} if key.key else None
        )
        return await stack.enter_async_context(stdio_client(parameters, errlog=silent))

    async def _http(self, stack: AsyncExitStack) -> Any:
        import httpx2
        from mcp.client.streamable_http import streamable_http_client

        client = httpx2.AsyncClient(
            headers=self._bearer.headers,
            timeout=httpx2.Timeout(None, connect=CONNECTING_S),
            trust_env=not is_here(urlsplit(self._server.url).hostname or ""),
            event_hooks={"response": [self._note]},
        )
        http = await stack.enter_async_context(client)
        return await stack.enter_async_context(streamable_http_client(self._server.url, http_client=http))

    async def _note(self, response: "httpx2.Response") -> None:
        self.status = response.status_code


def first(error: BaseException) -> BaseException:
    """The first single error in a group of groups."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
