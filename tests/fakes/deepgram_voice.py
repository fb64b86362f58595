"""Deepgram's stand-in, the part that speaks: Aura (`/v1/speak`) and Flux (`/v2/speak`), as deepgram-sdk 7.17 has them.

Sound that is on its way when the client cuts a clause off still comes, as it does from the vendor.
"""

import asyncio
from collections import deque
from typing import Any, Protocol

from tests.fakes.script import Script, Stamps, pieces, until, voice
from tests.fakes.server import Gone, Refuse, Request, Socket

AURA_QUERY = {"model", "encoding", "sample_rate", "speed", "mip_opt_out"}
AURA_RATES_HZ = {"8000", "16000", "24000", "32000", "48000"}
FLUX_QUERY = AURA_QUERY | {"expressivity", "tag"}
FLUX_RATES_HZ = AURA_RATES_HZ | {"44100"}
LONGEST_TEXT = 2000
PIECE_S = 0.002
"""100 ms of sound are made in this time."""


class Vendor(Protocol):
    """What is needed of the stand-in."""

    script: Script
    stamps: Stamps
    flushes: int

    async def failing(self, socket: Socket) -> bool:
        """Whether something has gone wrong."""


def wrong_aura(request: Request) -> Refuse | None:
    """What the vendor holds against a handshake."""
    return _wrong(request, AURA_QUERY, AURA_RATES_HZ, "aura-", 0.7)


def wrong_flux_voice(request: Request) -> Refuse | None:
    """What the vendor holds against a handshake."""
    speed = float(request.query.get("speed", 1))
    if abs(speed * 20 - round(speed * 20)) > 1e-6:
        return Refuse(400, "'speed' must be provided in increments of 0.05")
    if request.query.get("expressivity", "0") not in {"-2", "-1", "0", "1", "2"}:
        return Refuse(400, "EXPRESSIVITY_OUT_OF_RANGE")
    return _wrong(request, FLUX_QUERY, FLUX_RATES_HZ, "flux-", 0.5)


def _wrong(request: Request, names: set[str], rates: set[str], family: str, slowest: float) -> Refuse | None:
    query = request.query
    if unknown := sorted(query.keys() - names):
        return Refuse(400, f"Unknown query parameter: {', '.join(unknown)}.")
    if not query.get("model", "").startswith(family) or query["model"].startswith("flux-general"):
        return Refuse(400, "No such model/language/tier combination found.")
    if (query.get("encoding"), query.get("sample_rate") in rates) != ("linear16", True):
        return Refuse(400, "The stand-in speaks linear16 at the vendor's rates.")
    if not slowest <= float(query.get("speed", 1)) <= 1.5:
        return Refuse(400, "SPEED_OUT_OF_RANGE")
    return None


class _Speaking:
    """What both kinds of connection share: one text is given a voice after the other."""

    def __init__(self, fake: Vendor, request: Request, socket: Socket) -> None:
        self._fake = fake
        self._socket = socket
        self._model = request.query["model"]
        self._rate_hz = int(request.query["sample_rate"])
        self._texts: deque[tuple[str, float]] = deque()
        """Flushed texts, with the moment from which there is sound; the first is being spoken."""
        self._rest: deque[bytes] = deque()
        """Of the voice that is being sent."""
        self._speaking: asyncio.Task[None] | None = None
        self._made = 0
        """Bytes of sound so far."""

    async def run(self) -> None:
        """Speak until the client leaves."""
        await self._begin()
        try:
            while await self._take(await self._socket.receive_json()):
                pass
        finally:
            if self._speaking is not None:
                self._speaking.cancel()

    async def _begin(self) -> None:
        raise NotImplementedError

    async def _take(self, message: Any) -> bool:
        raise NotImplementedError

    async def _over(self, text: str) -> None:
        """What is said when a text has been spoken."""
        raise NotImplementedError

    def _queue(self, text: str) -> None:
        self._fake.stamps.now("asked")
        self._texts.append((text, self._fake.stamps.times["asked"][-1] + self._fake.script.first_audio_s))
        self._go_on()

    def _go_on(self) -> None:
        if self._texts and (self._speaking is None or self._speaking.done()):
            self._speaking = asyncio.get_running_loop().create_task(self._speak_all())

    async def _speak_all(self) -> None:
        try:
            while self._texts:
                text, due = self._texts[0]
                await self._speak(text, due)
                await self._over(text)
                self._texts.popleft()
        except Gone:
            return

    async def _speak(self, text: str, due: float) -> None:
        await until(due)
        self._rest = deque(pieces(voice(text, self._rate_hz), self._rate_hz))
        if self._rest:
            self._fake.stamps.now("answered")
        while self._rest:
            await self._sound()
            await asyncio.sleep(PIECE_S)

    async def _sound(self) -> None:
        piece = self._rest.popleft()
        self._made += len(piece)
        await self._socket.send(piece)

    async def _silence(self) -> None:
        """Stop speaking; a piece that is on its way still comes."""
        if self._speaking is not None:
            self._speaking.cancel()
            await asyncio.wait([self._speaking])
            self._speaking = None
        if self._rest:
            await self._sound()
        self._rest.clear()

    async def _drained(self) -> None:
        if self._speaking is not None:
            await asyncio.wait([self._speaking])

    async def _say(self, kind: str, **content: Any) -> None:
        await self._socket.send({"type": kind, **content})


class AuraSpeaking(_Speaking):
    """One `/v1/speak` connection."""

    def __init__(self, fake: Vendor, request: Request, socket: Socket) -> None:
        super().__init__(fake, request, socket)
        self._buffer = ""
        self._flushed = 0

    async def _begin(self) -> None:
        await self._say("Metadata", request_id="r", model_name=self._model, model_version="1", model_uuid="m")

    async def _take(self, message: Any) -> bool:
        match message:
            case {"type": "Speak", "text": str(text), **rest} if not rest:
                assert 0 < len(text) <= LONGEST_TEXT
                self._buffer += text
            case {"type": "Flush"}:
                if await self._fake.failing(self._socket):
                    return False
                self._flushed += 1
                if self._flushed > self._fake.flushes:
                    said = "Too many flushes within a minute."
                    await self._say("Warning", code="EXCESSIVE_FLUSH", description=said)
                    return True
                text, self._buffer = self._buffer, ""
                self._queue(text)
            case {"type": "Clear"}:
                self._buffer = ""
                await self._silence()
                self._texts.clear()
                await self._say("Cleared", sequence_id=0)
            case {"type": "Close"}:
                await self._drained()
                return False
            case other:
                raise AssertionError(f"no message of /v1/speak: {other}")
        return True

    async def _over(self, _text: str) -> None:
        await self._say("Flushed", sequence_id=0)


class FluxSpeaking(_Speaking):
    """One `/v2/speak` connection. Sound is made when a turn is complete; the vendor begins before."""

    def __init__(self, fake: Vendor, request: Request, socket: Socket) -> None:
        super().__init__(fake, request, socket)
        self._writing = ""
        """The text of a turn that is not yet flushed."""
        self._begun = 0
        """Turns that have become active."""
        self._heard_ms = -1
        """Where the last interrupt was."""
        self._characters = 0

    async def _begin(self) -> None:
        about = {"model_name": self._model, "model_version": "1", "model_uuids": ["m"]}
        await self._say("Connected", request_id="r", **about)

    async def _take(self, message: Any) -> bool:
        match message:
            case {"type": "Speak", "text": str(text), **rest} if not rest:
                assert text
                if not self._writing and not self._texts:
                    await self._started()
                self._writing += text
            case {"type": "Flush"} if not self._writing:
                await self._warn("NO_ACTIVE_SPEECH")
            case {"type": "Flush"}:
                if await self._fake.failing(self._socket):
                    return False
                text, self._writing = self._writing, ""
                self._characters += len(text)
                await self._say("Flushed", speech_id=self._speech_id)
                self._queue(text)
            case {"type": "Interrupt", **rest} if not rest.keys() - {"playback_offset"}:
                await self._interrupt(rest.get("playback_offset"))
            case {"type": "Configure", "speed": float(speed)}:
                await self._say("ConfigureSuccess", applied={"speed": speed})
            case {"type": "Close"}:
                await self._drained()
                count = {"total_input_character_count": self._characters}
                billed = {"total_billable_character_count": self._characters}
                await self._say("SessionMetadata", total_audio_duration_ms=self._made_ms, **count, **billed)
                return False
            case other:
                raise AssertionError(f"no message of /v2/speak: {other}")
        return True

    async def _interrupt(self, offset: Any) -> None:
        heard_ms = self._made_ms if offset is None else int(offset["value"])
        assert offset is None or offset["type"] == "time_ms"
        if self._made == 0:
            await self._warn("NO_AUDIO_GENERATED")
        elif not self._texts:
            await self._warn("NO_ACTIVE_SPEECH")
        elif heard_ms <= self._heard_ms:
            await self._warn("INVALID_INTERRUPT_OFFSET")
        else:
            self._heard_ms = heard_ms
            await self._silence()
            text, _ = self._texts.popleft()
            split = {"text_spoken": text[: len(text) // 2], "text_remaining": text[len(text) // 2 :]}
            told = split if offset is not None else {}
            await self._say("SpeechInterrupted", audio_played_ms=heard_ms, **told, metadata=self._metadata(text))
            if self._texts:
                await self._started()
                self._go_on()

    async def _over(self, text: str) -> None:
        await self._say("SpeechMetadata", **self._metadata(text))
        if len(self._texts) > 1:
            await self._started()

    def _metadata(self, text: str) -> dict[str, Any]:
        controls = {"pronunciations_applied": 0, "breaks_applied": 0, "pronunciation_warnings": 0}
        count = {"input_character_count": len(text), "billable_character_count": len(text)}
        return {"speech_id": self._speech_id, "audio_duration_ms": 0, **count, "controls_applied": controls}

    @property
    def _speech_id(self) -> str:
        return f"dg_sp_{self._begun:012x}"

    @property
    def _made_ms(self) -> int:
        return self._made * 1000 // (2 * self._rate_hz)

    async def _started(self) -> None:
        self._begun += 1
        await self._say("SpeechStarted", speech_id=self._speech_id)

    async def _warn(self, code: str) -> None:
        await self._say("Warning", code=code, description="Ignored.")
