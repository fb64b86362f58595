"""The OpenAI chat protocol as data: what a request says, and what the events of its answer mean.

Pure: must not know connections, time, or who runs the server. Where servers differ, settings say how.
"""

import json
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal
from uuid import uuid4

from pydantic import BaseModel, Field, JsonValue, ValidationError

from studio.model.conversation import Message, Tokens, Tool, ToolCall
from studio.model.errors import ErrorCategory, ProviderError
from studio.pipeline.ports import ReplyPiece
from studio.providers.http_errors import MESSAGE_LIMIT
from studio.providers.settings import HostedSettings

FIRST_SERVED = "auto"


class OpenAiChatSettings(HostedSettings):
    """How a server should answer, and in what its dialect differs."""

    provider: str = "openai"
    model: str
    """As the server calls it; `auto`: the first that it serves."""
    temperature: float | None = Field(default=None, ge=0, le=2)
    """None: the server's default; some models accept no other."""
    max_tokens: int | None = Field(default=None, ge=1)
    """The longest reply in tokens, thinking included; None: the server's default."""
    reasoning_effort: str | None = Field(default=None, pattern="^[a-z]+$")
    """How much a reasoning model thinks before it speaks, in the server's words (`none` to `max`); None: its own."""
    request: dict[str, JsonValue] = Field(default_factory=dict)
    """Further fields of every request, as the server documents them; they come before all others."""
    max_tokens_field: Literal["max_completion_tokens", "max_tokens"] = "max_completion_tokens"
    """What the server calls the longest reply: some refuse the one name, others ignore the other."""
    count_tokens: bool = True
    """Ask for token counts; false for a server that refuses `stream_options`."""


def request_body(
    settings: OpenAiChatSettings, messages: Sequence[Message], tools: Sequence[Tool], kept: Mapping[str, JsonValue]
) -> dict[str, Any]:
    """The request for a streamed reply; `kept` is what `Reading` was told to give back with a call, by its id."""
    body: dict[str, Any] = {
        "model": settings.model,
        "messages": [_message(message, kept) for message in messages],
        "stream": True,
    }
    if settings.count_tokens:
        body["stream_options"] = {"include_usage": True}
    if tools:
        body["tools"] = [
            {
                "type": "function",
                "function": {"name": tool.name, "description": tool.description, "parameters": dict(tool.parameters)},
            }
            for tool in tools
        ]
    if settings.temperature is not None:
        body["temperature"] = settings.temperature
    if settings.max_tokens is not None:
        body[settings.max_tokens_field] = settings.max_tokens
    if settings.reasoning_effort is not None:
        body["reasoning_effort"] = settings.reasoning_effort
    return body | settings.request


class _Model(BaseModel):
    id: str


class _Models(BaseModel):
    data: list[_Model]


def first_model(listing: bytes, host: str) -> str:
    """The first model of what `GET /models` answers.

    Raises:
        ProviderError: there is none.
    """
    with suppress(ValidationError):
        if models := _Models.model_validate_json(listing).data:
            return models[0].id
    raise ProviderError(
        f"{host} serves no model; load one there, or name it in the preset.", ErrorCategory.INVALID_REQUEST
    )


def _message(message: Message, kept: Mapping[str, JsonValue]) -> dict[str, Any]:
    match message:
        case Message(role="tool"):
            return {"role": "tool", "tool_call_id": message.call_id, "content": message.text}
        case Message(calls=calls) if calls:
            return {
                "role": message.role,
                "content": message.text or None,
                "tool_calls": [_call(call, kept.get(call.id)) for call in calls],
            }
        case _:
            return {"role": message.role, "content": message.text}


def _call(call: ToolCall, extra: JsonValue) -> dict[str, Any]:
    function = {"name": call.name, "arguments": call.arguments}
    asked = {"id": call.id, "type": "function", "function": function}
    return asked if extra is None else {**asked, "extra_content": extra}


class _Function(BaseModel):
    name: str | None = None
    arguments: str | dict[str, JsonValue] | None = None
    """JSON, in pieces; a few servers send the object itself."""


class _CallDelta(BaseModel):
    index: int | None = None
    id: str | None = None
    function: _Function | None = None
    extra_content: JsonValue = None
    """What a server wants to see again: Gemini signs its thoughts here."""


class _Delta(BaseModel):
    content: str | None = None
    refusal: str | None = None
    tool_calls: list[_CallDelta] | None = None


class _Choice(BaseModel):
    delta: _Delta | None = None
    finish_reason: str | None = None


class _PromptDetails(BaseModel):
    cached_tokens: int | None = None
    cache_write_tokens: int | None = None


class _Usage(BaseModel):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    total_tokens: int | None = None
    prompt_tokens_details: _PromptDetails | None = None


class _Chunk(BaseModel):
    """What we read of one event."""

    choices: list[_Choice] | None = None
    usage: _Usage | None = None
    error: JsonValue = None


@dataclass
class _Asked:
    """A tool call that is still coming."""

    index: int
    id: str
    name: str = ""
    arguments: str = ""


class Reading:
    """One streamed answer, event by event.

    `kept` takes up what the server wants to see again with a call, by the call's id.
    """

    def __init__(self, host: str, kept: MutableMapping[str, JsonValue]) -> None:
        self._host = host
        self._kept = kept
        self._asked: list[_Asked] = []
        self._usage: _Usage | None = None
        self._filtered = False
        self._finished = False
        self.begun = False
        """Whether the answer has begun: a word, or a part of a tool call."""

    def read(self, data: str) -> Iterator[ReplyPiece]:
        """The pieces that an event completes.

        Raises:
            ProviderError: it is no event of this protocol, or tells an error.
        """
        chunk = self._parse(data)
        self._usage = chunk.usage or self._usage
        for choice in (chunk.choices or ())[:1]:
            delta = choice.delta or _Delta()
            for call in delta.tool_calls or ():
                yield from self._take(call)
            if text := delta.content or delta.refusal:
                self.begun = True
                yield ReplyPiece(text)
            if choice.finish_reason is not None:
                self._finished = True
                self._filtered = choice.finish_reason == "content_filter"
                yield from self._complete()

    def done(self) -> None:
        """The server says that its answer is complete."""
        self._finished = True

    def end(self) -> Iterator[ReplyPiece]:
        """What is known only now that no more events come.

        Raises:
            ProviderError: the answer was not complete, or was withheld.
        """
        if not self._finished:
            raise ProviderError(f"{self._host} ended the answer in the middle; try again.", ErrorCategory.CONNECTION)
        yield from self._complete()
        if self._usage is not None:
            yield ReplyPiece(tokens=_tokens(self._usage))
        if self._filtered:
            raise ProviderError(f"{self._host} withheld its answer: its content filter.", ErrorCategory.INVALID_REQUEST)

    def _parse(self, data: str) -> _Chunk:
        try:
            chunk = _Chunk.model_validate_json(data)
        except ValidationError:
            message = f"{self._host} sent something that is no chat answer; check base_url."
            raise ProviderError(message, ErrorCategory.BROKEN_ANSWER) from None
        if chunk.error is not None:
            raise _failure(self._host, chunk.error)
        return chunk

    def _take(self, delta: _CallDelta) -> Iterator[ReplyPiece]:
        """A part of a call; a new one begins with a new index, or, where servers count none, with a new id."""
        self.begun = True
        index, last = delta.index or 0, self._asked[-1] if self._asked else None
        if last is None or last.index != index or (delta.id and delta.id != last.id):
            yield from self._complete()
            last = _Asked(index, delta.id or f"call_{uuid4().hex}")
            self._asked.append(last)
        function = delta.function or _Function()
        last.name += function.name or ""
        part = function.arguments or ""
        last.arguments += part if isinstance(part, str) else json.dumps(part)
        if delta.extra_content is not None:
            self._kept[last.id] = delta.extra_content

    def _complete(self) -> Iterator[ReplyPiece]:
        """The calls that are whole now."""
        asked, self._asked = self._asked, []
        for call in asked:
            if not call.name:
                message = f"{self._host} asked for a tool without saying which."
                raise ProviderError(message, ErrorCategory.BROKEN_ANSWER)
            yield ReplyPiece(call=ToolCall(call.id, call.name, call.arguments or "{}"))


def _tokens(usage: _Usage) -> Tokens:
    prompt, written = usage.prompt_tokens or 0, usage.completion_tokens or 0
    details = usage.prompt_tokens_details or _PromptDetails()
    return Tokens(
        prompt,
        max(written, (usage.total_tokens or 0) - prompt),  # where thinking is counted in the total only
        details.cached_tokens or 0,
        details.cache_write_tokens or 0,
    )


def _failure(host: str, error: JsonValue) -> ProviderError:
    """What went wrong while the answer was under way: servers tell it by a status, a code or a type."""
    about = error if isinstance(error, dict) else {"message": error}
    kind = " ".join(str(about.get(key, "")) for key in ("code", "type", "status")).lower()
    words = " ".join(str(about.get("message") or "").split())[:MESSAGE_LIMIT].rstrip(". ")
    because = f": {words}" if words else ""
    if "quota" in kind or "billing" in kind or "402" in kind:
        return ProviderError(f"{host} says the account's quota is used up{because}.", ErrorCategory.QUOTA)
    if "rate_limit" in kind or "429" in kind:
        return ProviderError(f"{host} is limiting requests{because}.", ErrorCategory.RATE_LIMIT)
    if "invalid_request" in kind or "400" in kind or "context_length" in kind:
        return ProviderError(f"{host} rejected the request while answering{because}.", ErrorCategory.INVALID_REQUEST)
    return ProviderError(f"{host} failed while answering{because}; try again.", ErrorCategory.SERVER)
