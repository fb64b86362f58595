"""Deepgram's stand-in, the part that judges turns: one `/v2/listen` connection, as deepgram-sdk 7.17 has it."""

import asyncio
import json
from typing import Any, Protocol

from tests.fakes.script import Ear, Script, Stamps, until
from tests.fakes.server import Refuse, Request, Socket

QUERY = {
    "model", "encoding", "sample_rate", "eot_threshold", "eager_eot_threshold", "eot_timeout_ms", "keyterm",
    "language_hint", "profanity_filter", "numerals", "redact", "mip_opt_out", "tag",
}  # fmt: skip
RANGES = {"eot_threshold": (0.5, 1), "eager_eot_threshold": (0.3, 0.9), "eot_timeout_ms": (500, 60_000)}
RATES_HZ = {"8000", "16000", "24000", "44100", "48000"}
MODELS = {"flux-general-en", "flux-general-multi"}
CHANGES = {"thresholds", "keyterms", "language_hints", "numerals"}
"""What may be set anew on an open connection."""
UPDATE_MS = 250


class Vendor(Protocol):
    """What is needed of the stand-in."""

    script: Script
    stamps: Stamps

    async def failing(self, socket: Socket) -> bool:
        """Whether something has gone wrong."""


def wrong_flux(request: Request) -> Refuse | None:
    """What the vendor holds against a handshake."""
    query = request.query
    limits = {name: RANGES[name] for name in RANGES.keys() & query.keys()}
    if unknown := sorted(query.keys() - QUERY):
        return Refuse(400, f"Unknown query parameter: {', '.join(unknown)}.")
    if query.get("model") not in MODELS:
        return Refuse(403, "Project does not have access to the requested model.")
    if (query.get("encoding"), query.get("sample_rate") in RATES_HZ) != ("linear16", True):
        return Refuse(400, "The stand-in hears linear16 at the vendor's rates.")
    if any(not least <= float(query[name]) <= most for name, (least, most) in limits.items()):
        return Refuse(400, "A threshold is out of range.")
    if float(query.get("eager_eot_threshold", 0)) > float(query.get("eot_threshold", 0.7)):
        return Refuse(400, "eager_eot_threshold must be at most eot_threshold.")
    if "language_hint" in query and query["model"] != "flux-general-multi":
        return Refuse(400, "language_hint is for flux-general-multi only.")
    return None


class FluxListening:
    """One `/v2/listen` connection: messages are taken one after the other, as the vendor does."""

    def __init__(self, fake: Vendor, request: Request, socket: Socket) -> None:
        self._fake = fake
        self._socket = socket
        self._query = dict(request.query)
        self._ear = Ear(fake.script, int(request.query["sample_rate"]))
        self._sequence = 0
        self._turn = 0
        self._active = False
        self._maybe_over = False
        self._told_ms = 0.0

    async def run(self) -> None:
        """Listen until the client leaves."""
        await self._say("Connected", request_id="r")
        while True:
            message = await self._socket.receive()
            if isinstance(message, bytes):
                assert len(message) % 2 == 0, "linear16 comes in whole samples"
                await self._hear(message)
                continue
            match json.loads(message):
                case {"type": "ForceEndTurn", **rest} if not rest:
                    self._fake.stamps.now("asked")
                    if await self._fake.failing(self._socket):
                        return
                    await self._force()
                case {"type": "Configure", **changes} if not changes.keys() - CHANGES:
                    await self._configure({str(name): value for name, value in changes.items()})
                case {"type": "CloseStream"}:
                    return
                case other:
                    await self._say("Error", code="UNPARSABLE_CLIENT_MESSAGE", description="No such message.")
                    await self._socket.close(1008)
                    raise AssertionError(f"no message of /v2/listen: {other}")

    async def _hear(self, pcm: bytes) -> None:
        self._ear.hear(pcm)
        ear, eager = self._ear, "eager_eot_threshold" in self._query
        sure = float(self._query.get("eot_threshold", 0.7)) < 1
        eager_ms, over_ms = self._waits_ms()
        if not self._active:
            # Also where the rest of an utterance has no words of its own.
            if ear.speaking and ear.speech_ms >= self._fake.script.lag_ms:
                self._active = True
                await self._tell("StartOfTurn", ear.so_far())
        elif ear.speaking and self._maybe_over:
            self._maybe_over = False
            await self._tell("TurnResumed", ear.so_far())
        elif sure and ear.silence_ms >= over_ms:
            await self._end("model")
        elif ear.silence_ms >= float(self._query.get("eot_timeout_ms", 5000)):
            await self._end("timeout")
        elif eager and ear.silence_ms >= eager_ms and not self._maybe_over:
            self._maybe_over = True
            await self._tell("EagerEndOfTurn", ear.utterance)
        elif not self._maybe_over and ear.heard_ms - self._told_ms >= UPDATE_MS:
            await self._tell("Update", ear.so_far())

    def _waits_ms(self) -> tuple[float, float]:
        return self._fake.script.open_ms if self._ear.unfinished else self._fake.script.over_ms

    async def _configure(self, changes: dict[str, Any]) -> None:
        thresholds = {name: float(self._query[name]) for name in RANGES if name in self._query}
        thresholds |= changes.get("thresholds", {})
        self._query |= {name: str(value) for name, value in thresholds.items()}
        keyterms = changes.get("keyterms", [])
        await self._say("ConfigureSuccess", request_id="r", thresholds=thresholds, keyterms=keyterms)

    async def _force(self) -> None:
        if self._active:
            await until(self._ear.due(asyncio.get_running_loop().time()))
            self._fake.stamps.now("answered")
            await self._end("manual")
        else:
            said = "Received ForceEndTurn while no turn was active; the request was ignored."
            await self._say("Warning", request_id="r", code="FORCE_END_TURN_NO_ACTIVE_TURN", description=said)

    async def _end(self, trigger: str) -> None:
        self._active = self._maybe_over = False
        await self._tell("EndOfTurn", self._ear.final(), trigger=trigger)
        self._turn += 1

    async def _tell(self, event: str, text: str, **more: str) -> None:
        self._told_ms = self._ear.heard_ms
        timed = self._ear.timed(text)
        await self._say(
            "TurnInfo",
            request_id="r",
            event=event,
            turn_index=self._turn,
            audio_window_start=self._ear.start_ms / 1000,
            audio_window_end=self._ear.heard_ms / 1000,
            transcript=text,
            words=[{"word": word, "confidence": 0.9, "start": start, "end": end} for word, start, end in timed],
            end_of_turn_confidence=min(1.0, self._ear.silence_ms / self._waits_ms()[1]),
            **more,
        )

    async def _say(self, kind: str, **content: Any) -> None:
        await self._socket.send({"type": kind, "sequence_id": self._sequence, **content})
        self._sequence += 1
