"""A server that speaks the OpenAI chat protocol over real sockets: as strict as the real ones, as bad as it is told."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

PARAMETERS = {"model", "messages", "stream", "stream_options", "temperature", "max_completion_tokens"}
ROLES = {"system", "user", "assistant"}


@dataclass(frozen=True)
class Answer:
    """One scripted answer: bytes are sent as one chunk each, numbers are waited for in seconds."""

    parts: tuple[bytes | float, ...] = ()
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=lambda: {"Content-Type": "text/event-stream"})
    complete: bool = True
    """False: the connection is cut where the end of the body should come."""


def event(content: str | None = None, **chunk: Any) -> bytes:
    """One event of the stream."""
    choices = [] if content is None else [{"index": 0, "delta": {"content": content}, "finish_reason": None}]
    body = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "choices": choices, **chunk}
    return b"data: " + json.dumps(body, ensure_ascii=False).encode() + b"\n\n"


OPENING = event(choices=[{"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}])
STOP = event(choices=[{"index": 0, "delta": {}, "finish_reason": "stop"}])
USAGE = event(usage={"prompt_tokens": 11, "completion_tokens": 3, "total_tokens": 14})
DONE = b"data: [DONE]\n\n"


def said(*tokens: str) -> Answer:
    """A well-behaved answer."""
    return Answer((OPENING, *map(event, tokens), STOP, USAGE, DONE))


def refused(status: int, message: str, headers: Mapping[str, str] | None = None) -> Answer:
    """An error as the vendor words it."""
    body = json.dumps({"error": {"message": message, "type": "error", "code": None}}).encode()
    return Answer((body,), status, {"Content-Type": "application/json", **(headers or {})})


@dataclass(frozen=True)
class Request:
    """What a client sent."""

    line: str
    headers: Mapping[str, str]
    body: Any


class OpenAiChatServer:
    """Listens on loopback while it is entered; plays `answers` in order, one for each chat request."""

    def __init__(self, *answers: Answer, key: str | None = None, drop_idle: bool = False) -> None:
        self.answers = list(answers)
        self.requests: list[Request] = []
        self.connections = 0
        self.hung_up = asyncio.Event()
        """The client left in the middle of an answer."""
        self.asked = asyncio.Event()
        """A client wants to chat."""
        self._serving: set[asyncio.Task[None]] = set()
        self._key = key
        self._drop_idle = drop_idle
        """Close every connection after one answer without having said so, as llama.cpp's server does."""

    async def __aenter__(self) -> "OpenAiChatServer":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *error: object) -> None:
        self._server.close()
        await self._server.wait_closed()
        if self._serving:
            await asyncio.wait(self._serving, timeout=1)

    @property
    def base_url(self) -> str:
        host, port = self._server.sockets[0].getsockname()
        return f"http://{host}:{port}/v1"

    @property
    def chats(self) -> list[Request]:
        return [request for request in self.requests if request.line.startswith("POST")]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)
        try:
            while (request := await self._read(reader)) is not None:
                self.requests.append(request)
                if not await self._play(self._answer_to(request), reader, writer) or self._drop_idle:
                    break
        except ConnectionError:
            self.hung_up.set()
        finally:
            writer.close()

    async def _read(self, reader: asyncio.StreamReader) -> Request | None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("ascii").split("\r\n")
        except asyncio.IncompleteReadError:
            return None
        headers = {name.lower(): value for name, _, value in (row.partition(": ") for row in head[1:] if row)}
        raw = await reader.readexactly(int(headers.get("content-length", 0)))
        return Request(head[0], headers, json.loads(raw) if raw else None)

    def _answer_to(self, request: Request) -> Answer:
        if self._key is not None and request.headers.get("authorization") != f"Bearer {self._key}":
            return refused(401, f"Incorrect API key provided: {request.headers.get('authorization', 'none')}.")
        if request.line == "GET /v1/models HTTP/1.1":
            return Answer((b'{"object": "list", "data": []}',), 200, {"Content-Type": "application/json"})
        if request.line != "POST /v1/chat/completions HTTP/1.1":
            return refused(404, "Not found.")
        self.asked.set()
        return self._complaint(request) or self.answers.pop(0)

    def _complaint(self, request: Request) -> Answer | None:
        """What the real server would refuse."""
        body = request.body
        if request.headers.get("content-type") != "application/json" or not isinstance(body, dict):
            return refused(400, "We could not parse the JSON body of your request.")
        if unknown := sorted(body.keys() - PARAMETERS):
            return refused(400, f"Unrecognized request argument supplied: {', '.join(unknown)}")
        if not isinstance(body.get("model"), str) or not body.get("messages"):
            return refused(400, "Missing required parameter.")
        for message in body["messages"]:
            if message.keys() != {"role", "content"} or message["role"] not in ROLES:
                return refused(400, "Invalid message.")
        if body.get("stream") is not True or body.get("stream_options") != {"include_usage": True}:
            return refused(400, "This server is asked for streams with usage.")
        return None

    async def _play(self, answer: Answer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Send one answer; False when the connection is of no more use."""
        rows = [f"HTTP/1.1 {answer.status} X", "Transfer-Encoding: chunked"]
        rows += [f"{name}: {value}" for name, value in answer.headers.items()]
        writer.write("\r\n".join([*rows, "", ""]).encode())
        for part in answer.parts:
            if isinstance(part, bytes):
                writer.write(b"%x\r\n%b\r\n" % (len(part), part))
                await writer.drain()
            elif await _left_within(reader, part):
                self.hung_up.set()
                return False
        if not answer.complete:
            return False
        writer.write(b"0\r\n\r\n")
        await writer.drain()
        return True


async def _left_within(reader: asyncio.StreamReader, wait_s: float) -> bool:
    try:
        async with asyncio.timeout(wait_s):
            return await reader.read(1) == b""
    except TimeoutError:
        return False
