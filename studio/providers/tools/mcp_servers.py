"""The tools of an MCP server, over streamable HTTP or a process's standard input and output, by the official SDK.

A session is opened and closed by one task of its own, as the SDK demands. A server that has died is asked to come back
once, at the next use. Must not know what a tool does.
"""

import asyncio
import os
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from studio.model.conversation import Tool
from studio.model.errors import ErrorCategory, ProviderError
from studio.model.tool_settings import ToolServer
from studio.pipeline.tasks import Tasks
from studio.providers import keys

if TYPE_CHECKING:
    from mcp import ClientSession

OPENING_S = 10.0
"""How long a server may take to be ready."""
CLOSING_S = 3.0


class McpServer:
    """One server (port `Source`)."""

    def __init__(self, server: ToolServer) -> None:
        self._server = server
        self._session: ClientSession | None = None
        self._tasks = Tasks(lambda _task, _error: None)  # a failure goes to whoever waits for the session
        self._over = asyncio.Event()

    async def open(self) -> Sequence[Tool]:
        """Connect, and list the tools.

        Raises:
            ProviderError: the SDK is not installed; the server cannot be reached or speaks no MCP.
        """
        try:
            import mcp  # noqa: F401
        except ImportError as error:
            raise ProviderError(
                "MCP servers need the mcp package; run `pip install voice-agent-studio[tools]`.",
                ErrorCategory.NOT_INSTALLED,
            ) from error
        session = await self._connect()
        try:
            listed = (await session.list_tools()).tools
        except Exception as error:
            raise self._failure("does not list its tools", error) from error
        allowed = [tool for tool in listed if not self._server.allow or tool.name in self._server.allow]
        return [
            Tool(tool.name, tool.description or tool.name, dict(tool.input_schema), self._has_effects(tool))
            for tool in allowed
        ]

    async def close(self) -> None:
        """Hang up, or end the process. Safe to call twice."""
        self._session = None
        self._over.set()
        await self._tasks.settle(CLOSING_S)
        await self._tasks.close()

    async def use(self, name: str, arguments: Mapping[str, Any]) -> str:
        """The tool's answer as text.

        Raises:
            ProviderError: it failed, or the server is gone and does not come back.
        """
        from mcp.shared.exceptions import MCPError

        for last in (False, True):
            session = self._session or await self._connect()
            try:
                return _text(name, await session.call_tool(name, dict(arguments)))
            except MCPError as error:
                gone = any(word in str(error).lower() for word in ("closed", "session not found"))
                if last or not gone:
                    raise self._failure(f"failed in {name}", error) from error
            except (OSError, RuntimeError) as error:
                if last:
                    raise self._failure("is gone", error) from error
            await self.close()
        raise AssertionError("the last try returns or raises")

    async def _connect(self) -> "ClientSession":
        ready: asyncio.Future[ClientSession] = asyncio.get_running_loop().create_future()
        self._over = asyncio.Event()
        self._tasks.start(f"mcp {self._server.name}", self._hold(ready, self._over))
        try:
            async with asyncio.timeout(OPENING_S):
                self._session = await ready
        except TimeoutError as error:
            await self.close()
            raise ProviderError(
                f"The tool server {self._server.name} is not ready after {OPENING_S:g} s.", ErrorCategory.TIMEOUT
            ) from error
        return self._session

    async def _hold(self, ready: "asyncio.Future[ClientSession]", over: asyncio.Event) -> None:
        """Open a session, keep it until it is over, and close it in this same task."""
        from mcp import ClientSession

        try:
            async with AsyncExitStack() as stack:
                streams = await self._streams(stack)
                session = await stack.enter_async_context(ClientSession(streams[0], streams[1]))
                await session.initialize()
                ready.set_result(session)
                await over.wait()
        except Exception as error:  # noqa: BLE001 - the SDK raises groups of whatever its transports raise
            if not ready.done():
                ready.set_exception(self._failure("cannot be reached", error))
        finally:
            self._session = None
            if not ready.done():
                ready.cancel()

    async def _streams(self, stack: AsyncExitStack) -> Any:
        server = self._server
        if server.command:
            from mcp import StdioServerParameters
            from mcp.client.stdio import stdio_client

            silent = stack.enter_context(Path(os.devnull).open("w"))  # noqa: ASYNC230, SIM115
            parameters = StdioServerParameters(command=server.command[0], args=list(server.command[1:]))
            return await stack.enter_async_context(stdio_client(parameters, errlog=silent))
        from mcp.client.streamable_http import streamable_http_client
        from mcp.shared._httpx_utils import create_mcp_http_client

        key = await asyncio.to_thread(keys.find, server.key_env) if server.key_env else ""
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        http = await stack.enter_async_context(create_mcp_http_client(headers=headers))
        return await stack.enter_async_context(streamable_http_client(server.url, http_client=http))

    def _failure(self, what: str, error: BaseException) -> ProviderError:
        said = " ".join(str(_first(error)).split())[:200].rstrip(". ")
        place = f" at {urlsplit(self._server.url).hostname}" if self._server.url else ""
        because = f": {said}" if said else ""
        return ProviderError(f"The tool server {self._server.name}{place} {what}{because}.", ErrorCategory.CONNECTION)

    def _has_effects(self, tool: Any) -> bool:
        """What the preset says, unless the server itself says that this one only reads."""
        notes = getattr(tool, "annotations", None)
        return self._server.side_effects and not bool(getattr(notes, "read_only_hint", False))


def _first(error: BaseException) -> BaseException:
    """The first single error in a group of groups."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _text(name: str, result: Any) -> str:
    """What a tool's result says in words.

    Raises:
        ProviderError: the tool says that it failed.
    """
    texts = [str(getattr(piece, "text", "")) for piece in result.content]
    text = "\n".join(piece for piece in texts if piece)
    if result.is_error:
        said = " ".join(text.split()).rstrip(". ") or "it does not say why"
        raise ProviderError(f"{name} failed: {said}.", ErrorCategory.SERVER)
    return text
