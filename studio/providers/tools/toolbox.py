"""All tools of an agent behind one port (`Toolbox`): finds the one a call names, checks its arguments, minds the time.

Must not know who asks, nor what the model makes of an answer.
"""

import asyncio
import json
import re
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
NO_ANSWER = "Done; there is nothing to tell."
"""What a model is told instead of nothing, which some vendors refuse."""


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
            ProviderError: one of them cannot be had; the others are let go.
        """
        with real_work():
            opened = await asyncio.gather(*(source.open() for source in self._sources), return_exceptions=True)
        for source, tools in zip(self._sources, opened, strict=True):
            if isinstance(tools, BaseException):
                await self.close()
                raise tools
            for tool in tools:
                name = self._free(tool.name)
                self._found[name] = (source, tool.name, replace(tool, name=name))

    async def close(self) -> None:
        """Let go of everything. Safe to call twice."""
        self._found.clear()
        with real_work():
            await asyncio.gather(*(source.close() for source in self._sources))

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
            unsure = "; whether it was done is not known" if tool.side_effects else ""
            sentence = f"{call.name} did not answer within {self._settings.timeout_s:g} s{unsure}."
            raise ProviderError(sentence, ErrorCategory.TIMEOUT) from error
        if len(answer) > LONGEST_ANSWER:
            return f"{answer[:LONGEST_ANSWER]} [the rest was cut off]"
        return answer if answer.strip() else NO_ANSWER

    def _free(self, name: str) -> str:
        """The name as every vendor accepts it, with a number where another tool has it."""
        free = valid = re.sub(r"[^A-Za-z0-9_-]", "_", name)[:64] or "tool"
        number = 2
        while free in self._found:
            number, free = number + 1, f"{valid[:60]}_{number}"
        return free


def _arguments(call: ToolCall) -> dict[str, Any]:
    """What the model wrote, if every tool can be sent it: no infinity, no half of a character."""
    arguments: Any = None
    with suppress(ValueError, RecursionError):
        arguments = json.loads(call.arguments.strip() or "{}")
        json.dumps(arguments, ensure_ascii=False, allow_nan=False).encode()
        if isinstance(arguments, dict):
            return arguments
    raise _unusable(f"{call.name} was not used: its arguments are no JSON object.")


def _unusable(sentence: str) -> ProviderError:
    return ProviderError(sentence, ErrorCategory.INVALID_REQUEST)
