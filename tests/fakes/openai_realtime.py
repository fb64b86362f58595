"""The stand-in's realtime transcription sessions (`/realtime?intent=transcription`), as openai 3.54 types them."""

import asyncio
import base64
from collections import deque
from contextlib import suppress
from itertools import count
from typing import Any

from tests.fakes.script import Ear, Script, Stamps
from tests.fakes.server import Gone, Refuse, Request, Socket

RATE_HZ = 24_000
SHORTEST_MS = 100
INTERIM_MS = 300
STREAMING = {"gpt-realtime-whisper", "gpt-live-transcribe"}
"""They say words while they hear them, and judge no turns; the others say words when they are told of a pause."""
HINTS = {"model", "language", "languages", "prompt", "keywords", "delay"}
_TRANSCRIPTION = "conversation.item.input_audio_transcription"


class Transcribing:
    """What sessions have in common, and how they may fail."""

    def __init__(self, script: Script, stamps: Stamps, key: str | None) -> None:
        self.script = script
        self.stamps = stamps
        self.late_s: deque[float] = deque()
        """How much later than the script says the words of the next items come: they may overtake each other."""
        self.fails = 0
        """How many of the next items cannot be transcribed."""
        self.reports: deque[dict[str, Any]] = deque()
        """Errors that are told at the next commits, which are dropped."""
        self.sessions: list[dict[str, Any]] = []
        """What was asked for."""
        self._key = key

    def greet(self, request: Request) -> Refuse | None:
        """Anybody may connect: a refused key is told afterwards."""
        if request.path != "/realtime" or set(request.query) - {"intent", "model"}:
            return Refuse(404, "Not found.")
        assert "openai-beta" not in request.headers, "it asks for a shape that is gone"
        return None

    async def talk(self, request: Request, socket: Socket) -> None:
        """One session."""
        session = _Session(self, socket)
        sent = request.headers.get("authorization", "")
        if self._key is not None and sent != f"Bearer {self._key}":
            message = f"Incorrect API key provided: {sent[:12]}***{sent[-4:]}."
            await session.report("invalid_api_key", message)
            await socket.close(3000, "invalid_request_error.invalid_api_key")
        else:
            try:
                await session.run(request.query)
            finally:
                await session.leave()


class _Session:
    """One connection."""

    def __init__(self, fake: Transcribing, socket: Socket) -> None:
        self._fake = fake
        self._socket = socket
        self._ear = Ear(fake.script, RATE_HZ)
        self._events = count(1)
        self._index = 0
        self._said = ""
        """Of the item that is being spoken."""
        self._model = ""
        self._buffered_ms = self._told_ms = 0.0
        self._answers: set[asyncio.Task[None]] = set()

    @property
    def _item(self) -> str:
        return f"item_{self._index}"

    async def run(self, query: Any) -> None:
        listens_only = query.get("intent") == "transcription" and "model" not in query
        kind = "transcription" if listens_only else "realtime"
        await self._send(
            "session.created", session={"type": kind, "id": "sess_1", "object": f"realtime.{kind}_session"}
        )
        while True:
            message = await self._socket.receive_json()
            assert isinstance(message, dict), "this protocol has text messages only"
            match message:
                case {"type": "session.update", "session": {"type": "transcription"}} if not listens_only:
                    said = "Passing a transcription session update event to a realtime session is not allowed."
                    await self.report("invalid_parameter", said)
                case {"type": "session.update", "session": session}:
                    await self._update(session)
                case {"type": "input_audio_buffer.append", "audio": audio}:
                    assert self._model, "nothing is heard before the session is set up"
                    await self._hear(base64.b64decode(audio, validate=True))
                case {"type": "input_audio_buffer.commit"}:
                    await self._commit()
                case {"type": "input_audio_buffer.clear"}:
                    self._buffered_ms = 0
                    await self._send("input_audio_buffer.cleared")
                case _:
                    await self.report("invalid_value", f"Invalid value: '{message.get('type')}'.")

    async def leave(self) -> None:
        """Nobody waits for what is still to be said."""
        for answer in self._answers:
            answer.cancel()
        if self._answers:
            await asyncio.wait(self._answers)

    async def _update(self, session: dict[str, Any]) -> None:
        self._fake.sessions.append(session)
        if (wrong := _wrong(session)) is not None:
            await self.report(*wrong)
            return
        self._model = session["audio"]["input"]["transcription"]["model"]
        await self._send("session.updated", session={**session, "id": "sess_1"})

    async def _hear(self, pcm: bytes) -> None:
        assert len(pcm) % 2 == 0, "PCM comes in whole samples"
        self._buffered_ms += len(pcm) / 2 / RATE_HZ * 1000
        if self._ear.hear(pcm):
            self._told_ms = self._ear.heard_ms
        elif self._model in STREAMING and self._ear.heard_ms - self._told_ms >= INTERIM_MS:
            self._told_ms = self._ear.heard_ms
            if self._ear.speaking:
                await self._say_more(self._ear.so_far())

    async def _say_more(self, so_far: str) -> None:
        more, self._said = so_far[len(self._said) :], max(so_far, self._said, key=len)
        if more:
            await self._send(f"{_TRANSCRIPTION}.delta", item_id=self._item, content_index=0, delta=more)

    async def _commit(self) -> None:
        if self._fake.reports:
            await self._send("error", error=self._fake.reports.popleft())
            return
        if self._buffered_ms < SHORTEST_MS:
            there = f"Expected at least 100ms of audio, but buffer only has {self._buffered_ms:.2f}ms of audio."
            message = f"Error committing input audio buffer: buffer too small. {there}"
            await self.report("input_audio_buffer_commit_empty", message)
            return
        self._fake.stamps.now("asked")
        item, before = self._item, f"item_{self._index - 1}" if self._index else None
        said, self._said, self._buffered_ms = self._said, "", 0
        self._index += 1
        await self._send("input_audio_buffer.committed", item_id=item, previous_item_id=before)
        content: list[Any] = [{"type": "input_audio", "transcript": None}]
        added = {"id": item, "object": "realtime.item", "type": "message", "role": "user", "content": content}
        await self._send("conversation.item.added", item=added, previous_item_id=before)
        task = asyncio.get_running_loop().create_task(self._answer(item, said, self._ear.final()))
        self._answers.add(task)
        task.add_done_callback(self._answers.discard)

    async def _answer(self, item: str, said: str, text: str) -> None:
        late_s = self._fake.late_s.popleft() if self._fake.late_s else 0.0
        failed, self._fake.fails = self._fake.fails > 0, max(0, self._fake.fails - 1)
        await asyncio.sleep(self._fake.script.final_s + late_s)
        part = {"item_id": item, "content_index": 0}
        with suppress(Gone):
            if failed:
                error = {"type": "server_error", "code": None, "message": "Input transcription failed.", "param": None}
                await self._send(f"{_TRANSCRIPTION}.failed", **part, error=error)
                return
            if text[len(said) :]:
                await self._send(f"{_TRANSCRIPTION}.delta", **part, delta=text[len(said) :])
            self._fake.stamps.now("answered")
            usage = {"type": "duration", "seconds": 1}
            await self._send(f"{_TRANSCRIPTION}.completed", **part, transcript=text, usage=usage)

    async def report(self, code: str, message: str) -> None:
        """An error the client has made."""
        error = {"type": "invalid_request_error", "code": code, "message": message, "param": None, "event_id": None}
        await self._send("error", error=error)

    async def _send(self, kind: str, **content: Any) -> None:
        await self._socket.send({"type": kind, "event_id": f"event_{next(self._events)}", **content})


def _wrong(session: dict[str, Any]) -> tuple[str, str] | None:
    """The code and words of what the vendor holds against a session."""
    listening = session["audio"]["input"]
    hints = listening["transcription"]
    model = hints["model"]
    assert listening["format"] == {"type": "audio/pcm", "rate": RATE_HZ}
    if unknown := sorted(session.keys() - {"type", "audio", "include"}):
        return "unknown_parameter", f"Unknown parameter: 'session.{unknown[0]}'."
    if unknown := sorted(hints.keys() - HINTS):
        return "unknown_parameter", f"Unknown parameter: 'session.audio.input.transcription.{unknown[0]}'."
    if listening.get("turn_detection") is not None:
        if model in STREAMING:
            return "invalid_value", "Turn detection is not supported for this transcription model."
        assert False, "this stand-in is told of pauses"  # noqa: B011, PT015 - no vendor's refusal
    if (listening.get("noise_reduction") or {}).get("type", "near_field") not in ("near_field", "far_field"):
        return "invalid_value", "Invalid value for 'session.audio.input.noise_reduction.type'."
    if "prompt" in hints and model == "gpt-realtime-whisper":
        return "invalid_value", "Prompt is not supported for this transcription model."
    if "delay" in hints and model not in STREAMING:
        return "invalid_value", "Delay is not supported for this transcription model."
    if "keywords" in hints and model not in ("gpt-transcribe", "gpt-live-transcribe"):
        return "invalid_value", "Keywords are not supported for this transcription model."
    return None
