"""Deepgram's stand-in: `/v1/listen` (Nova). Written from deepgram-sdk 7.17 and the vendor's documentation."""

import asyncio
import json
from contextlib import suppress
from typing import Any

from tests.fakes.script import Ear, Script, Stamps
from tests.fakes.server import Answer, Gone, Refuse, Request, Socket

LISTEN_QUERY = {
    "model", "language", "encoding", "sample_rate", "channels", "interim_results", "punctuate", "smart_format",
    "vad_events", "endpointing", "utterance_end_ms", "keyterm", "diarize", "multichannel", "numerals", "tag",
}  # fmt: skip
INTERIM_MS = 300


class Deepgram:
    """All of Deepgram that the studio talks to."""

    def __init__(self, script: Script | None = None, key: str | None = None) -> None:
        self.script = script or Script()
        self.stamps = Stamps()
        self._key = key

    async def http(self, request: Request, answer: Answer) -> None:
        """The list of projects, which only wants a key."""
        if (refusal := self._refusal(request)) is not None:
            await answer.json({"err_code": "INVALID_AUTH", "err_msg": refusal.message}, refusal.status)
        elif (request.method, request.path) == ("GET", "/v1/projects"):
            await answer.json({"projects": [{"project_id": "p", "name": "Stand-in"}]})

    def greet(self, request: Request) -> Refuse | None:
        """What the vendor would refuse before a word is said."""
        if (refusal := self._refusal(request)) is not None:
            return refusal
        query = request.query
        match request.path:
            case "/v1/listen":
                if unknown := sorted(query.keys() - LISTEN_QUERY):
                    return Refuse(400, f"Unknown query parameter: {', '.join(unknown)}.")
                if not query.get("model", "").startswith("nova-"):
                    return Refuse(400, "No such model/language/tier combination found.")
                if query.get("encoding") == "linear16" and not query.get("sample_rate", "").isdigit():
                    return Refuse(400, "linear16 needs a sample_rate.")
                return None
            case _:
                return Refuse(404, "Not found.")

    async def talk(self, request: Request, socket: Socket) -> None:
        """Transcribe."""
        await _Listening(self, request, socket).run()

    def _refusal(self, request: Request) -> Refuse | None:
        sent = request.headers.get("authorization")
        if self._key is not None and sent != f"Token {self._key}":
            return Refuse(401, f"Invalid credentials: {sent}.")
        return None


class _Listening:
    """One `/v1/listen` connection."""

    def __init__(self, fake: Deepgram, request: Request, socket: Socket) -> None:
        self._fake = fake
        self._socket = socket
        self._ear = Ear(fake.script, int(request.query["sample_rate"]))
        self._interims = request.query.get("interim_results") == "true"
        self._vad_events = request.query.get("vad_events") == "true"
        self._endpointing_ms = int(request.query.get("endpointing", 10))
        self._told_ms = 0.0
        self._answers: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            message = await self._socket.receive()
            if isinstance(message, bytes):
                assert len(message) % 2 == 0, "linear16 comes in whole samples"
                await self._hear(message)
                continue
            match json.loads(message):
                case {"type": "Finalize"}:
                    self._fake.stamps.now("asked")
                    task = loop.create_task(self._finalize(loop.time()))
                    self._answers.add(task)
                    task.add_done_callback(self._answers.discard)
                case {"type": "CloseStream"}:
                    await self._socket.send({"type": "Metadata", "request_id": "r", "duration": self._ear.heard_ms})
                    return
                case {"type": "KeepAlive"}:
                    pass
                case other:
                    raise AssertionError(f"no message of /v1/listen: {other}")

    async def _hear(self, pcm: bytes) -> None:
        if self._ear.hear(pcm):
            self._told_ms = self._ear.heard_ms
            if self._vad_events:
                at = self._ear.start_ms / 1000
                await self._socket.send({"type": "SpeechStarted", "channel": [0], "timestamp": at})
        elif self._interims and self._ear.speaking and self._ear.heard_ms - self._told_ms >= INTERIM_MS:
            self._told_ms = self._ear.heard_ms
            await self._socket.send(self._result(self._ear.so_far()))
        elif self._ear.silence_ms >= max(self._endpointing_ms, 10) and self._ear.utterance and not self._answers:
            await self._socket.send(self._result(self._ear.final(), is_final=True, speech_final=True))

    async def _finalize(self, asked: float) -> None:
        text = self._ear.final()
        await asyncio.sleep(max(0.0, asked + self._fake.script.final_s - asyncio.get_running_loop().time()))
        self._fake.stamps.now("answered")
        with suppress(Gone):
            await self._socket.send(self._result(text, is_final=True, from_finalize=True))

    def _result(self, text: str, **flags: bool) -> dict[str, Any]:
        words = [
            {
                "word": word.strip("?,.!").lower(),
                "start": start,
                "end": end,
                "confidence": 0.98,
                "punctuated_word": word,
            }
            for word, start, end in self._ear.timed(text)
        ]
        best = {"transcript": text, "confidence": 0.98 if text else 0.0, "words": words}
        return {
            "type": "Results",
            "channel_index": [0, 1],
            "start": self._ear.start_ms / 1000,
            "duration": self._ear.speech_ms / 1000,
            "is_final": False,
            "speech_final": False,
            "from_finalize": False,
            **flags,
            "channel": {"alternatives": [best]},
            "metadata": {"request_id": "r", "model_info": {"name": "nova", "version": "1", "arch": "nova-3"}},
        }
