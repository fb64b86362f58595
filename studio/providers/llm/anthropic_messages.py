"""Anthropic's Messages API as data: what a request says, what is kept in the vendor's cache, what events mean.

Pure: must not know connections or time. Events come as the vendor's SDK builds them.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Literal

from pydantic import Field, JsonValue

from studio.model.conversation import Message, Tokens, Tool, ToolCall
from studio.model.errors import ErrorCategory, ProviderError
from studio.pipeline.ports import ReplyPiece
from studio.providers.settings import HostedSettings

OPENER = "(The call begins.)"
"""What the user is taken to have said where the agent speaks first: a conversation begins with the user."""


class AnthropicSettings(HostedSettings):
    """How the model should answer, and how long its prompt is kept."""

    provider: str = "anthropic"
    model: str = "claude-haiku-5-5"
    max_tokens: int = Field(default=300, ge=1)
    """The longest reply in tokens, thinking included."""
    temperature: float | None = Field(default=None, ge=0, le=1)
    """None: the model's default; models from 2026 on accept no other."""
    thinking: Literal["disabled", "between_tools", "adaptive"] | None = None
    """Whether the model thinks before it speaks; which words it knows depends on the model. None: as it likes."""
    effort: Literal["low", "medium", "high", "xhigh", "max"] | None = None
    """How much of it; older models know no effort."""
    cache_ttl: Literal["5m", "1h"] = "5m"
    """How long the prompt is kept after its last use; an hour costs twice the price of reading it, not 1.25 times."""
    warm_cache: bool = False
    """Send the prompt ahead while the user still speaks: the reply starts sooner, and each time is paid for."""
    request: dict[str, JsonValue] = Field(default_factory=dict)
    """Further fields of every request, as the vendor documents them; they come before all others."""


def request_body(
    settings: AnthropicSettings, messages: Sequence[Message], tools: Sequence[Tool], known: Sequence[Tool] = ()
) -> dict[str, Any]:
    """All of a request but the model and the longest reply; `known` are the tools that were offered before.

    Two places are marked for the cache: the end of the persona, which the tools stand before, and the end of the
    conversation. So each turn reads what the one before it has left there, and pays for its own words only.
    """
    mark = {"cache_control": {"type": "ephemeral", "ttl": settings.cache_ttl}}
    body: dict[str, Any] = {"messages": _conversation(messages)}
    body["messages"][-1]["content"][-1] |= mark
    if persona := "\n\n".join(each.text for each in messages if each.role == "system" and each.text.strip()):
        body["system"] = [{"type": "text", "text": persona, **mark}]
    used = dict.fromkeys(call.name for message in messages for call in message.calls)
    if used and not tools:  # the vendor wants to know the tools of the past, too
        tools = known or [Tool(name, "", {"type": "object"}) for name in used]
        body["tool_choice"] = {"type": "none"}
    if tools:
        body["tools"] = [
            {"name": tool.name, "description": tool.description, "input_schema": dict(tool.parameters)}
            for tool in tools
        ]
    if settings.temperature is not None:
        body["temperature"] = settings.temperature
    if settings.thinking is not None:
        body["thinking"] = {"type": settings.thinking}
    if settings.effort is not None:
        body["output_config"] = {"effort": settings.effort}
    return body | settings.request


def _conversation(messages: Sequence[Message]) -> list[dict[str, Any]]:
    """The user's and the assistant's turns one after the other; tools' answers belong to the user's."""
    said = [
        ("assistant" if message.role == "assistant" else "user", block)
        for message in messages
        if message.role != "system"
        for block in _blocks(message)
    ]
    if not said or said[0][0] != "user":
        said.insert(0, ("user", {"type": "text", "text": OPENER}))
    return [
        {"role": role, "content": [block for _, block in turn]} for role, turn in groupby(said, lambda each: each[0])
    ]


def _blocks(message: Message) -> Iterator[dict[str, Any]]:
    if message.role == "tool":
        yield {"type": "tool_result", "tool_use_id": message.call_id, "content": message.text}
        return
    if message.text.strip():  # the vendor refuses empty ones
        yield {"type": "text", "text": message.text}
    for call in message.calls:
        yield {"type": "tool_use", "id": call.id, "name": call.name, "input": _arguments(call)}


def _arguments(call: ToolCall) -> dict[str, Any]:
    """The arguments of an earlier call; what is no object was refused by the tool, and its answer says so."""
    try:
        arguments = json.loads(call.arguments)
    except ValueError:
        return {}
    return arguments if isinstance(arguments, dict) else {}


@dataclass
class _Asked:
    """A tool call that is still coming."""

    id: str
    name: str
    arguments: str = ""


class Reading:
    """One streamed answer, event by event."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._asked: dict[int, _Asked] = {}
        self._usage: dict[str, int] = {}
        self._stopped_for = ""
        self.begun = False
        """Whether the answer has begun: a word, or a part of a tool call."""
        self.finished = False
        """Whether the vendor has said that the answer is complete."""

    def read(self, event: Any) -> list[ReplyPiece]:
        """The pieces that an event completes. Raises whatever an event of another shape leads to."""
        match event.type:
            case "message_start":
                self._count(event.message.usage)
            case "content_block_start" if event.content_block.type == "tool_use":
                self.begun = True
                self._asked[event.index] = _Asked(event.content_block.id, event.content_block.name)
            case "content_block_delta" if event.delta.type == "text_delta":
                self.begun = True
                return [ReplyPiece(event.delta.text)]
            case "content_block_delta" if event.delta.type == "input_json_delta" and event.index in self._asked:
                self._asked[event.index].arguments += event.delta.partial_json
            case "content_block_stop" if event.index in self._asked:
                asked = self._asked.pop(event.index)
                return [ReplyPiece(call=ToolCall(asked.id, asked.name, asked.arguments or "{}"))]
            case "message_delta":
                self._count(event.usage)
                self._stopped_for = event.delta.stop_reason or self._stopped_for
            case "message_stop":
                self.finished = True
            case kind if not isinstance(kind, str):
                raise TypeError(kind)
        return []

    def end(self) -> Iterator[ReplyPiece]:
        """The counts, once no more events come.

        Raises:
            ProviderError: the answer was not complete, or was withheld.
        """
        if not self.finished:
            raise ProviderError(f"{self._host} ended the answer in the middle; try again.", ErrorCategory.CONNECTION)
        yield ReplyPiece(tokens=billed(self._usage))
        if self._stopped_for == "refusal":
            raise ProviderError(f"{self._host} declined to answer this.", ErrorCategory.INVALID_REQUEST)

    def _count(self, usage: Any) -> None:
        """Counts are of the whole so far; a later event may leave out what an earlier one told."""
        self._usage |= {name: each for name in _COUNTS if (each := getattr(usage, name, None)) is not None}


_COUNTS = ("input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")


def billed(usage: Mapping[str, int | None]) -> Tokens:
    """The vendor's counts as ours: its `input_tokens` are those that neither came from the cache nor went there."""
    fresh, written, read, kept = (usage.get(name) or 0 for name in _COUNTS)
    return Tokens(fresh + read + kept, written, read, kept)
