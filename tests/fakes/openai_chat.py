"""The stand-in of every server that speaks the OpenAI chat protocol, as strict as the real ones.

Written from openai 3.54 and the vendors' documentation. Paths are relative to the base URL: mount it at `/v1`.
"""

import asyncio
import json
from collections import deque
from collections.abc import Mapping, Sequence
from itertools import count as count_from
from typing import Any

from tests.fakes.mind import RULES, Asks, Rule, count, think, words
from tests.fakes.script import Script, Stamps
from tests.fakes.server import Answer, Gone, Refuse, Request, Socket
from tests.fakes.verbatim import Verbatim

PARAMETERS = {
    "model", "messages", "stream", "stream_options", "temperature", "top_p", "seed", "stop", "user", "metadata",
    "max_completion_tokens", "max_tokens", "reasoning_effort", "verbosity", "tools", "tool_choice",
    "parallel_tool_calls", "response_format", "prompt_cache_key", "service_tier", "store",
    "frequency_penalty", "presence_penalty", "n",
}  # fmt: skip
TOOL = {"name", "description", "parameters", "strict"}
FIELDS = {
    "system": {"role", "content"},
    "developer": {"role", "content"},
    "user": {"role", "content"},
    "assistant": {"role", "content", "tool_calls"},
    "tool": {"role", "content", "tool_call_id"},
}


def event(content: str | None = None, **chunk: Any) -> bytes:
    """One event of the stream."""
    choices = [] if content is None else [{"index": 0, "delta": {"content": content}, "finish_reason": None}]
    body = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": choices}
    return b"data: " + json.dumps(body | chunk, ensure_ascii=False).encode() + b"\n\n"


def delta(finish: str | None = None, **parts: Any) -> bytes:
    """One event that says more, or something else, than a word."""
    return event(choices=[{"index": 0, "delta": parts, "finish_reason": finish}])


OPENING = delta(role="assistant", content="")
STOP = delta("stop")
USAGE = event(usage={"prompt_tokens": 11, "completion_tokens": 3, "total_tokens": 14})
DONE = b"data: [DONE]\n\n"


def said(*tokens: str) -> Verbatim:
    """A well-behaved answer."""
    return Verbatim((OPENING, *map(event, tokens), STOP, USAGE, DONE))


def refused(status: int, message: str, headers: Mapping[str, str] | None = None) -> Verbatim:
    """An error as the vendor words it."""
    body = json.dumps({"error": {"message": message, "type": "invalid_request_error", "param": None, "code": None}})
    return Verbatim((body.encode(),), status, {"Content-Type": "application/json", **(headers or {})})


class OpenAiChat:
    """Says what the script says, asks for tools by its rules; `answers`, as long as there are any, come first."""

    def __init__(self, script: Script | None = None, key: str | None = None, *answers: Verbatim) -> None:
        self.script = script or Script()
        self.stamps = Stamps()
        self.answers = deque(answers)
        self.rules: Sequence[Rule] = RULES
        self.cache_floor = 16
        """The shortest beginning of a prompt that is kept; 1024 tokens at OpenAI."""
        self.models = ["gpt-5.4-mini", "gpt-6-luna"]
        self.chats: list[Any] = []
        """The bodies of all requests for a reply that were not refused."""
        self.asked = asyncio.Event()
        """A client wants to chat."""
        self.drop_idle = False
        """Close every connection after one answer without having said so, as llama.cpp's server does."""
        self._key = key
        self._kept: set[str] = set()
        self._calls = count_from(1)

    async def http(self, request: Request, answer: Answer) -> None:
        """A reply, the list of models, or what is known of the key (`/key` at OpenRouter)."""
        sent = request.headers.get("authorization", "")
        if self._key is not None and sent != f"Bearer {self._key}":
            await refused(401, f"Incorrect API key provided: {sent or 'none'}.").play(answer)
        elif (request.method, request.path) == ("GET", "/models"):
            rows = [{"id": name, "object": "model", "created": 1, "owned_by": "stand-in"} for name in self.models]
            await answer.json({"object": "list", "data": rows})
        elif (request.method, request.path) == ("GET", "/key"):
            await answer.json({"data": {"label": "stand-in", "limit": None, "usage": 0}})
        elif (request.method, request.path) == ("POST", "/chat/completions"):
            self.stamps.now("asked")
            self.asked.set()
            complaint = _complaint(request)
            if complaint is None:
                self.chats.append(request.json())
                await (self.answers.popleft().play(answer) if self.answers else self._reply(self.chats[-1], answer))
            else:
                await refused(400, complaint).play(answer)
        if self.drop_idle:
            raise Gone

    def greet(self, request: Request) -> Refuse | None:
        """No websockets here."""
        return Refuse(404, "Not found.")

    async def talk(self, request: Request, socket: Socket) -> None:
        """Never: `greet` refuses."""
        raise AssertionError("this protocol has no websockets")

    async def _reply(self, body: Any, answer: Answer) -> None:
        messages = body["messages"]
        thought = think(
            self.script,
            self.rules,
            [message["content"] for message in messages if message["role"] == "user"],
            {tool["function"]["name"]: tool["function"].get("parameters", {}) for tool in body.get("tools", ())},
            messages[-1]["content"] if messages[-1]["role"] == "tool" else None,
        )
        longest = body.get("max_completion_tokens") or body.get("max_tokens")
        events, written = (
            _asking(thought, f"call_{next(self._calls)}") if isinstance(thought, Asks) else _saying(thought, longest)
        )
        await answer.pause(self.script.first_token_s)
        await answer.start(200, {"Content-Type": "text/event-stream; charset=utf-8"})
        await answer.send(OPENING)
        self.stamps.now("answered")
        for index, each in enumerate(events):
            if index:
                await answer.pause(self.script.token_s)
            await answer.send(each)
        usage = self._usage(body, written)
        if (body.get("stream_options") or {}).get("include_usage"):
            await answer.send(event(usage=usage))
        await answer.send(DONE)
        await answer.end()

    def _usage(self, body: Any, written: int) -> dict[str, Any]:
        """Counts; the longest beginning of the prompt that was seen before comes from the cache."""
        prompt = cached = 0
        prefix = json.dumps([body["model"], body.get("tools")])
        for message in body["messages"]:
            prefix += json.dumps(message)
            prompt += count(message) + (count(body["tools"]) if not prompt and body.get("tools") else 0)
            cached = prompt if prefix in self._kept else cached
            self._kept.add(prefix)
        return {
            "prompt_tokens": prompt,
            "completion_tokens": written,
            "total_tokens": prompt + written,
            "prompt_tokens_details": {"cached_tokens": cached if cached >= self.cache_floor else 0, "audio_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 0},
        }


def _saying(text: str, longest: int | None) -> tuple[list[bytes], int]:
    tokens = words(text)[:longest]
    finish = "stop" if len(tokens) == len(words(text)) else "length"
    return [*map(event, tokens), delta(finish)], len(tokens)


def _asking(asks: Asks, name: str) -> tuple[list[bytes], int]:
    function = {"name": asks.name, "arguments": ""}
    start = [{"index": 0, "id": name, "type": "function", "function": function}]
    parts = [asks.arguments[at : at + 8] for at in range(0, len(asks.arguments), 8)]
    events = [
        delta(tool_calls=start),
        *(delta(tool_calls=[{"index": 0, "function": {"arguments": part}}]) for part in parts),
        delta("tool_calls"),
    ]
    return events, count(asks.arguments) + count(asks.name)


def _complaint(request: Request) -> str | None:
    """What the real servers refuse."""
    body = request.json()
    if request.headers.get("content-type") != "application/json" or not isinstance(body, dict):
        return "We could not parse the JSON body of your request."
    if unknown := sorted(body.keys() - PARAMETERS):
        return f"Unrecognized request argument supplied: {', '.join(unknown)}"
    if not isinstance(body.get("model"), str) or not body.get("messages"):
        return "Missing required parameter: 'model' or 'messages'."
    if body.get("stream") is not True:
        return "This stand-in is asked for streams."
    for tool in body.get("tools", ()):
        if tool.get("type") != "function" or not tool["function"].keys() <= TOOL:
            return "Invalid 'tools'."
    return _complaint_about(body["messages"])


def _complaint_about(messages: list[Any]) -> str | None:
    waiting: set[str] = set()
    for at, message in enumerate(messages):
        role, content, calls = message.get("role"), message.get("content"), message.get("tool_calls")
        if role not in FIELDS or not message.keys() <= FIELDS[role]:
            return f"Invalid value: 'messages[{at}]'."
        if not isinstance(content, str) and not (role == "assistant" and content is None and calls):
            return f"Invalid type for 'messages[{at}].content'."
        if role == "tool" and message.get("tool_call_id") not in waiting:
            return "Messages with role 'tool' must be a response to a preceeding message with 'tool_calls'."
        if role != "tool" and waiting:
            return "An assistant message with 'tool_calls' must be followed by tool messages for each 'tool_call_id'."
        waiting -= {message.get("tool_call_id")}
        for call in calls or ():
            if not {"id", "type", "function"} <= call.keys() or call["function"].keys() != {"name", "arguments"}:
                return f"Invalid 'messages[{at}].tool_calls'."
            waiting.add(call["id"])
    return "An assistant message with 'tool_calls' must be followed by tool messages." if waiting else None
