"""Cartesia's stand-in, the part that speaks: contexts over one `/tts/websocket` connection, as cartesia 4.2 asks."""

import asyncio
import base64
import re
from contextlib import suppress
from typing import Any, Protocol

from tests.fakes.script import Script, Stamps, pieces, spoken_words, until, voice
from tests.fakes.server import Gone, Socket

REQUIRED = {"context_id", "model_id", "transcript", "voice", "output_format"}
KNOWN = REQUIRED | {
    "continue", "language", "add_timestamps", "add_phoneme_timestamps", "generation_config", "max_buffer_delay_ms",
    "pronunciation_dict_id", "use_normalized_timestamps", "speed",
}  # fmt: skip
MODELS = {"sonic-3.5", "sonic-3", "sonic-3.5-2026-05-04", "sonic-3-2026-01-12", "sonic-3-2025-10-27", "sonic-latest"}
RATES_HZ = {8000, 16000, 22050, 24000, 44100, 48000}
MANNER = {"speed": (0.6, 1.5), "volume": (0.5, 2.0)}
BUFFER_MS = 3000
"""How long text is held back at most for more, where the client does not say."""
ENOUGH = re.compile(r"[.,;:!?…]|(\S+\s+){2}\S")
"""A clause or three words: then the vendor's voice is sure enough of how to begin. It does not say when it is."""
PIECE_S = 0.005
"""100 ms of sound are made in this time."""


class Speaker(Protocol):
    """What is needed of the stand-in."""

    script: Script
    stamps: Stamps
    fails: dict[str, Any] | None
    cancelled: list[str]
    characters: int


class _Context:
    """What is to be said in one voice without a break; more text may come while it is spoken."""

    def __init__(self, request: dict[str, Any]) -> None:
        self.request = request
        self.complete = False
        self._text = ""
        self._more = asyncio.Event()

    def add(self, request: dict[str, Any]) -> None:
        """More text, or the last."""
        self._text += request["transcript"]
        self.complete = not request.get("continue")
        self._more.set()

    async def enough(self) -> None:
        """Until speech may begin: the client wants no buffering, has said enough, or has waited long enough."""
        delay_ms = self.request.get("max_buffer_delay_ms", BUFFER_MS)
        with suppress(TimeoutError):
            async with asyncio.timeout(delay_ms / 1000):
                while not self.complete and not ENOUGH.search(self._text):
                    self._more.clear()
                    await self._more.wait()

    async def text(self) -> str:
        """All there is to say by now; empty: nothing more will come."""
        while not self._text and not self.complete:
            self._more.clear()
            await self._more.wait()
        text, self._text = self._text, ""
        return text


class Speaking:
    """One `/tts/websocket` connection."""

    def __init__(self, fake: Speaker, socket: Socket) -> None:
        self._fake = fake
        self._socket = socket
        self._contexts: dict[str, _Context] = {}
        self._voices: dict[str, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Speak until the client leaves."""
        try:
            while True:
                await self._take(await self._socket.receive_json())
        finally:
            for task in self._voices.values():
                task.cancel()

    async def _take(self, request: Any) -> None:
        assert isinstance(request, dict), "requests are JSON objects"
        if request.get("cancel") is True:
            assert request.keys() == {"context_id", "cancel"}
            self._cancel(request["context_id"])
            return
        if (wrong := self._fake.fails or _wrong(request)) is not None:
            context = {"context_id": request["context_id"]} if "context_id" in request else {}
            await self._socket.send({"type": "error", "done": True, "request_id": "r", **context, **wrong})
            return
        name = request["context_id"]
        if name not in self._contexts:
            self._contexts[name] = _Context(request)
            self._voices[name] = asyncio.get_running_loop().create_task(self._speak(self._contexts[name]))
        assert not self._contexts[name].complete, f"{name} is complete: nothing can be added"
        self._fake.characters += len(request["transcript"])
        self._contexts[name].add(request)

    def _cancel(self, name: str) -> None:
        self._fake.cancelled.append(name)
        if (task := self._voices.get(name)) is not None:
            task.cancel()

    async def _speak(self, context: _Context) -> None:
        await context.enough()
        self._fake.stamps.now("asked")
        due = self._fake.stamps.times["asked"][-1] + self._fake.script.first_audio_s
        rate_hz: int = context.request["output_format"]["sample_rate"]
        at_s = 0.0
        try:
            while text := await context.text():
                sound = voice(text, rate_hz)  # made before it is due
                await until(due)
                await self._pronounce(context.request, text, sound, at_s)
                at_s += len(sound) / 2 / rate_hz
            await self._say(context.request, "done", done=True, status_code=200)
        except Gone:
            return

    async def _pronounce(self, request: dict[str, Any], text: str, sound: bytes, at_s: float) -> None:
        """Send the sound of a text that begins so far into the context."""
        rate_hz: int = request["output_format"]["sample_rate"]
        words = spoken_words(text) if request.get("add_timestamps") else []
        if sound and not at_s:
            self._fake.stamps.now("answered")
        for index, piece in enumerate(pieces(sound, rate_hz)):
            data = base64.b64encode(piece).decode()
            await self._say(request, "chunk", data=data, step_time=PIECE_S * 1000)
            begun = [each for each in words if index <= each[1] * 10 < index + 1]
            if begun:
                texts, starts, ends = (list(column) for column in zip(*begun, strict=True))
                timed = {"words": texts, "start": [at_s + s for s in starts], "end": [at_s + e for e in ends]}
                await self._say(request, "timestamps", word_timestamps=timed)
            await asyncio.sleep(PIECE_S)

    async def _say(self, request: dict[str, Any], kind: str, **content: Any) -> None:
        about = {"context_id": request["context_id"], "status_code": 206, "done": False}
        await self._socket.send({"type": kind, **about, **content})


def _wrong(request: dict[str, Any]) -> dict[str, Any] | None:
    """The error that a request is answered with; None: it is fine."""
    sound = request.get("output_format", {})
    manner = request.get("generation_config", {})
    spoken_by = request.get("voice")
    spoken_by = spoken_by.get("id") if isinstance(spoken_by, dict) else spoken_by
    if missing := sorted(REQUIRED - request.keys()):
        said = f"missing: {', '.join(missing)}"
    elif unknown := sorted(request.keys() - KNOWN):
        said = f"unknown: {', '.join(unknown)}"
    elif request["model_id"] not in MODELS:
        return {"status_code": 400, "title": "Model sunsetted", "message": "No such model.", "error_code": "model"}
    elif not spoken_by or not isinstance(spoken_by, str):
        said = "voice needs an id"
    elif (sound.get("container"), sound.get("encoding")) != ("raw", "pcm_s16le"):
        said = "the stand-in speaks raw pcm_s16le"
    elif sound.get("sample_rate") not in RATES_HZ:
        said = "no such sample_rate"
    elif any(not least <= manner.get(name, 1) <= most for name, (least, most) in MANNER.items()):
        said = "speed or volume is out of range"
    elif manner.keys() - {*MANNER, "emotion"}:
        said = "unknown generation_config"
    else:
        return None
    return {"status_code": 400, "title": "Invalid request", "message": said, "error_code": "invalid_request"}
