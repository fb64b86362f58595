"""The call in a process of its own, and the window's end of the link to it.

A window that stalls for 150 ms delays a pipeline on its own event loop by 149 ms, one in a thread by 8,
one in a process by 2; and only a process is safe from native code that keeps Python's lock. The process
outlives calls, so that models stay loaded. What goes over the pipe is JSON. Must not know Qt.
"""

import asyncio
import json
import multiprocessing
import queue
import signal
import threading
from collections.abc import Coroutine
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from studio.app.voice_link import CallFailed, CallOver, CallRequest, Message, Priced, Progress
from studio.model import event_json
from studio.model.audio import AudioBlock
from studio.model.errors import StudioError
from studio.model.events import AgentAudio, Event, UserAudio
from studio.model.terms import Stage, Track
from studio.pipeline.tasks import Tasks

if TYPE_CHECKING:  # the window's process loads no pipeline
    from studio.app.call import Call

_QUEUE_LIMIT = 2000
"""Messages that may wait for the window, half a minute's worth; beyond it drawing updates are dropped."""
_POLL_LIMIT = 500
"""Messages handed to the window at a time, so that after a stall it stays responsive."""
_GOODBYE_S = 5.0
"""How long the process may take to end a call in order."""
_MARGIN_S = 2.0
"""How much longer the window waits before it ends the process by force."""

_REQUEST = TypeAdapter(CallRequest)
_STATUS: dict[str, TypeAdapter[Progress] | TypeAdapter[Priced] | TypeAdapter[CallFailed] | TypeAdapter[CallOver]] = {
    "Progress": TypeAdapter(Progress),
    "Priced": TypeAdapter(Priced),
    "CallFailed": TypeAdapter(CallFailed),
    "CallOver": TypeAdapter(CallOver),
}


def _encode(message: Message) -> bytes:
    name = type(message).__name__
    if name in _STATUS:
        content = {"status": name, **_STATUS[name].dump_python(message, mode="json")}  # type: ignore[arg-type]
    else:
        content = event_json.to_json(message)  # type: ignore[arg-type]
    return json.dumps(content).encode()


def _decode(content: bytes) -> Message:
    record = json.loads(content)
    name = record.pop("status", None)
    return event_json.from_json(record) if name is None else _STATUS[name].validate_python(record)


class VoiceProcess:
    """The window's end (port `VoiceLink`). The process starts at once, so that it is there when needed."""

    def __init__(self) -> None:
        self._lost = False
        self._process, self._connection = _spawn()

    def start(self, request: CallRequest) -> None:
        """Begin a call; its progress, events and end come through `poll`."""
        if not self._process.is_alive():
            self._lost = False
            self._process, self._connection = _spawn()
        self._send("start", _REQUEST.dump_python(request, mode="json"))

    def hang_up(self) -> None:
        """End the call."""
        self._send("hang_up")

    def mute(self, on: bool) -> None:
        """Switch the microphone off or on."""
        self._send("mute", on)

    def stop_agent(self) -> None:
        """Silence the agent."""
        self._send("stop_agent")

    def record_audio(self, on: bool) -> None:
        """Record sound, or only events."""
        self._send("record_audio", on)

    def use_microphone(self, name: str | None) -> None:
        """Listen to this device from now on."""
        self._send("use_microphone", name)

    def use_speaker(self, name: str | None) -> None:
        """Speak through this device from now on."""
        self._send("use_speaker", name)

    def poll(self) -> list[Message]:
        """What has happened since the last time, at most 500 messages."""
        messages: list[Message] = []
        try:
            while len(messages) < _POLL_LIMIT and self._connection.poll():
                messages.append(_decode(self._connection.recv_bytes()))
        except (EOFError, OSError):
            if not self._lost:
                self._lost = True
                messages.append(CallFailed("The voice process ended unexpectedly; start the call again."))
        return messages

    def close(self) -> None:
        """End everything, also a call under way."""
        self._connection.close()
        self._process.join(_GOODBYE_S + _MARGIN_S)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()

    def _send(self, command: str, argument: object = None) -> None:
        # A broken pipe means that the process is gone, which `poll` tells.
        with suppress(OSError):
            self._connection.send_bytes(json.dumps([command, argument]).encode())


def _spawn() -> tuple[SpawnProcess, Connection]:
    # A forked process would inherit the window's Qt and audio threads half alive.
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=serve, args=(theirs,), name="voice", daemon=True)
    process.start()
    theirs.close()
    return process, ours


def serve(connection: Connection) -> None:
    """The voice process: obeys commands until the window is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is the window's business
    asyncio.run(_Server(connection).run())


class _Outbox:
    """Sends messages from a thread of its own (and reads a call as a `Subscriber`); never holds up the call."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._queue: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="voice outbox", daemon=True)
        self._thread.start()
        self.dropped = 0

    def on_audio(self, track: Track, block: AudioBlock, rate_hz: int) -> None:
        """The window draws from events; sound stays here."""

    def on_event(self, event: Event) -> None:
        """Send an event; one that is only drawn is dropped where the window has fallen far behind."""
        if isinstance(event, UserAudio | AgentAudio) and self._queue.qsize() > _QUEUE_LIMIT:
            self.dropped += 1
        else:
            self._queue.put(event)

    def put(self, message: Message) -> None:
        """Send a message."""
        self._queue.put(message)

    def close(self) -> None:
        """Send what is queued, and end."""
        self._queue.put(None)
        self._thread.join(_GOODBYE_S)

    def _run(self) -> None:
        # A broken pipe means that the window is gone, which ends the whole process.
        with suppress(OSError):
            while (message := self._queue.get()) is not None:
                self._connection.send_bytes(_encode(message))


class _Server:
    """Obeys the window's commands, one call at a time."""

    def __init__(self, connection: Connection) -> None:
        from studio.app.call import Call, Surroundings
        from studio.app.engines import Engines
        from studio.audio.devices import SoundSystem

        self._make_call = Call
        self._connection = connection
        self._outbox = _Outbox(connection)
        self._engines = Engines(self._outbox.put)
        self._surroundings = Surroundings(self._engines, SoundSystem(), (self._outbox,))
        self._call: Call | None = None
        self._tasks = Tasks(self._failed)
        self._window_gone = asyncio.Event()

    async def run(self) -> None:
        """Until the window is gone."""
        loop = asyncio.get_running_loop()
        threading.Thread(target=self._read, args=(loop,), name="voice inbox", daemon=True).start()
        await self._window_gone.wait()
        if self._call is not None:
            await self._call.hang_up()
            await self._tasks.settle(_GOODBYE_S)
        await self._tasks.close()
        await self._engines.close()
        self._outbox.close()

    def _read(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            while True:
                command, argument = json.loads(self._connection.recv_bytes())
                loop.call_soon_threadsafe(self._obey, command, argument)
        except (EOFError, OSError):
            with suppress(RuntimeError):  # the loop may have ended first
                loop.call_soon_threadsafe(self._window_gone.set)

    def _obey(self, command: str, argument: Any) -> None:
        call = self._call
        if command == "start":
            if call is None:
                self._begin(_REQUEST.validate_python(argument))
            return
        if call is None:
            return
        match command:
            case "hang_up":
                self._later(call.hang_up())
            case "mute":
                call.mute(argument)
            case "stop_agent":
                call.stop_agent()
            case "record_audio":
                call.record_audio(argument)
            case "use_microphone":
                self._later(call.use_microphone(argument))
            case "use_speaker":
                self._later(call.use_speaker(argument))

    def _later(self, work: Coroutine[None, None, None]) -> None:
        self._tasks.start("command", work)

    def _begin(self, request: CallRequest) -> None:
        # At once, not in the task: the next command may come before that has run.
        try:
            self._call = self._make_call(request, self._surroundings)
        except Exception as error:  # noqa: BLE001 - whatever it is, the window must not wait for ever
            self._failed("call", error)
        else:
            self._outbox.put(Priced(self._call.prices))
            self._tasks.start("call", self._hold(self._call))

    async def _hold(self, call: "Call") -> None:
        await call.run()
        self._over()

    def _failed(self, task: str, error: Exception) -> None:
        message = str(error) if isinstance(error, StudioError) else f"{type(error).__name__}: {error}"
        if task == "call":
            self._outbox.put(CallFailed(message))
            self._over()
        elif self._call is not None:
            self._call.trouble(Stage.AUDIO, message)

    def _over(self) -> None:
        session = self._call.session if self._call is not None else None
        self._call = None
        self._outbox.put(CallOver(str(session) if session else None, self._outbox.dropped))
