"""The tools of an MCP server, over streamable HTTP or a process's standard input and output, by the official SDK.

A connection is opened and closed by one task of its own, as the SDK demands. A server that has died is connected to
once more at the next use; what it may have done already is not asked for twice. Must not know what a tool does.
"""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from studio.model.conversation import Tool
from studio.model.errors import ErrorCategory, ProviderError
from studio.model.tool_settings import ToolServer
from studio.pipeline.tasks import Tasks
from studio.providers.tools.access import Bearer, bearer
from studio.providers.tools.arguments import schema_of
from studio.providers.tools.mcp_link import Link, Lost, first

OPENING_S = 15.0
"""How long a server may take to be ready; the SDK gives one of the old protocol 10 s to refuse the new one."""
CLOSING_S = 8.0
"""The SDK takes up to 6.5 s to end a process that does not want to, and must not be disturbed meanwhile."""
LONGEST_COMPLAINT = 500
"""Characters of what a tool says of its failure."""


class McpServer:
    """One server (port `Source`)."""

    def __init__(self, server: ToolServer) -> None:
        self._server = server
        self._bearer = Bearer()
        self._link: Link | None = None
        self._open = False
        self._connecting = asyncio.Lock()
        self._tasks = Tasks(lambda _task, _error: None)  # a failure goes to whoever waits for the link

    async def open(self) -> Sequence[Tool]:
        """Connect, and list the tools.

        Raises:
            ProviderError: the SDK or a key is missing; the server cannot be reached, speaks no MCP, or lacks a tool.
        """
        try:
            import mcp  # noqa: F401
        except ImportError as error:
            raise ProviderError(
                "MCP servers need the mcp package; run `pip install voice-agent-studio[tools]`.",
                ErrorCategory.NOT_INSTALLED,
            ) from error
        server = self._server
        self._bearer = await bearer(server.key_env, f"The tool server {server.name}")
        self._open = True
        listed = (await self._linked()).tools
        if missing := [name for name in server.allow if name not in listed]:
            sentence = f"The tool server {server.name} has no {', '.join(missing)}; it has {', '.join(listed)}."
            raise ProviderError(sentence, ErrorCategory.INVALID_REQUEST)
        return [
            Tool(tool.name, tool.description or tool.name, schema_of(tool.input_schema), self._has_effects(tool))
            for tool in listed.values()
            if not server.allow or tool.name in server.allow
        ]

    async def close(self) -> None:
        """Hang up, or end the process. Safe to call twice."""
        self._open = False
        self._forget(Link.end)
        await self._tasks.settle(CLOSING_S)
        await self._tasks.close()

    async def use(self, name: str, arguments: Mapping[str, Any]) -> str:
        """The tool's answer as text.

        Raises:
            ProviderError: it failed, or the server is gone and does not come back.
        """
        for last in (False, True):
            link = await self._linked()
            try:
                result = await link.use(name, arguments)
            except Lost as lost:
                sure = lost.before_it_was_sent or not self._has_effects(link.tools.get(name))
                if last or not sure:
                    unsure = "" if sure else "; whether it was done is not known"
                    raise self._failure(f"was lost while {name} was under way{unsure}", lost) from lost
            except Exception as error:  # the SDK raises what the protocol says, and whatever its checks do
                raise self._failure(f"failed in {name}", error) from error
            else:
                return self._text(name, result)
        raise AssertionError("the last try returns or raises")

    async def _linked(self) -> Link:
        """The connection, which is made where there is none that works."""
        async with self._connecting:
            if not self._open:
                raise RuntimeError("a tool server is used before open() or after close()")
            if self._link is None or not self._link.alive:
                self._forget(Link.retire)
                self._link = await self._connect()
            return self._link

    async def _connect(self) -> Link:
        link = Link(self._server, self._bearer)
        task = self._tasks.start(f"mcp {self._server.name}", link.hold())
        try:
            async with asyncio.timeout(OPENING_S):
                await link.ready
        except TimeoutError as error:
            sentence = f"The tool server {self._server.name} is not ready after {OPENING_S:g} s."
            raise ProviderError(sentence, ErrorCategory.TIMEOUT) from error
        except Exception as error:
            raise self._refusal(link.status) or self._failure("cannot be reached", error) from error
        finally:
            if not link.alive:
                task.cancel()  # it unwinds by itself; `close` waits for it
        return link

    def _forget(self, how: Callable[[Link], None]) -> None:
        """Let the connection end; `close` waits for that."""
        if self._link is not None:
            how(self._link)
            self._link = None

    def _refusal(self, status: int) -> ProviderError | None:
        if status not in (401, 403):
            return None
        key = self._server.key_env
        hint = f"check the key in {key}" if key else "it wants a key: name it in key_env"
        sentence = f"The tool server {self._server.name} refused access (status {status}): {hint}."
        return ProviderError(sentence, ErrorCategory.AUTHENTICATION)

    def _failure(self, what: str, error: BaseException) -> ProviderError:
        said = " ".join(self._bearer.hidden(str(first(error))).split())[:200].rstrip(". ")
        place = f" at {urlsplit(self._server.url).hostname}" if self._server.url else ""
        because = f": {said}" if said else ""
        return ProviderError(f"The tool server {self._server.name}{place} {what}{because}.", ErrorCategory.CONNECTION)

    def _has_effects(self, tool: Any) -> bool:
        """What the preset says, unless the server itself says that this one only reads."""
        notes = getattr(tool, "annotations", None)
        return self._server.side_effects and not bool(getattr(notes, "read_only_hint", False))

    def _text(self, name: str, result: Any) -> str:
        """What a tool's result says in words.

        Raises:
            ProviderError: the tool says that it failed.
        """
        text = self._bearer.hidden(_words(result))
        if result.is_error:
            said = " ".join(text.split())[:LONGEST_COMPLAINT].rstrip(". ") or "it does not say why"
            raise ProviderError(f"{name} failed: {said}.", ErrorCategory.SERVER)
        return text


def _words(result: Any) -> str:
    """The texts of a result, else its data; what is no text is only named."""
    pieces = [_piece(piece) for piece in result.content]
    if not any(pieces) and result.structured_content is not None:
        return json.dumps(result.structured_content, ensure_ascii=False, separators=(",", ":"))
    return "\n".join(piece for piece in pieces if piece)


def _piece(piece: Any) -> str:
    match piece.type:
        case "text":
            return str(piece.text)
        case "resource":
            return str(getattr(piece.resource, "text", f"[{piece.resource.uri}]"))
        case "resource_link":
            return f"[{piece.uri}]"
        case other:
            return f"[{other}]"
