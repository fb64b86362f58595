"""The stand-in of every server that hears and speaks as OpenAI's: uploads, realtime transcription, speech.

Written from openai 3.54 and the vendor's documentation. Paths are relative to the base URL: mount it at `/v1`.
"""

import asyncio
import base64
import io
import re
import wave
from contextlib import suppress
from itertools import count
from typing import Any

from tests.fakes.script import Ear, Script, Stamps, pieces, voice
from tests.fakes.server import Answer, Gone, Refuse, Request, Socket

UPLOAD_FIELDS = {
    "file", "model", "language", "prompt", "response_format", "temperature", "timestamp_granularities[]", "stream",
    "chunking_strategy", "include[]",
}  # fmt: skip
SPEECH_FIELDS = {"model", "voice", "input", "instructions", "response_format", "speed", "stream_format"}
RATE_HZ = 24_000
SHORTEST_MS = 100
INTERIM_MS = 300


class OpenAiAudio:
    """Hears what the script says, and speaks."""

    def __init__(self, script: Script | None = None, key: str | None = None) -> None:
        self.script = script or Script()
        self.stamps = Stamps()
        self._key = key
        self._utterance = -1
        self._beginning = b""

    async def http(self, request: Request, answer: Answer) -> None:
        """The list of models, transcriptions and speech."""
        if (refusal := self.refusal(request)) is not None:
            await answer.json({"error": {"message": refusal.message, "code": "invalid_api_key"}}, refusal.status)
            return
        match request.method, request.path:
            case "GET", "/models":
                await answer.json({"object": "list", "data": [{"id": "m", "object": "model"}]})
            case "POST", "/audio/transcriptions":
                await self._transcribe(request, answer)
            case "POST", "/audio/speech":
                await self._speak(request, answer)

    def greet(self, request: Request) -> Refuse | None:
        """A realtime session wants a key and nothing else."""
        if (refusal := self.refusal(request)) is not None:
            return refusal
        if request.path != "/realtime" or set(request.query) - {"intent", "model"}:
            return Refuse(404, "Not found.")
        return None

    async def talk(self, request: Request, socket: Socket) -> None:
        """Transcribe."""
        await _Session(self, socket).run()

    def refusal(self, request: Request) -> Refuse | None:
        """What a wrong key gets; the vendor repeats a part of it."""
        sent = request.headers.get("authorization", "")
        if self._key is not None and sent != f"Bearer {self._key}":
            return Refuse(401, f"Incorrect API key provided: {sent[:12]}***{sent[-4:]}.")
        return None

    async def _transcribe(self, request: Request, answer: Answer) -> None:
        self.stamps.now("asked")
        fields = _form(request)
        if unknown := sorted(fields.keys() - UPLOAD_FIELDS):
            await answer.json({"error": {"message": f"Unrecognized request argument: {', '.join(unknown)}"}}, 400)
        elif not fields.get("model") or "file" not in fields:
            await answer.json({"error": {"message": "you must provide a model parameter"}}, 400)
        elif (length_s := _length_s(fields["file"])) < 0.1:
            await answer.json({"error": {"message": "Audio file is too short. Minimum is 0.1 seconds."}}, 400)
        else:
            text = self._text(fields["file"])
            await answer.pause(self.script.final_s)
            self.stamps.now("answered")
            await answer.json({"text": text, "usage": {"type": "duration", "seconds": round(length_s)}})

    def _text(self, file: bytes) -> str:
        """The next utterance, or the same one where the recording is the last one, grown."""
        beginning = file[44:].lstrip(b"\0")[:8000]
        self._utterance += beginning != self._beginning
        self._beginning = beginning
        return self.script.utterances[self._utterance % len(self.script.utterances)]

    async def _speak(self, request: Request, answer: Answer) -> None:
        body = request.json()
        self.stamps.now("asked")
        if not isinstance(body, dict) or (body.keys() - SPEECH_FIELDS) or not body.get("model"):
            await answer.json({"error": {"message": "Unrecognized request argument supplied."}}, 400)
        elif not body.get("voice") or not body.get("input") or len(body["input"]) > 4096:
            await answer.json({"error": {"message": "voice and input are required, up to 4096 characters."}}, 400)
        elif body.get("response_format") != "pcm" or body.get("stream_format", "audio") != "audio":
            await answer.json({"error": {"message": "This stand-in speaks PCM only."}}, 400)
        else:
            sound = voice(body["input"], RATE_HZ)
            await answer.start(200, {"Content-Type": "audio/pcm"})
            await answer.pause(self.script.first_audio_s)
            self.stamps.now("answered")
            for piece in pieces(sound, RATE_HZ):
                await answer.send(piece)
                await answer.pause(0.002)
            await answer.end()


class _Session:
    """One realtime connection."""

    def __init__(self, fake: OpenAiAudio, socket: Socket) -> None:
        self._fake = fake
        self._socket = socket
        self._ear = Ear(fake.script, RATE_HZ)
        self._items = count(1)
        self._item = "item_0"
        self._model = ""
        self._buffered_ms = self._told_ms = 0.0
        self._answers: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        await self._socket.send({"type": "session.created", "event_id": "e", "session": {"type": "transcription"}})
        while True:
            message = await self._socket.receive_json()
            assert isinstance(message, dict), "this protocol has text messages only"
            match message:
                case {"type": "session.update", "session": session}:
                    await self._update(session)
                case {"type": "input_audio_buffer.append", "audio": audio}:
                    await self._hear(base64.b64decode(audio, validate=True))
                case {"type": "input_audio_buffer.commit"}:
                    await self._commit()
                case {"type": "input_audio_buffer.clear"}:
                    self._buffered_ms = 0
                case _:
                    await self._refuse("invalid_request_error", f"Invalid value: {message.get('type')!r}.")

    async def _update(self, session: dict[str, Any]) -> None:
        listening = session["audio"]["input"]
        assert session["type"] == "transcription"
        assert listening["format"] == {"type": "audio/pcm", "rate": RATE_HZ}
        assert listening["turn_detection"] is None
        assert set(listening["transcription"]) <= {"model", "language", "prompt", "delay"}
        self._model = listening["transcription"]["model"]
        await self._socket.send({"type": "session.updated", "event_id": "e", "session": session})

    async def _hear(self, pcm: bytes) -> None:
        assert len(pcm) % 2 == 0, "PCM comes in whole samples"
        self._buffered_ms += len(pcm) / 2 / RATE_HZ * 1000
        if self._ear.hear(pcm):
            self._told_ms = self._ear.heard_ms
        elif self._model == "gpt-realtime-whisper" and self._ear.heard_ms - self._told_ms >= INTERIM_MS:
            said, so_far = self._said(), self._ear.so_far()
            self._told_ms = self._ear.heard_ms
            if self._ear.speaking and len(so_far) > len(said):
                await self._delta(so_far[len(said) :])

    def _said(self) -> str:
        deltas = [m for m in self._socket.sent if isinstance(m, dict) and m["type"].endswith(".delta")]
        return "".join(m["delta"] for m in deltas if m["item_id"] == self._item)

    async def _delta(self, text: str) -> None:
        kind = "conversation.item.input_audio_transcription.delta"
        await self._socket.send({"type": kind, "item_id": self._item, "content_index": 0, "delta": text})

    async def _commit(self) -> None:
        if self._buffered_ms < SHORTEST_MS:
            await self._refuse("input_audio_buffer_commit_empty", "Error committing input audio buffer: too small.")
            return
        self._fake.stamps.now("asked")
        self._buffered_ms = 0
        item, self._item = self._item, f"item_{next(self._items)}"
        loop = asyncio.get_running_loop()
        await self._socket.send({"type": "input_audio_buffer.committed", "item_id": item, "previous_item_id": None})
        task = loop.create_task(self._answer(item, self._ear.final()))
        self._answers.add(task)
        task.add_done_callback(self._answers.discard)

    async def _answer(self, item: str, text: str) -> None:
        await asyncio.sleep(self._fake.script.final_s)
        self._fake.stamps.now("answered")
        kind = "conversation.item.input_audio_transcription.completed"
        usage = {"type": "duration", "seconds": 1}
        with suppress(Gone):
            await self._socket.send(
                {"type": kind, "item_id": item, "content_index": 0, "transcript": text, "usage": usage}
            )

    async def _refuse(self, code: str, message: str) -> None:
        error = {"type": "invalid_request_error", "code": code, "message": message}
        await self._socket.send({"type": "error", "event_id": "e", "error": error})


def _form(request: Request) -> dict[str, Any]:
    """The fields of a multipart body; a file as bytes."""
    kind = request.headers.get("content-type", "")
    found = re.fullmatch(r"multipart/form-data; boundary=(\S+)", kind)
    assert found, f"an upload is a form, not {kind}"
    fields: dict[str, Any] = {}
    for part in request.body.split(f"--{found[1]}".encode())[1:-1]:
        head, _, content = part.strip(b"\r\n").partition(b"\r\n\r\n")
        name = re.search(rb'name="([^"]+)"', head)
        assert name, "every field has a name"
        content = part.partition(b"\r\n\r\n")[2][:-2]
        fields[name[1].decode()] = content if b"filename=" in head else content.decode()
    return fields


def _length_s(file: bytes) -> float:
    with wave.open(io.BytesIO(file)) as sound:
        assert (sound.getnchannels(), sound.getsampwidth()) == (1, 2)
        return float(sound.getnframes() / sound.getframerate())
