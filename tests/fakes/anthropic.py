"""Anthropic's stand-in: `/v1/messages` with its prompt cache. Written from anthropic 2.12 and the documentation."""

import asyncio
import json
from collections import deque
from collections.abc import Sequence
from itertools import count as count_from
from typing import Any

from tests.fakes.mind import RULES, Asks, Rule, count, think, words
from tests.fakes.script import Script, Stamps
from tests.fakes.server import Answer, Refuse, Request, Socket
from tests.fakes.verbatim import Verbatim

PARAMETERS = {
    "model", "max_tokens", "messages", "stream", "system", "tools", "tool_choice", "temperature", "top_p", "top_k",
    "stop_sequences", "thinking", "output_config", "cache_control", "metadata", "service_tier", "speed",
}  # fmt: skip
BLOCKS = {
    "text": {"type", "text", "cache_control"},
    "tool_use": {"type", "id", "name", "input", "cache_control"},
    "tool_result": {"type", "tool_use_id", "content", "is_error", "cache_control"},
}
NO_SAMPLING = ("claude-haiku-5", "claude-sonnet-5", "claude-opus-5", "claude-fable-5")
ALWAYS_THINKS = ("claude-sonnet-5-5", "claude-opus-5-5", "claude-fable-5")
"""Models that refuse `thinking: disabled`."""
LOOKS_BACK = 20
"""Blocks before a mark in which what is kept is looked for."""
MOST_MARKS = 4


def event(kind: str, **content: Any) -> bytes:
    """One event of the stream."""
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **content}, ensure_ascii=False)}\n\n".encode()


def opening(**usage: int) -> bytes:
    """The event that a message begins with."""
    message: dict[str, Any] = {
        "id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": [], "stop_reason": None,
        "stop_sequence": None, "usage": {"input_tokens": 11, "output_tokens": 1, **usage},
    }  # fmt: skip
    return event("message_start", message=message)


def text(word: str, index: int = 0) -> bytes:
    """A word."""
    return event("content_block_delta", index=index, delta={"type": "text_delta", "text": word})


def block(content: dict[str, Any], index: int = 0) -> bytes:
    """A block begins."""
    return event("content_block_start", index=index, content_block=content)


def block_end(index: int = 0) -> bytes:
    """A block ends."""
    return event("content_block_stop", index=index)


def ending(reason: str = "end_turn", written: int = 3) -> tuple[bytes, bytes]:
    """The events that a message ends with."""
    delta = {"stop_reason": reason, "stop_sequence": None}
    return event("message_delta", delta=delta, usage={"output_tokens": written}), event("message_stop")


PING = event("ping")
TEXT = block({"type": "text", "text": ""})


def said(*tokens: str) -> Verbatim:
    """A well-behaved answer."""
    return Verbatim((opening(), TEXT, PING, *map(text, tokens), block_end(), *ending()))


def error(kind: str, message: str) -> dict[str, Any]:
    """The body of an error."""
    return {"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_1"}


class Anthropic:
    """Says what the script says, asks for tools by its rules; `answers`, as long as there are any, come first."""

    def __init__(self, script: Script | None = None, key: str | None = None, *answers: Verbatim) -> None:
        self.script = script or Script()
        self.stamps = Stamps()
        self.answers = deque(answers)
        self.rules: Sequence[Rule] = RULES
        self.cache_floor = 16
        """The shortest beginning of a prompt that is kept; 512 to 4096 tokens at the vendor, by model."""
        self.breaks: tuple[int, str] | None = None
        """The next reply breaks off after so many words, with an error of this type."""
        self.chats: list[Any] = []
        """The bodies of all requests for a reply that were not refused."""
        self.asked = asyncio.Event()
        """A client wants a reply."""
        self._key = key
        self._kept: set[str] = set()
        self._calls = count_from(1)

    async def http(self, request: Request, answer: Answer) -> None:
        """A reply, or the list of models."""
        headers = request.headers
        keys = {headers.get("authorization", "").removeprefix("Bearer "), headers.get("x-api-key", "")}
        if self._key is not None and self._key not in keys:
            await answer.json(error("authentication_error", f"invalid x-api-key: {max(keys)}"), 401)
        elif "anthropic-version" not in headers:
            await answer.json(error("invalid_request_error", "anthropic-version: header is required"), 400)
        elif (request.method, request.path) == ("GET", "/v1/models"):
            rows = [
                {"type": "model", "id": "claude-haiku-5-5", "display_name": "x", "created_at": "2026-10-07T00:00:00Z"}
            ]
            await answer.json({"data": rows, "has_more": False, "first_id": rows[0]["id"], "last_id": rows[0]["id"]})
        elif (request.method, request.path) == ("POST", "/v1/messages"):
            self.stamps.now("asked")
            self.asked.set()
            body = request.json()
            if (complaint := _complaint(body)) is not None:
                await answer.json(error("invalid_request_error", complaint), 400)
                return
            self.chats.append(body)
            await (self.answers.popleft().play(answer) if self.answers else self._reply(body, answer))

    def greet(self, request: Request) -> Refuse | None:
        """No websockets here."""
        return Refuse(404, "Not found.")

    async def talk(self, request: Request, socket: Socket) -> None:
        """Never: `greet` refuses."""
        raise AssertionError("this API has no websockets")

    async def _reply(self, body: Any, answer: Answer) -> None:
        usage = self._usage(body)
        if not body.get("stream"):
            assert body["max_tokens"] == 0, "what is to be spoken is streamed"
            await answer.json({
                "id": "msg_1", "type": "message", "role": "assistant", "model": body["model"], "content": [],
                "stop_reason": "max_tokens", "stop_sequence": None, "usage": {**usage, "output_tokens": 0},
            })  # fmt: skip
            return
        thought = self._think(body)
        events, written = (
            _asking(thought, f"toolu_{next(self._calls)}") if isinstance(thought, Asks) else _saying(thought, body)
        )
        await answer.pause(self.script.first_token_s)
        await answer.start(200, {"Content-Type": "text/event-stream; charset=utf-8"})
        await answer.send(opening(**usage))
        self.stamps.now("answered")
        for index, each in enumerate(events):
            if self.breaks is not None and index > self.breaks[0]:
                (_, kind), self.breaks = self.breaks, None
                await answer.event(error(kind, "Overloaded"), "error")
                break
            if index > 1:
                await answer.pause(self.script.token_s)
            await answer.send(each)
        else:
            for each in ending("tool_use" if isinstance(thought, Asks) else "end_turn", written):
                await answer.send(each)
        await answer.end()

    def _think(self, body: Any) -> str | Asks:
        blocks = [(message["role"], block) for message in body["messages"] for block in _content(message)]
        last = blocks[-1][1]
        schemas = {tool["name"]: tool["input_schema"] for tool in body.get("tools", ())}
        return think(
            self.script,
            self.rules,
            [block["text"] for role, block in blocks if role == "user" and block["type"] == "text"],
            {} if body.get("tool_choice") == {"type": "none"} else schemas,
            last["content"] if last["type"] == "tool_result" else None,
        )

    def _usage(self, body: Any) -> dict[str, int]:
        """What is read from the cache ends at an earlier request's mark, at most 20 blocks before one of ours."""
        prefixes, sizes, marks = [f"{body['model']} "], [0], []
        for each in _blocks(body):
            bare = {name: value for name, value in each.items() if name != "cache_control"}
            prefixes.append(prefixes[-1] + json.dumps(bare))
            sizes.append(sizes[-1] + count(bare))
            if each.get("cache_control"):
                marks.append(len(sizes) - 1)
        reachable = {at for mark in marks for at in range(max(1, mark - LOOKS_BACK), mark + 1)}
        read = max((sizes[at] for at in reachable if prefixes[at] in self._kept), default=0)
        kept = [mark for mark in marks if sizes[mark] >= self.cache_floor]
        self._kept |= {prefixes[mark] for mark in kept}
        written = max((sizes[mark] for mark in kept), default=read) - read
        return {
            "input_tokens": sizes[-1] - read - written,
            "cache_read_input_tokens": read,
            "cache_creation_input_tokens": written,
        }


def _content(message: Any) -> list[Any]:
    content = message["content"]
    return content if isinstance(content, list) else [{"type": "text", "text": content}]


def _blocks(body: Any) -> list[Any]:
    """The prompt in the order in which it is kept: tools, system, messages."""
    system = body.get("system") or []
    parts = system if isinstance(system, list) else [{"type": "text", "text": system}]
    said = [{"role": message["role"], **block} for message in body["messages"] for block in _content(message)]
    return [*body.get("tools", ()), *parts, *said]


def _saying(reply: str, body: Any) -> tuple[list[bytes], int]:
    tokens = words(reply)[: body["max_tokens"]]
    return [TEXT, *map(text, tokens), block_end()], len(tokens)


def _asking(asks: Asks, name: str) -> tuple[list[bytes], int]:
    parts = [asks.arguments[at : at + 8] for at in range(0, len(asks.arguments), 8)]
    deltas = [{"type": "input_json_delta", "partial_json": part} for part in ("", *parts)]
    start = block({"type": "tool_use", "id": name, "name": asks.name, "input": {}})
    events = [event("content_block_delta", index=0, delta=delta) for delta in deltas]
    return [start, *events, block_end()], count(asks.arguments) + count(asks.name)


def _complaint(body: Any) -> str | None:
    """What the vendor refuses."""
    if not isinstance(body, dict):
        return "The request body is not valid JSON."
    if unknown := sorted(body.keys() - PARAMETERS):
        return f"{unknown[0]}: Extra inputs are not permitted"
    if missing := sorted({"model", "messages", "max_tokens"} - body.keys()):
        return f"{missing[0]}: Field required"
    if body["model"].startswith(NO_SAMPLING) and {"temperature", "top_p", "top_k"} & body.keys():
        return "temperature is not supported for this model"
    if body["model"].startswith(ALWAYS_THINKS) and body.get("thinking") == {"type": "disabled"}:
        return '"thinking.type.disabled" is not supported for this model'
    marks = [each["cache_control"] for each in _blocks(body) if each.get("cache_control")]
    if len(marks) > MOST_MARKS:
        return f"A maximum of 4 blocks with cache_control may be provided. Found {len(marks)}."
    if any(mark["type"] != "ephemeral" or mark.get("ttl", "5m") not in {"5m", "1h"} for mark in marks):
        return "cache_control.ttl: Input should be '5m' or '1h'"
    for tool in body.get("tools", ()):
        if not {"name", "input_schema"} <= tool.keys() <= {"name", "input_schema", "description", "cache_control"}:
            return "tools.0.custom: Extra inputs are not permitted"
    return _complaint_about(body["messages"], bool(body.get("tools")))


def _complaint_about(messages: list[Any], tools: bool) -> str | None:
    if not messages or messages[0]["role"] != "user":
        return 'messages: first message must use the "user" role'
    if messages[-1]["role"] != "user":
        return "This model does not support assistant message prefill. The conversation must end with a user message."
    waiting: set[str] = set()
    for at, message in enumerate(messages):
        blocks = _content(message)
        if message.keys() != {"role", "content"} or message["role"] not in {"user", "assistant"} or not blocks:
            return f"messages.{at}: Input should be a valid message"
        answers = {block.get("tool_use_id") for block in blocks if block["type"] == "tool_result"}
        if missing := sorted(waiting - answers):
            return f"messages.{at}: `tool_use` ids were found without `tool_result` blocks immediately after: {missing}"
        if answers - waiting:
            return f"messages.{at}: unexpected `tool_use_id` found in `tool_result` blocks"
        waiting = {block["id"] for block in blocks if block["type"] == "tool_use"}
        for block in blocks:
            if not block.keys() <= BLOCKS.get(block["type"], set()):
                return f"messages.{at}.content: Extra inputs are not permitted"
            if block["type"] == "text" and not block["text"].strip():
                return f"messages.{at}: text content blocks must contain non-whitespace text"
            if block["type"] == "tool_use" and not isinstance(block["input"], dict):
                return f"messages.{at}.content.tool_use.input: Input should be a valid dictionary"
            if block["type"] != "text" and not tools:
                return "Requests which include `tool_use` or `tool_result` blocks must define tools"
    return None
