"""Deepgram's stand-in: Nova (`/v1/listen`), Flux (`/v2/listen`), the list of models, and both kinds of voices.

Written from deepgram-sdk 7.17 and the vendor's documentation.
"""

import asyncio
import json
from contextlib import suppress
from typing import Any

from tests.fakes.deepgram_flux import FluxListening, wrong_flux
from tests.fakes.deepgram_voice import AuraSpeaking, FluxSpeaking, wrong_aura, wrong_flux_voice
from tests.fakes.script import Ear, Script, Stamps, until
from tests.fakes.server import Answer, Gone, Refuse, Request, Socket

LISTEN_QUERY = {
    "model", "language", "encoding", "sample_rate", "channels", "interim_results", "punctuate", "smart_format",
    "vad_events", "endpointing", "utterance_end_ms", "keyterm", "diarize", "diarize_model", "multichannel", "numerals",
    "language_hint", "mip_opt_out", "tag", "no_delay", "filler_words", "profanity_filter",
    "detect_entities", "dictation",
}  # fmt: skip
INTERIM_MS = 300
MODELS = {
    "stt": [
        {"name": "general", "canonical_name": "nova-3", "architecture": "nova-3", "languages": ["en"], "version": "1",
         "uuid": "m-1", "batch": True, "streaming": True, "formatted_output": True},
    ],
    "tts": [
        {"name": name, "canonical_name": f"aura-2-{name}-{language[:2]}", "architecture": "aura-2",
         "languages": [language], "version": "1", "uuid": f"v-{name}", "metadata": {"accent": "Neutral", "tags": []}}
        for name, language in (("thalia", "en-US"), ("celeste", "es-CO"))
    ],
}  # fmt: skip
"""As the vendor has it: its list has none of Flux."""


class Deepgram:
    """All of Deepgram that the studio talks to."""

    def __init__(self, script: Script | None = None, key: str | None = None) -> None:
        self.script = script or Script()
        self.stamps = Stamps()
        self.answers_finalize = True
        """False: as where next to no sound is left to be transcribed, when Nova says nothing."""
        self.fails: dict[str, Any] | None = None
        """What is said instead of the next answer to a pause or a clause; then the connection is closed."""
        self.flushes = 20
        """How many clauses Aura takes over one connection; within a minute, which no test waits for."""
        self._key = key

    async def http(self, request: Request, answer: Answer) -> None:
        """What only wants a key, and the models."""
        if (refusal := self._refusal(request)) is not None:
            await answer.json({"err_code": "INVALID_AUTH", "err_msg": refusal.message}, refusal.status)
        elif (request.method, request.path) == ("GET", "/v1/projects"):
            await answer.json({"projects": [{"project_id": "p", "name": "Stand-in"}]})
        elif (request.method, request.path) == ("GET", "/v1/models"):
            await answer.json(MODELS)

    def greet(self, request: Request) -> Refuse | None:
        """What the vendor would refuse before a word is said."""
        if (refusal := self._refusal(request)) is not None:
            return refusal
        match request.path:
            case "/v1/listen":
                return _wrong_nova(request)
            case "/v2/listen":
                return wrong_flux(request)
            case "/v1/speak":
                return wrong_aura(request)
            case "/v2/speak":
                return wrong_flux_voice(request)
            case _:
                return Refuse(404, "Not found.")

    async def talk(self, request: Request, socket: Socket) -> None:
        """Transcribe, or speak."""
        match request.path:
            case "/v1/listen":
                await _Listening(self, request, socket).run()
            case "/v2/listen":
                await FluxListening(self, request, socket).run()
            case "/v1/speak":
                await AuraSpeaking(self, request, socket).run()
            case _:
                await FluxSpeaking(self, request, socket).run()

    async def failing(self, socket: Socket) -> bool:
        """Say what goes wrong, if anything does, and hang up."""
        failure, self.fails = self.fails, None
        if failure is not None:
            await socket.send(failure)
            await socket.close(1011)
        return failure is not None

    def _refusal(self, request: Request) -> Refuse | None:
        sent = request.headers.get("authorization")
        if self._key is not None and sent != f"Token {self._key}":
            return Refuse(401, f"Invalid credentials: {sent}.")
        return None


def _wrong_nova(request: Request) -> Refuse | None:
    query = request.query
    if unknown := sorted(query.keys() - LISTEN_QUERY):
        return Refuse(400, f"Unknown query parameter: {', '.join(unknown)}.")
    if not query.get("model", "").startswith("nova-"):
        return Refuse(400, "No such model/language/tier combination found.")
    if query.get("encoding") == "linear16" and not query.get("sample_rate", "").isdigit():
        return Refuse(400, "linear16 needs a sample_rate.")
    if "keyterm" in query and not query["model"].startswith("nova-3"):
        return Refuse(400, "keyterm is for Nova-3 only.")
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
        self._told = ""
        self._answers: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        try:
            while await self._take(await self._socket.receive()):
                pass
        finally:
            for task in self._answers:
                task.cancel()

    async def _take(self, message: str | bytes) -> bool:
        if isinstance(message, bytes):
            assert len(message) % 2 == 0, "linear16 comes in whole samples"
            await self._hear(message)
            return True
        match json.loads(message):
            case {"type": "Finalize"}:
                self._fake.stamps.now("asked")
                if await self._fake.failing(self._socket):
                    return False
                task = asyncio.get_running_loop().create_task(self._finalize(asyncio.get_running_loop().time()))
                self._answers.add(task)
                task.add_done_callback(self._answers.discard)
            case {"type": "CloseStream"}:
                if self._answers:
                    await asyncio.wait(self._answers)
                await self._socket.send(self._metadata())
                return False
            case {"type": "KeepAlive"}:
                pass
            case other:
                raise AssertionError(f"no message of /v1/listen: {other}")
        return True

    async def _hear(self, pcm: bytes) -> None:
        if self._ear.hear(pcm):
            self._told_ms = self._ear.heard_ms
            if self._vad_events:
                at = self._ear.start_ms / 1000
                await self._socket.send({"type": "SpeechStarted", "channel": [0], "timestamp": at})
        elif self._over() and self._ear.utterance and not self._answers:
            await self._socket.send(self._result(self._ear.final(), is_final=True, speech_final=True))
        elif self._interims and self._interim_due():
            self._told_ms, self._told = self._ear.heard_ms, self._ear.so_far()
            await self._socket.send(self._result(self._told))

    def _over(self) -> bool:
        """There was silence for as long as the client wants, and its words are known."""
        return self._ear.silence_ms >= max(self._endpointing_ms, 10, self._fake.script.lag_ms)

    def _interim_due(self) -> bool:
        """It is time for the words so far; where they lag, the last of them come when the speech is over."""
        ear, lag_ms = self._ear, self._fake.script.lag_ms
        if lag_ms and 0 < lag_ms <= ear.silence_ms:
            return ear.so_far() not in ("", self._told)
        return ear.speaking and ear.heard_ms - self._told_ms >= INTERIM_MS

    async def _finalize(self, asked: float) -> None:
        if not self._fake.answers_finalize:
            return
        text, due = self._ear.final(), self._ear.due(asked)
        await until(due)
        self._fake.stamps.now("answered")
        with suppress(Gone):
            await self._socket.send(self._result(text, is_final=True, from_finalize=True))

    def _metadata(self) -> dict[str, Any]:
        about = {"transaction_key": "deprecated", "request_id": "r", "sha256": "0", "created": "2026-11-24T00:00:00Z"}
        return {"type": "Metadata", **about, "duration": self._ear.heard_ms / 1000, "channels": 1}

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
        model = {"name": "nova", "version": "1", "arch": "nova-3"}
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
            "metadata": {"request_id": "r", "model_info": model, "model_uuid": "m"},
        }
