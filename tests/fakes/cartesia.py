"""Cartesia's stand-in: `/stt/websocket`, `/stt/turns/websocket`, `/tts/websocket` and `/voices`.

Written from cartesia 4.2 and the vendor's documentation. Where the vendor judges turns it is sure of the user while
there is speech, and less and less so in silence: by a tenth of all in 100 ms.
"""

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from tests.fakes.cartesia_voice import Speaking
from tests.fakes.script import Ear, Script, Stamps
from tests.fakes.server import Answer, Gone, Refuse, Request, Socket

VERSIONS = {"2026-08-14", "2026-03-01", "2025-04-16"}
"""In the header, or in the query of a websocket."""
AUDIO = {"model", "encoding", "sample_rate", "keyterm"}
TURNS = {
    "turn_start_threshold": (0.5, 0.9),
    "turn_eager_end_threshold": (0.3, 0.6),
    "turn_end_threshold": (0.05, 0.5),
    "turn_end_timeout_ms": (640, 11_200),
}
"""What may be set where the vendor judges turns, from and to."""
WHISPER = {"max_silence_duration_secs", "min_volume"}
MODELS = {
    "/stt/websocket": {"ink-2", "ink-whisper", "ink-whisper-2025-06-04"},
    "/stt/turns/websocket": {"ink-2"},
}
VOICES = (
    ("f786b574-daa5-4673-aa0c-cbe3e8534c02", "Katie", "Friendly Fixer", "en", "en-US"),
    ("6ccbfb76-1fc6-48f7-b71d-91ac6298247b", "Tessa", "", "en", "en-GB"),
    ("b9de4a89-2257-424b-94c2-db18ba68c81a", "Viktoria", "Phone Conversationalist", "de", "de-DE"),
)
"""Id, name, tagline, language and native locale."""
INTERIM_MS = 300
HEARD_OUT_MS = 60
"""After this much silence the stand-in works on the last words."""


class Cartesia:
    """All of Cartesia that the studio talks to."""

    def __init__(self, script: Script | None = None, key: str | None = None) -> None:
        self.script = script or Script()
        self.stamps = Stamps()
        self.fails: dict[str, Any] | None = None
        """What every transcription and every clause is answered with, as an `error`."""
        self.cancelled: list[str] = []
        """Contexts that were cut off."""
        self.characters = 0
        """Of all texts that were to be spoken, which is what the vendor bills."""
        self._key = key

    async def http(self, request: Request, answer: Answer) -> None:
        """The list of voices."""
        if (request.method, request.path) != ("GET", "/voices"):
            return
        limit = request.query.get("limit", "10")
        if (refusal := self._refusal(request)) is not None:
            await answer.json({"title": "Refused", "message": refusal.message}, refusal.status)
        elif not (limit.isdigit() and 1 <= int(limit) <= 100):
            await answer.json({"title": "Bad request", "message": "limit must be between 1 and 100."}, 400)
        else:
            voices = [_voice(*about) for about in VOICES[: int(limit)]]
            await answer.json({"data": voices, "has_more": int(limit) < len(VOICES)})

    def greet(self, request: Request) -> Refuse | None:
        """What the vendor would refuse before a word is said."""
        if request.path not in {*MODELS, "/tts/websocket"}:
            return Refuse(404, "Not found.")
        if (refusal := self._refusal(request)) is not None:
            return refusal
        if request.path == "/tts/websocket":
            return Refuse(400, "Unknown parameters.") if request.query.keys() - {"cartesia_version"} else None
        wrong = _wrong(request.path, request.query)
        return Refuse(400, wrong) if wrong else None

    async def talk(self, request: Request, socket: Socket) -> None:
        """Transcribe or speak."""
        match request.path:
            case "/stt/websocket":
                await _Manual(self, request, socket).run()
            case "/stt/turns/websocket":
                await _Turns(self, request, socket).run()
            case _:
                await Speaking(self, socket).run()

    def _refusal(self, request: Request) -> Refuse | None:
        bearer, sent = request.headers.get("authorization"), request.headers.get("x-api-key")
        if self._key is not None and self._key not in {sent, (bearer or "").removeprefix("Bearer ")}:
            return Refuse(401, f"Invalid API key: {bearer or sent}.")
        if (request.headers.get("cartesia-version") or request.query.get("cartesia_version")) not in VERSIONS:
            return Refuse(400, "The Cartesia-Version header is missing or unknown.")
        return None


def _voice(identity: str, name: str, tagline: str, language: str, locale: str) -> dict[str, Any]:
    return {
        "id": identity,
        "name": name,
        "tagline": tagline,
        "description": "A stand-in.",
        "language": language,
        "locales": [{"locale": locale, "is_native": True}],
        "access": "public",
        "visibility": "all",
        "is_owner": False,
        "created_at": "2026-01-12T00:00:00Z",
    }


def _wrong(path: str, query: Mapping[str, str]) -> str:
    """What is wrong with a transcription's parameters; empty: nothing."""
    turns = path == "/stt/turns/websocket"
    whisper = query.get("model", "").startswith("ink-whisper")
    known = AUDIO | (set(TURNS) if turns else {"language"} | (WHISPER if whisper else set()))
    if unknown := sorted(query.keys() - known):
        return f"Unknown parameters: {', '.join(unknown)}."
    if query.get("model") not in MODELS[path]:
        return "No such model here."
    if query.get("encoding") != "pcm_s16le" or not query.get("sample_rate", "").isdigit():
        return "encoding and sample_rate are required; the stand-in hears pcm_s16le."
    if not whisper and query.get("language", "en") != "en":
        return "The model hears English only."
    for name, (least, most) in TURNS.items():
        if name in query and not least <= float(query[name]) <= most:
            return f"{name} must be between {least} and {most}."
    start, eager, end = _thresholds(query)
    return "" if start > eager > end else "start, eager end and end thresholds must fall in this order."


def _thresholds(query: Mapping[str, str]) -> tuple[float, float, float]:
    return (
        float(query.get("turn_start_threshold", 0.8)),
        float(query.get("turn_eager_end_threshold", 0.4)),
        float(query.get("turn_end_threshold", 0.2)),
    )


class _Listening:
    """What both kinds of transcription have in common."""

    def __init__(self, fake: Cartesia, request: Request, socket: Socket) -> None:
        self._fake = fake
        self._query = request.query
        self._socket = socket
        self._ear = Ear(fake.script, int(request.query["sample_rate"]))
        self._told_ms = 0.0
        self._answers: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Listen until the client says `close` or leaves."""
        await self._begin()
        while True:
            message = await self._socket.receive()
            if self._fake.fails is not None:
                await self._say("error", **self._fake.fails)
                return
            if isinstance(message, bytes):
                assert len(message) % 2 == 0, "pcm_s16le comes in whole samples"
                await self._hear(message)
            elif not await self._obey(message):
                return

    async def _begin(self) -> None:
        pass

    async def _hear(self, pcm: bytes) -> None:
        raise NotImplementedError

    async def _obey(self, message: str) -> bool:
        raise NotImplementedError

    def _speaks_on(self) -> bool:
        """It is time for the words so far."""
        due = self._ear.speaking and self._ear.heard_ms - self._told_ms >= INTERIM_MS and bool(self._ear.so_far())
        if due:
            self._told_ms = self._ear.heard_ms
        return due

    def _soon(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._answers.add(task)
        task.add_done_callback(self._answers.discard)

    async def _think(self) -> None:
        """From being told of a pause, or hearing one, to the final words."""
        self._fake.stamps.now("asked")
        await asyncio.sleep(self._fake.script.final_s)
        self._fake.stamps.now("answered")

    async def _say(self, kind: str, **content: Any) -> None:
        with suppress(Gone):
            await self._socket.send({"type": kind, "request_id": "r", **content})


class _Manual(_Listening):
    """One `/stt/websocket` connection: final words only when they are asked for."""

    _first = True

    async def _hear(self, pcm: bytes) -> None:
        self._ear.hear(pcm)
        if self._speaks_on():
            await self._say("transcript", is_final=False, text=self._spaced(self._ear.so_far()))

    async def _obey(self, message: str) -> bool:
        match message:
            case "finalize":
                self._soon(self._finalize(self._ear.final()))
            case "close":
                await self._part(self._ear.final())
                await self._say("done")
                return False
            case _:
                await self._say("error", status_code=400, title="Invalid command", message=f"Unknown: {message}")
                return False
        return True

    async def _finalize(self, text: str) -> None:
        await self._think()
        await self._part(text)
        await self._say("flush_done")

    async def _part(self, text: str) -> None:
        """Final words in two parts that are cut anywhere; what comes before is part of them."""
        if not text:
            return
        whole, half = self._spaced(text), len(text) // 2
        self._first = False
        timed = self._ear.timed(text)
        words = {
            "words": [word for word, _, _ in timed],
            "start": [s for _, s, _ in timed],
            "end": [e for *_, e in timed],
        }
        also = {"words": [words]} if self._query["model"].startswith("ink-whisper") else {}
        await self._say("transcript", is_final=True, text=whole[:half], language="en")
        await self._say("transcript", is_final=True, text=whole[half:], language="en", **also)

    def _spaced(self, text: str) -> str:
        return text if self._first else f" {text}"


class _Turns(_Listening):
    """One `/stt/turns/websocket` connection: turns, as the stand-in judges them."""

    def __init__(self, fake: Cartesia, request: Request, socket: Socket) -> None:
        super().__init__(fake, request, socket)
        _, eager, end = _thresholds(self._query)
        self._eager_ms, self._end_ms = (1 - eager) * 1000, (1 - end) * 1000
        self._end_ms = min(self._end_ms, float(self._query.get("turn_end_timeout_ms", 5600)))
        self._before = ""
        """What was said in the turn before the utterance."""
        self._text = ""
        self._open = self._maybe_over = False

    async def _begin(self) -> None:
        await self._say("connected")

    async def _hear(self, pcm: bytes) -> None:
        ear = self._ear
        if ear.hear(pcm):
            self._told_ms = ear.heard_ms
            self._before = f"{self._text} " if self._open else ""
            if not self._open:
                self._open, self._text = True, ""
                await self._say("turn.start")
        if self._maybe_over and ear.speaking:
            self._maybe_over = False
            await self._say("turn.resume")
        if self._speaks_on():
            self._text = self._before + ear.so_far()
            await self._say("turn.update", transcript=self._text)
        elif ear.silence_ms >= HEARD_OUT_MS and ear.utterance:
            self._text = self._before + ear.final()
            self._soon(self._last_words(self._text))
        if self._open and not self._answers:
            await self._judge()

    async def _last_words(self, text: str) -> None:
        await self._think()
        await self._say("turn.update", transcript=text)

    async def _judge(self) -> None:
        if not self._maybe_over and self._ear.silence_ms >= self._eager_ms:
            self._maybe_over = True
            await self._say("turn.eager_end", transcript=self._text)
        if self._ear.silence_ms >= self._end_ms:
            self._open = self._maybe_over = False
            await self._say("turn.end", transcript=self._text)

    async def _obey(self, message: str) -> bool:
        match json.loads(message):
            case {"type": "close"}:
                if self._answers:
                    await asyncio.wait(self._answers)
                if self._open:
                    await self._say("turn.end", transcript=self._text)
                return False
            case {"type": "config", "turn": turn}:
                self._end_ms = (1 - float(turn.get("end_threshold", 1 - self._end_ms / 1000))) * 1000
                return True
            case other:
                await self._say("error", status_code=400, title="Invalid command", message=f"Unknown: {other}")
                return False
