"""A loopback server for stand-ins of vendors: real HTTP/1.1, server-sent events and websockets over real sockets.

It knows no vendor: a `Fake` answers requests. It misbehaves as it is told, on the wire itself: an answer may be
refused, cut, stalled, slowed or split anywhere.
"""

import asyncio
import json
import logging
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import parse_qsl, unquote, urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode
from websockets.http11 import Request as Handshake
from websockets.protocol import State
from websockets.server import ServerProtocol

_SILENT = logging.getLogger("tests.fakes.wire")
"""What websockets would log of a handshake holds the key, and a test looks for keys in the log."""
_SILENT.disabled = True


@dataclass(frozen=True)
class Request:
    """What a client asked."""

    method: str
    path: str
    """Below the fake's mount, without the query."""
    query: Mapping[str, str]
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes = b""

    def json(self) -> Any:
        """The body; None where it is no JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


@dataclass(frozen=True)
class Refuse:
    """The next request or handshake gets this status."""

    status: int
    message: str = "Something is wrong."
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class OnTheWire:
    """What happens to the bytes of an answer, its head included."""

    split_at: int | None = None
    """This many bytes arrive by themselves, the rest later."""
    byte_by_byte: bool = False
    cut_after: int | None = None
    """The connection is reset after this many bytes."""
    stall_after: int | None = None
    """Nothing more comes after this many bytes; the connection stays open. 0: half-open from the start."""
    bytes_a_second: float | None = None


Fault = Refuse | OnTheWire


class Gone(Exception):
    """The client has left."""


class _Wire:
    """The way back to a client, as bad as it is told."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self.fault = OnTheWire()
        self.sent = 0
        """Bytes of this answer."""
        self._meter: Callable[[int], None] = lambda _count: None

    def begin(self, fault: OnTheWire, meter: Callable[[int], None]) -> None:
        """Another answer, which may be as bad as this; its bytes are told to `meter`."""
        self.fault, self.sent, self._meter = fault, 0, meter

    @property
    def stalled(self) -> bool:
        return self.fault.stall_after is not None and self.sent > self.fault.stall_after

    async def send(self, data: bytes) -> None:
        fault, start = self.fault, self.sent
        self.sent += len(data)
        self._meter(len(data))
        if fault.stall_after is not None and self.sent > fault.stall_after:
            data = data[: max(0, fault.stall_after - start)]
        elif fault.cut_after is not None and self.sent > fault.cut_after:
            self._writer.write(data[: max(0, fault.cut_after - start)])
            self._writer.transport.abort()
            raise Gone
        for piece in self._pieces(data, start):
            if self._writer.is_closing():
                raise Gone
            self._writer.write(piece)
            try:
                await self._writer.drain()
            except ConnectionError as error:
                raise Gone from error
            if fault.bytes_a_second:
                await asyncio.sleep(len(piece) / fault.bytes_a_second)
            elif piece is not data:
                await asyncio.sleep(0)

    def _pieces(self, data: bytes, start: int) -> list[bytes]:
        fault = self.fault
        if fault.byte_by_byte or fault.bytes_a_second:
            return [data[index : index + 1] for index in range(len(data))]
        if fault.split_at is not None and 0 < (at := fault.split_at - start) < len(data):
            return [data[:at], data[at:]]
        return [data]


class Answer:
    """An HTTP answer, in one go or as a stream."""

    def __init__(self, wire: _Wire, reader: asyncio.StreamReader) -> None:
        self._wire = wire
        self._reader = reader
        self.started = False

    async def start(self, status: int = 200, headers: Mapping[str, str] | None = None) -> None:
        """Status and headers of a streamed answer."""
        self.started = True
        rows = [f"HTTP/1.1 {status} X", "Transfer-Encoding: chunked"]
        rows += [f"{name}: {value}" for name, value in (headers or {}).items()]
        await self._wire.send("\r\n".join([*rows, "", ""]).encode())

    async def send(self, data: bytes) -> None:
        """A piece of a streamed answer."""
        if data:
            await self._wire.send(b"%x\r\n%b\r\n" % (len(data), data))

    async def event(self, content: Any, name: str | None = None) -> None:
        """A server-sent event with a JSON object, or a string as it is."""
        text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
        kind = f"event: {name}\n" if name else ""
        await self.send(f"{kind}data: {text}\n\n".encode())

    async def end(self) -> None:
        """The end of a streamed answer."""
        await self._wire.send(b"0\r\n\r\n")

    async def json(self, content: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> None:
        """A whole answer."""
        await self.data(json.dumps(content).encode(), "application/json", status, headers)

    async def data(self, body: bytes, kind: str, status: int = 200, headers: Mapping[str, str] | None = None) -> None:
        """A whole answer of some content type."""
        self.started = True
        rows = [f"HTTP/1.1 {status} X", f"Content-Type: {kind}", f"Content-Length: {len(body)}"]
        rows += [f"{name}: {value}" for name, value in (headers or {}).items()]
        await self._wire.send("\r\n".join([*rows, "", ""]).encode() + body)

    async def pause(self, seconds: float) -> None:
        """Wait; a client that leaves meanwhile ends the answer.

        Raises:
            Gone: it has left.
        """
        try:
            async with asyncio.timeout(max(0.0, seconds)):
                if await self._reader.read(1) == b"":
                    raise Gone
        except TimeoutError:
            pass
        except ConnectionError as error:
            raise Gone from error


class Socket:
    """A websocket that a client has opened."""

    def __init__(self, protocol: ServerProtocol, wire: _Wire, reader: asyncio.StreamReader) -> None:
        self._protocol = protocol
        self._wire = wire
        self._reader = reader
        self._received: deque[str | bytes] = deque()
        self._sending = asyncio.Lock()
        self.sent: list[Any] = []
        """Everything that was sent, JSON as objects."""

    async def receive(self) -> str | bytes:
        """The next message.

        Raises:
            Gone: the client has left.
        """
        while not self._received:
            self._take_in()
            await self._flush()
            if self._received:
                break
            if self._protocol.state is not State.OPEN:
                raise Gone
            try:
                data = await self._reader.read(65536)
            except ConnectionError as error:
                raise Gone from error
            if not data:
                raise Gone
            self._protocol.receive_data(data)
        return self._received.popleft()

    async def receive_json(self) -> Any:
        """The next message, which must be a JSON text; a binary one is given as bytes."""
        message = await self.receive()
        return json.loads(message) if isinstance(message, str) else message

    async def send(self, message: Any) -> None:
        """Bytes as they are, a string as text, anything else as JSON.

        Raises:
            Gone: the client has left.
        """
        self.sent.append(message)
        if self._protocol.state is not State.OPEN:
            raise Gone
        if isinstance(message, bytes):
            self._protocol.send_binary(message)
        else:
            text = message if isinstance(message, str) else json.dumps(message, ensure_ascii=False)
            self._protocol.send_text(text.encode())
        await self._flush()

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Hang up, saying why."""
        if self._protocol.state is State.OPEN:
            self._protocol.send_close(code, reason)
            await self._flush()

    def _take_in(self) -> None:
        for event in self._protocol.events_received():
            if isinstance(event, Frame) and event.opcode is Opcode.TEXT:
                self._received.append(bytes(event.data).decode())
            elif isinstance(event, Frame) and event.opcode is Opcode.BINARY:
                self._received.append(bytes(event.data))

    async def _flush(self) -> None:
        async with self._sending:  # a pong must not end up within an answer that is sent in pieces
            for data in self._protocol.data_to_send():
                if data:
                    await self._wire.send(data)


class Fake(Protocol):
    """A vendor's stand-in."""

    async def http(self, request: Request, answer: Answer) -> None:
        """Answer a request."""

    def greet(self, request: Request) -> Refuse | None:
        """Whether a websocket may be opened; None: yes."""

    async def talk(self, request: Request, socket: Socket) -> None:
        """Serve a websocket until it is over."""


class FakeServer:
    """Listens on loopback while it is entered.

    `mounts` are fakes by the path they are found under, `""` for one at the root.
    """

    def __init__(self, mounts: Mapping[str, Fake], port: int = 0) -> None:
        self._mounts = dict(sorted(mounts.items(), key=lambda item: -len(item[0])))
        self._port = port
        self.requests: list[Request] = []
        """Every request and handshake, also those that were refused."""
        self.connections = 0
        self.open = 0
        """Connections that are open now."""
        self.left = asyncio.Event()
        """A client has left in the middle of an answer or a conversation."""
        self.sent: list[tuple[Request, int]] = []
        """How many bytes each answer or conversation had so far."""
        self.failures: list[Exception] = []
        """What the fakes themselves did wrong, or hold against the client: a test must look at it."""
        self._faults: deque[tuple[Fault, Callable[[Request], bool]]] = deque()
        self._serving: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()

    def misbehave(self, *faults: Fault, on: Callable[[Request], bool] = lambda _request: True) -> None:
        """The next requests for which `on` is true meet these faults, one each."""
        self._faults.extend((fault, on) for fault in faults)

    def drop_connections(self) -> None:
        """Reset every connection that is open: who comes again meets what `misbehave` says."""
        for writer in list(self._writers):
            writer.transport.abort()

    async def __aenter__(self) -> "FakeServer":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port)
        return self

    async def __aexit__(self, *error: object) -> None:
        self._server.close()
        for _ in range(3):  # who has just connected begins to be served only now
            await asyncio.sleep(0)
            for task in self._serving:
                task.cancel()
            if self._serving:
                await asyncio.wait(self._serving, timeout=1)
        await self._server.wait_closed()

    def url(self, mount: str = "") -> str:
        """The base URL of a fake."""
        host, port = self._server.sockets[0].getsockname()
        return f"http://{host}:{port}{mount}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open += 1
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)
        wire = _Wire(writer)
        self._writers.add(writer)
        try:
            while await self._one(reader, wire):
                pass
        except (Gone, ConnectionError, ConnectionClosed):
            self.left.set()
        except AssertionError as error:
            self.failures.append(error)
        except asyncio.CancelledError:
            pass  # by `__aexit__`; asyncio before 3.12 complains about streams whose server was cancelled
        finally:
            self.open -= 1
            self._writers.discard(writer)
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, wire: _Wire) -> bool:
        """Serve one request; False when the connection is of no more use."""
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            return False
        rows = head.decode("latin-1").split("\r\n")
        method, target, _ = rows[0].split(" ", 2)
        headers = {name.lower(): value for name, _, value in (row.partition(": ") for row in rows[1:] if row)}
        body = await self._body(reader, headers)
        parts = urlsplit(target)
        mount = next((m for m in self._mounts if parts.path == m or parts.path.startswith(f"{m}/")), None)
        path = unquote(parts.path[len(mount or "") :])
        request = Request(method, path, dict(parse_qsl(parts.query, keep_blank_values=True)), headers, body)
        self.requests.append(request)
        fault = self._fault_for(request)
        wire.begin(fault if isinstance(fault, OnTheWire) else OnTheWire(), self._meter(request))
        if headers.get("upgrade", "").lower() == "websocket":
            await self._socket(request, head, mount, fault, (reader, wire))
            return False
        answer = Answer(wire, reader)
        if isinstance(fault, Refuse):
            await answer.json({"error": {"message": fault.message}}, fault.status, fault.headers)
        elif mount is None:
            await answer.json({"error": {"message": "Not found."}}, 404)
        else:
            await self._mounts[mount].http(request, answer)
            if not answer.started:
                await answer.json({"error": {"message": f"No {method} {path} here."}}, 404)
        while wire.stalled and await reader.read(4096):
            pass  # until the client gives up
        return wire.fault == OnTheWire()

    def _meter(self, request: Request) -> Callable[[int], None]:
        index = len(self.sent)
        self.sent.append((request, 0))

        def count(more: int) -> None:
            self.sent[index] = (request, self.sent[index][1] + more)

        return count

    async def _body(self, reader: asyncio.StreamReader, headers: Mapping[str, str]) -> bytes:
        if headers.get("transfer-encoding") != "chunked":
            return await reader.readexactly(int(headers.get("content-length", 0)))
        body = b""
        while size := int((await reader.readline()).split(b";")[0], 16):
            body += (await reader.readexactly(size + 2))[:-2]
        await reader.readline()
        return body

    def _fault_for(self, request: Request) -> Fault | None:
        for index, (fault, on) in enumerate(self._faults):
            if on(request):
                del self._faults[index]
                return fault
        return None

    async def _socket(
        self,
        request: Request,
        head: bytes,
        mount: str | None,
        fault: Fault | None,
        streams: tuple[asyncio.StreamReader, _Wire],
    ) -> None:
        reader, wire = streams
        protocol = ServerProtocol(max_size=16 << 20, logger=_SILENT)
        protocol.receive_data(head)
        [handshake] = protocol.events_received()
        assert isinstance(handshake, Handshake)
        refusal = fault if isinstance(fault, Refuse) else None
        if refusal is None:
            refusal = Refuse(404, "Not found.") if mount is None else self._mounts[mount].greet(request)
        if refusal is not None:
            answer = Answer(wire, reader)
            await answer.json({"error": {"message": refusal.message}}, refusal.status, refusal.headers)
            return
        protocol.send_response(protocol.accept(handshake))
        socket = Socket(protocol, wire, reader)
        await socket._flush()
        try:
            await self._mounts[mount or ""].talk(request, socket)
        finally:
            await socket.close()
