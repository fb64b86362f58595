"""ElevenLabs' stand-in: Scribe realtime, text to speech over `/stream-input` and `/multi-stream-input`, and voices.

Written from elevenlabs 2.78, the vendor's documentation, and what others saw on its wire: the order of messages, an
echo after each commit, a commit of too little sound that ends the connection, contexts that only `close_context` ends.
"""

import asyncio
import base64
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.script import CHARACTER_MS, Ear, Script, Stamps, pieces, until, voice
from tests.fakes.server import Answer, Gone, Refuse, Request, Socket

RATES = {f"pcm_{rate}": rate for rate in (8000, 16_000, 22_050, 24_000, 44_100, 48_000)}
SCRIBE_QUERY = {
    "model_id", "audio_format", "commit_strategy", "include_timestamps", "language_code", "secondary_languages",
    "include_language_detection", "keyterms", "no_verbatim", "enable_logging", "vad_silence_threshold_secs",
    "vad_threshold", "min_speech_duration_ms", "min_silence_duration_ms", "keepalive_interval_ms",
}  # fmt: skip
SPEECH_QUERY = {
    "model_id", "output_format", "language_code", "enable_logging", "enable_ssml_parsing", "inactivity_timeout",
    "sync_alignment", "auto_mode", "apply_text_normalization", "seed",
}  # fmt: skip
VOICES = [
    {
        "voice_id": f"voice{index}",
        "name": name,
        "category": "premade",
        "labels": {"language": language, "accent": accent, "gender": "female"},
        "verified_languages": [{"language": language, "model_id": "eleven_flash_v2_5"}],
    }
    for index, (name, language, accent) in enumerate(
        [("Sarah", "en", "american"), ("George", "en", "british"), ("Giang", "vi", "")] + [("Clone", "de", "")] * 120
    )
]
INTERIM_MS = 300
OWN_COMMIT_MS = 35_800
ECHO_S = 0.01


class ElevenLabs:
    """All of ElevenLabs that the studio talks to."""

    def __init__(self, script: Script | None = None, key: str | None = None) -> None:
        self.script = script or Script()
        self.stamps = Stamps()
        self.idle_s: float | None = None
        """After so long without a message a websocket is closed; None: as the vendor does, 15 s or what is asked."""
        self.reports: deque[tuple[str, str]] = deque()
        """Errors, by the vendor's name and with its words, that the next commits and texts are answered with."""
        self._key = key

    def knows(self, request: Request) -> bool:
        """Whether the key is right."""
        return self._key is None or request.headers.get("xi-api-key") == self._key

    async def http(self, request: Request, answer: Answer) -> None:
        """The account, and the voices page by page."""
        if not self.knows(request):
            await answer.json({"detail": {"status": "invalid_api_key", "message": "Invalid API key"}}, 401)
        elif (request.method, request.path) == ("GET", "/v1/user"):
            await answer.json({"user_id": "u", "subscription": {"tier": "creator", "character_count": 0}})
        elif (request.method, request.path) == ("GET", "/v2/voices"):
            size, start = int(request.query.get("page_size", 10)), int(request.query.get("next_page_token", 0))
            if not 1 <= size <= 100:
                await answer.json({"detail": {"status": "invalid_page_size", "message": "1 to 100."}}, 422)
                return
            more = start + size < len(VOICES)
            page = {"voices": VOICES[start : start + size], "has_more": more, "total_count": len(VOICES)}
            await answer.json({**page, "next_page_token": str(start + size) if more else None})

    def greet(self, request: Request) -> Refuse | None:
        """Speech is refused before a word is said; Scribe lets everybody in, and then tells."""
        query = request.query
        match request.path.split("/")[1:]:
            case ["v1", "speech-to-text", "realtime"]:
                return None
            case ["v1", "text-to-speech", str(name), "stream-input" | "multi-stream-input"] if name:
                if not self.knows(request) or query.get("model_id", "").startswith(("eleven_v3", "eleven_v4")):
                    return Refuse(403, "Forbidden.")
                if unknown := sorted(query.keys() - SPEECH_QUERY):
                    return Refuse(400, f"Unknown query parameter: {', '.join(unknown)}.")
                if query.get("output_format") not in RATES:
                    return Refuse(400, "This stand-in speaks PCM.")
                if not 1 <= int(query.get("inactivity_timeout", 20)) <= 180:
                    return Refuse(400, "inactivity_timeout is at most 180.")
                return None
            case _:
                return Refuse(404, "Not found.")

    async def talk(self, request: Request, socket: Socket) -> None:
        """Transcribe or speak."""
        if request.path.endswith("/realtime"):
            await _Scribing(self, request, socket).run()
        elif request.path.endswith("/multi-stream-input"):
            await _Speaking(self, request, socket).run()
        else:
            await _OneVoice(self, request, socket).run()


class _Scribing:
    """One `/v1/speech-to-text/realtime` connection."""

    def __init__(self, fake: ElevenLabs, request: Request, socket: Socket) -> None:
        self._fake = fake
        self._request = request
        self._query = request.query
        self._socket = socket
        self._rate_hz = RATES.get(self._query.get("audio_format", ""), 16_000)
        self._ear = Ear(fake.script, self._rate_hz)
        self._uncommitted_ms = 0.0
        self._told_ms = 0.0
        self._first = True
        self._commits: asyncio.Queue[tuple[float, str]] = asyncio.Queue()

    async def run(self) -> None:
        if (error := self._wrong()) is not None:
            await self._end(*error)
            return
        names = ("model_id", "language_code", "commit_strategy", "audio_format")
        config = {"sample_rate": self._rate_hz, **{name: self._query.get(name) for name in names}}
        await self._socket.send({"message_type": "session_started", "session_id": "s", "config": config})
        answering = asyncio.get_running_loop().create_task(self._answer())
        try:
            while True:
                async with asyncio.timeout(self._fake.idle_s or 15):
                    message = await self._socket.receive_json()
                if not await self._take(message):
                    return
        except TimeoutError:
            return
        finally:
            answering.cancel()
            await asyncio.wait([answering])

    def _wrong(self) -> tuple[str, str] | None:
        if not self._fake.knows(self._request):
            return "auth_error", "You must be authenticated to use this endpoint."
        if unknown := sorted(self._query.keys() - SCRIBE_QUERY):
            return "invalid_request", f"Unknown query parameter: {', '.join(unknown)}."
        if not self._query.get("model_id", "").startswith("scribe_v2_realtime"):
            return "invalid_request", "No such model."
        if self._query.get("audio_format") not in RATES or self._query.get("commit_strategy") not in {"manual", "vad"}:
            return "invalid_request", "No such audio_format or commit_strategy."
        return None

    async def _end(self, kind: str, said: str) -> None:
        await self._socket.send({"message_type": kind, "error": said})
        await self._socket.close(1000, kind if kind == "commit_throttled" else "")

    async def _take(self, message: Any) -> bool:
        """A message; False when it was the last."""
        names = {"message_type", "audio_base_64", "commit", "sample_rate"}
        assert isinstance(message, dict), f"no message of Scribe: {message!r}"
        assert names <= message.keys() <= names | {"previous_text"}, f"no message of Scribe: {message}"
        if message["message_type"] != "input_audio_chunk" or message["sample_rate"] != self._rate_hz:
            await self._end("input_error", "Wrong message_type or sample_rate.")
            return False
        if message.get("previous_text") is not None and not self._first:
            await self._end("input_error", "previous_text is for the first chunk.")
            return False
        self._first = False
        await self._hear(base64.b64decode(message["audio_base_64"], validate=True))
        if message["commit"] and self._uncommitted_ms < 300:
            length = f"only {self._uncommitted_ms / 1000:.2f}s of uncommitted audio"
            least = "You need at least 0.3s of uncommitted audio before committing."
            await self._end("commit_throttled", f"Commit request ignored: {length}. {least}")
            return False
        silence_ms = float(self._query.get("vad_silence_threshold_secs", 1.5)) * 1000
        by_vad = self._query["commit_strategy"] == "vad" and self._ear.silence_ms >= silence_ms
        if message["commit"] or self._uncommitted_ms >= OWN_COMMIT_MS or (by_vad and self._ear.utterance):
            self._commit()
        return True

    async def _hear(self, pcm: bytes) -> None:
        assert len(pcm) % 2 == 0, "16-bit sound comes in whole samples"
        self._uncommitted_ms += len(pcm) / 2 / self._rate_hz * 1000
        if self._ear.hear(pcm):
            self._told_ms = self._ear.heard_ms
        elif self._ear.speaking and self._ear.utterance and self._ear.heard_ms - self._told_ms >= INTERIM_MS:
            self._told_ms = self._ear.heard_ms
            await self._socket.send({"message_type": "partial_transcript", "text": self._ear.so_far()})

    def _commit(self) -> None:
        self._uncommitted_ms = 0.0
        self._fake.stamps.now("asked")
        at = self._fake.stamps.times["asked"][-1] + self._fake.script.final_s
        self._commits.put_nowait((at, self._ear.final()))

    async def _answer(self) -> None:
        with suppress(Gone):
            while True:
                at, text = await self._commits.get()
                await until(at)
                if self._fake.reports:
                    await self._end(*self._fake.reports.popleft())
                    return
                self._fake.stamps.now("answered")
                await self._socket.send({"message_type": "committed_transcript", "text": text})
                if text and self._query.get("include_timestamps") == "true":
                    await self._socket.send(self._timed(text))
                if text:
                    await asyncio.sleep(ECHO_S)
                    await self._socket.send({"message_type": "partial_transcript", "text": text})

    def _timed(self, text: str) -> dict[str, Any]:
        words: list[dict[str, Any]] = []
        for word, start, end in self._ear.timed(text):
            if words:
                words.append({"text": " ", "start": start, "end": start, "type": "spacing", "logprob": 0.0})
            words.append({"text": word, "start": start, "end": end, "type": "word", "logprob": -0.02})
        return {
            "message_type": "committed_transcript_with_timestamps",
            "text": text,
            "language_code": self._query.get("language_code"),
            "words": words,
        }


@dataclass
class _Context:
    """What is being said in one of a connection's contexts."""

    manner: Any = None
    text: str = ""
    """Not flushed."""
    flushed: deque[str] = field(default_factory=deque)
    """To be said, one after the other without a gap."""
    speaking: "asyncio.Task[None] | None" = None
    closing: bool = False


class _Speaking:
    """One `/multi-stream-input` connection."""

    MOST = 5

    def __init__(self, fake: ElevenLabs, request: Request, socket: Socket) -> None:
        self._fake = fake
        self._socket = socket
        self._rate_hz = RATES[request.query["output_format"]]
        self._in_sync = request.query.get("sync_alignment") == "true"
        self._idle_s = int(request.query.get("inactivity_timeout", 20))
        self._contexts: dict[str, _Context] = {}
        self._sending = asyncio.Lock()
        self._over = False

    async def run(self) -> None:
        try:
            while not self._over:
                async with asyncio.timeout(self._fake.idle_s or self._idle_s):
                    message = await self._socket.receive_json()
                await self._take(message)
        except TimeoutError:
            said = f"Have not received a new text input within the timeout of {self._idle_s} seconds."
            await self._fail("input_timeout_exceeded", said)
        finally:
            tasks = [context.speaking for context in self._contexts.values() if context.speaking is not None]
            for task in tasks:
                task.cancel()
            if tasks:
                await asyncio.wait(tasks)

    async def _fail(self, kind: str, said: str) -> None:
        self._over = True
        await self._socket.send({"message": said, "error": kind, "code": 1008})
        await self._socket.close(1008, said[:100])

    async def _take(self, message: Any) -> None:
        names = {"text", "voice_settings", "generation_config", "flush", "context_id", "close_context", "close_socket"}
        if not isinstance(message, dict) or not message.keys() <= names:
            await self._fail("invalid_input_message", "Could not parse input message.")
        elif message.get("close_socket"):
            await self._leave()
        elif message.get("close_context"):
            await self._close(message["context_id"])
        else:
            await self._say(message.get("context_id", "default"), message)

    async def _say(self, name: str, message: dict[str, Any]) -> None:
        manner = message.get("voice_settings")
        context = self._contexts.get(name)
        if context is None and len(self._contexts) == self.MOST:
            said = f"Maximum simultaneous contexts per WebSocket connection exceeded ({self.MOST})."
            await self._fail("max_active_conversations", said)
            return
        if context is None:
            context = self._contexts[name] = _Context(manner)
        elif manner is not None and manner != context.manner:
            await self._fail("invalid_input_message", "voice_settings field must be provided in the first message.")
            return
        assert not context.closing, f"context {name} was closed"
        context.text += message.get("text") or ""
        if message.get("flush") and context.text.strip():
            if self._fake.reports:
                await self._fail(*self._fake.reports.popleft())
                return
            context.flushed.append(context.text.strip())
            context.text = ""
            if context.speaking is None or context.speaking.done():
                self._fake.stamps.now("asked")
                context.speaking = asyncio.get_running_loop().create_task(self._speak(name, context))

    async def _close(self, name: str) -> None:
        context = self._contexts.get(name)
        if context is None or context.closing:
            return  # a context that is over, or on its way there
        context.closing = True
        if context.speaking is None or context.speaking.done():
            await self._finish(name)

    async def _leave(self) -> None:
        """The socket closes when what was flushed has been said, and never while a context is left open."""
        await asyncio.gather(*(each.speaking for each in self._contexts.values() if each.speaking is not None))
        self._over = not self._contexts

    async def _speak(self, name: str, context: _Context) -> None:
        with suppress(Gone):
            due = self._fake.stamps.times["asked"][-1] + self._fake.script.first_audio_s
            messages = list(spoken(context.flushed.popleft(), self._rate_hz, self._in_sync))
            await until(due)
            self._fake.stamps.now("answered")
            while messages:
                await self._send({**messages.pop(0), "contextId": name})
                await asyncio.sleep(0.001)  # the client runs on the same core
                if not messages and context.flushed:
                    messages = list(spoken(context.flushed.popleft(), self._rate_hz, self._in_sync))
            if context.closing:
                await self._finish(name)

    async def _finish(self, name: str) -> None:
        self._contexts.pop(name, None)
        with suppress(Gone):
            await self._send({"isFinal": True, "contextId": name})

    async def _send(self, message: dict[str, Any]) -> None:
        async with self._sending:
            await self._socket.send(message)


class _OneVoice:
    """One `/stream-input` connection: one text, ended by an empty one."""

    def __init__(self, fake: ElevenLabs, request: Request, socket: Socket) -> None:
        self._fake = fake
        self._socket = socket
        self._rate_hz = RATES[request.query["output_format"]]

    async def run(self) -> None:
        first = await self._socket.receive_json()
        assert first["text"] == " ", "the first text is a space"
        text = ""
        while more := (await self._socket.receive_json())["text"]:
            assert more.endswith(" "), "a text ends with a space"
            text += more
        self._fake.stamps.now("asked")
        due = self._fake.stamps.times["asked"][-1] + self._fake.script.first_audio_s
        messages = list(spoken(text.strip(), self._rate_hz, in_sync=False))
        await until(due)
        self._fake.stamps.now("answered")
        for message in messages:
            await self._socket.send(message)
        await self._socket.send({"audio": None, "isFinal": True})


def spoken(text: str, rate_hz: int, in_sync: bool) -> Iterator[dict[str, Any]]:
    """The messages of a text's voice: characters with each piece of sound, or all of them with the first."""
    characters = list(" ".join(text.split()) + " ")
    sound = pieces(voice(text, rate_hz), rate_hz)
    for index, pcm in enumerate(sound):
        from_ms, to_ms = index * 100, (index + 1) * 100 if index + 1 < len(sound) else len(characters) * CHARACTER_MS
        if not in_sync:
            from_ms, to_ms = 0, len(characters) * CHARACTER_MS if index == 0 else 0
        starts = {at: at * CHARACTER_MS for at in range(len(characters)) if from_ms <= at * CHARACTER_MS < to_ms}
        alignment = {
            "chars": [characters[at] for at in starts],
            "charStartTimesMs": [start - from_ms for start in starts.values()],
            "charDurationsMs": [CHARACTER_MS] * len(starts),
        }
        spelt = alignment if starts else None
        audio = base64.b64encode(pcm).decode()
        yield {"audio": audio, "isFinal": None, "alignment": spelt, "normalizedAlignment": spelt}
