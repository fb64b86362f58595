"""AssemblyAI's stand-in: `/v3/ws` and `/v3/token`. Written from assemblyai 1.8 and the vendor's list of close codes.

Sound may come faster than real time, which the vendor refuses (3007). Whether the vendor answers a ForceEndpoint when
it has heard no words is not documented; this one says nothing, which is harder for a client.
"""

import asyncio
import json
from contextlib import suppress
from typing import Any

from tests.fakes.script import Ear, Script, Stamps
from tests.fakes.server import Answer, Gone, Refuse, Request, Socket

QUERY = {
    "sample_rate", "encoding", "speech_model", "end_of_turn_confidence_threshold", "min_turn_silence",
    "max_turn_silence", "vad_threshold", "format_turns", "keyterms_prompt", "filter_profanity", "prompt",
    "agent_context", "interruption_delay", "turn_left_pad_ms", "language_codes", "session_heartbeat",
    "acknowledge_silence", "language_code", "language_detection", "domain", "inactivity_timeout", "speaker_labels",
    "max_speakers", "voice_focus", "voice_focus_threshold", "continuous_partials", "include_partial_turns",
    "redact_pii", "mode",
}  # fmt: skip
MODELS = {
    "universal-streaming-multilingual", "universal-streaming-english", "u3-rt-pro", "u3-rt-pro-beta-1", "whisper-rt",
    "universal-3-5-pro", "universal-3-6", "universal-3-6-pro", "u3-pro",
}  # fmt: skip
LISTS = ("keyterms_prompt", "language_codes")
NUMBERS = {
    "end_of_turn_confidence_threshold": 1.0,
    "vad_threshold": 1.0,
    "min_turn_silence": 60_000.0,
    "max_turn_silence": 60_000.0,
}
"""What must be between 0 and this."""
VERSION = "2025-05-12"
INTERIM_MS = 300
END_CONFIDENCE = 0.9
"""How sure the stand-in is of every end of a turn."""


class AssemblyAi:
    """All of AssemblyAI that the studio talks to."""

    def __init__(self, script: Script | None = None, key: str | None = None) -> None:
        self.script = script or Script()
        self.stamps = Stamps()
        self.fails: tuple[int, str] | None = None
        """Sessions end with this error as soon as sound comes."""
        self.keep_alives = 0
        self.terminated = 0
        """Sessions that were ended as they should be."""
        self._key = key

    async def http(self, request: Request, answer: Answer) -> None:
        """A temporary token, which only wants a key."""
        seconds = request.query.get("expires_in_seconds", "")
        if (request.method, request.path) != ("GET", "/v3/token"):
            return
        if (refusal := self._refusal(request)) is not None:
            await answer.json({"error": refusal.message}, refusal.status)
        elif not (seconds.isdigit() and 1 <= int(seconds) <= 600):
            await answer.json({"error": "expires_in_seconds must be between 1 and 600."}, 400)
        else:
            await answer.json({"token": "stand-in", "expires_in_seconds": int(seconds)})

    def greet(self, request: Request) -> Refuse | None:
        """What the vendor would refuse before a word is said."""
        if request.path != "/v3/ws":
            return Refuse(404, "Not found.")
        if (refusal := self._refusal(request)) is not None:
            return refusal
        if request.headers.get("assemblyai-version") != VERSION:
            return Refuse(400, "AssemblyAI-Version is missing or unknown.")
        wrong = _wrong(dict(request.query))
        return Refuse(400, wrong) if wrong else None

    async def talk(self, request: Request, socket: Socket) -> None:
        """Transcribe."""
        await _Session(self, request, socket).run()

    def _refusal(self, request: Request) -> Refuse | None:
        sent = request.headers.get("authorization")
        if self._key is not None and sent != self._key:
            return Refuse(401, f"Unauthorized: {sent}.")
        return None


def _wrong(query: dict[str, str]) -> str:
    """What is wrong with a session's parameters; empty: nothing."""
    if unknown := sorted(query.keys() - QUERY):
        return f"Unknown parameters: {', '.join(unknown)}."
    if query.get("speech_model") not in MODELS:
        return "speech_model is required and must be a known one."
    if query.get("encoding", "pcm_s16le") != "pcm_s16le" or not query.get("sample_rate", "").isdigit():
        return "Sample rate must be a positive integer."
    if query.get("format_turns", "false").lower() not in {"true", "false"}:
        return "format_turns must be true or false."
    for name in LISTS:
        if not isinstance(json.loads(query.get(name, "[]")), list):
            return f"{name} must be a list."
    for name, most in NUMBERS.items():
        if not 0 <= float(query.get(name, 0)) <= most:
            return f"{name} is out of range."
    if query.get("mode", "balanced") not in {"min_latency", "balanced", "max_accuracy"}:
        return "mode is unknown."
    return ""


class _Session:
    """One `/v3/ws` connection."""

    def __init__(self, fake: AssemblyAi, request: Request, socket: Socket) -> None:
        query = request.query
        self._fake = fake
        self._socket = socket
        self._rate_hz = int(query["sample_rate"])
        self._model = query["speech_model"]
        self._ear = Ear(fake.script, self._rate_hz)
        sure = float(query.get("end_of_turn_confidence_threshold", 0.4)) <= END_CONFIDENCE
        self._silence_ms = int(query.get("min_turn_silence", 400) if sure else query.get("max_turn_silence", 1280))
        self._turn = 0
        self._told_ms = 0.0
        self._answers: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        await self._socket.send({"type": "Begin", "id": "s", "expires_at": 1796000000, "configuration": {}})
        while True:
            message = await self._socket.receive()
            if isinstance(message, bytes):
                length_ms = len(message) / 2 / self._rate_hz * 1000
                if self._fake.fails is not None:
                    return await self._fail(*self._fake.fails)
                if not 50 <= length_ms <= 1000:
                    between = "Expected between 50 and 1000 ms"
                    return await self._fail(3007, f"Input Duration Violation: {length_ms:g} ms. {between}")
                await self._hear(message)
            elif not await self._obey(message):
                return None

    async def _obey(self, message: str) -> bool:
        """Do what the client says; False: the session is over."""
        try:
            content = json.loads(message)
        except ValueError:
            await self._fail(3006, f"Invalid JSON: {message}")
            return False
        match content:
            case {"type": "ForceEndpoint"}:
                self._end_turn(self._fake.script.final_s, forced=True)
            case {"type": "KeepAlive"}:
                self._fake.keep_alives += 1
            case {"type": "UpdateConfiguration"}:
                self._silence_ms = int(content.get("min_turn_silence", self._silence_ms))
            case {"type": "Terminate"}:
                await self._terminate()
                return False
            case _:
                await self._fail(3006, f"Invalid Message Type: {content}")
                return False
        return True

    async def _hear(self, pcm: bytes) -> None:
        ear = self._ear
        if ear.hear(pcm):
            self._told_ms = ear.heard_ms
            await self._socket.send({"type": "SpeechStarted", "timestamp": int(ear.start_ms)})
        elif ear.speaking and ear.heard_ms - self._told_ms >= INTERIM_MS and ear.so_far():
            self._told_ms = ear.heard_ms
            await self._socket.send(self._words(ear.so_far(), self._turn))
        elif ear.silence_ms >= self._silence_ms and not self._answers:
            self._end_turn(0)

    def _end_turn(self, after_s: float, forced: bool = False) -> None:
        if not (text := self._ear.final()):
            return
        if forced:
            self._fake.stamps.now("asked")
        loop = asyncio.get_running_loop()
        told = self._words(text, self._turn, ends=True)
        self._turn += 1
        task = loop.create_task(self._tell(told, loop.time() + after_s, forced))
        self._answers.add(task)
        task.add_done_callback(self._answers.discard)

    async def _tell(self, turn: dict[str, Any], due: float, forced: bool) -> None:
        await asyncio.sleep(max(0.0, due - asyncio.get_running_loop().time()))
        if forced:
            self._fake.stamps.now("answered")
        with suppress(Gone):
            await self._socket.send(turn)

    async def _terminate(self) -> None:
        self._end_turn(0)
        if self._answers:
            await asyncio.wait(self._answers)
        self._fake.terminated += 1
        seconds = int(self._ear.heard_ms / 1000)
        await self._socket.send(
            {"type": "Termination", "audio_duration_seconds": seconds, "session_duration_seconds": seconds}
        )

    async def _fail(self, code: int, words: str) -> None:
        await self._socket.send({"type": "Error", "error_code": code, "error": words})
        await self._socket.close(code, words[:123])

    def _words(self, text: str, turn: int, ends: bool = False) -> dict[str, Any]:
        """A `Turn`; its last word is not final while the user speaks, and then the transcript lacks it."""
        timed = self._ear.timed(text)
        words = [
            {
                "text": word,
                "start": round(start * 1000),
                "end": round(end * 1000),
                "confidence": 0.98,
                "word_is_final": ends or index + 1 < len(timed),
            }
            for index, (word, start, end) in enumerate(timed)
        ]
        return {
            "type": "Turn",
            "turn_order": turn,
            "turn_is_formatted": False,
            "end_of_turn": ends,
            "transcript": " ".join(str(word["text"]) for word in words if word["word_is_final"]),
            "end_of_turn_confidence": END_CONFIDENCE if ends else 0.1,
            "words": words,
        }
