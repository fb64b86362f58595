"""All tools of an agent behind one port (`Toolbox`): finds the one a call names, checks its arguments, minds the time.

Must not know who asks, nor what the model makes of an answer.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, Protocol

from studio.model.conversation import Tool, ToolCall
from studio.model.errors import ErrorCategory, ProviderError
from studio.model.tool_settings import ToolSettings
from studio.pipeline.clock import real_work
from studio.providers.tools.arguments import complaint
from studio.providers.tools.functions import Functions
from studio.providers.tools.mcp_servers import McpServer
from studio.providers.tools.webhooks import Webhooks

LONGEST_ANSWER = 16_000
"""Characters of an answer that a model is given; more would push the conversation out of its memory."""


class Source(Protocol):
    """Some tools, and who runs them."""

    async def open(self) -> Sequence[Tool]:
        """Get ready; which tools there are.

        Raises:
            ProviderError: they cannot be had.
        """

    async def close(self) -> None:
        """Free what `open` took. Safe to call twice."""

    async def use(self, name: str, arguments: Mapping[str, Any]) -> str:
        """A tool's answer.

        Raises:
            ProviderError: it failed; the sentence is for the model.
        """


class AgentTools:
    """The tools of one agent."""

    def __init__(self, settings: ToolSettings) -> None:
        self._settings = settings
        self._sources: list[Source] = [Functions(settings.functions), Webhooks(settings.webhooks)]
        self._sources += [McpServer(server) for server in settings.servers]
        self._found: dict[str, tuple[Source, str, Tool]] = {}
        """By the name the model knows: who runs it, what it is called there, and what it is."""

    @property
    def tools(self) -> tuple[Tool, ...]:
        """What there is; known once open."""
        return tuple(tool for _, _, tool in self._found.values())

    async def open(self) -> None:
        """Connect to every server, side by side.

        Raises:
            ProviderError: one of them cannot be had.
        """
        with real_work():
            opened = await asyncio.gather(*(source.open() for source in self._sources), return_exceptions=True)
        for source, tools in zip(self._sources, opened, strict=True):
            if isinstance(tools, BaseException):
                raise tools
            for tool in tools:
                name = self._free(tool.name)
                self._found[name] = (source, tool.name, replace(tool, name=name))

    async def close(self) -> None:
        """Let go of everything. Safe to call twice."""
        self._found.clear()
        for source in self._sources:
            await source.close()

    async def use(self, call: ToolCall) -> str:
        """The answer of the tool that a call names.

        Raises:
            ProviderError: no such tool, wrong arguments, too slow, or it failed; the sentence is for the model.
        """
        if call.name not in self._found:
            raise _unusable(f"There is no tool {call.name!r}; there are: {', '.join(self._found)}.")
        source, name, tool = self._found[call.name]
        arguments = _arguments(call)
        if (wrong := complaint(arguments, tool.parameters)) is not None:
            raise _unusable(f"{call.name} was not used: {wrong}.")
        try:
            with real_work():
                async with asyncio.timeout(self._settings.timeout_s):
                    answer = await source.use(name, arguments)
        except TimeoutError as error:
            limit = f"{self._settings.timeout_s:g} s"
            raise ProviderError(f"{call.name} did not answer within {limit}.", ErrorCategory.TIMEOUT) from error
        return answer if len(answer) <= LONGEST_ANSWER else f"{answer[:LONGEST_ANSWER]} [the rest was cut off]"

    def _free(self, name: str) -> str:
        """The name, with a number where another tool has it."""
        number, free = 2, name
        while free in self._found:
            number, free = number + 1, f"{name[:60]}_{number}"
        return free


def _arguments(call: ToolCall) -> dict[str, Any]:
    arguments: Any = None
    with suppress(ValueError):
        arguments = json.loads(call.arguments or "{}")
    if not isinstance(arguments, dict):
        raise _unusable(f"{call.name} was not used: its arguments are no JSON object.")
    return arguments


def _unusable(sentence: str) -> ProviderError:
    return ProviderError(sentence, ErrorCategory.INVALID_REQUEST)
