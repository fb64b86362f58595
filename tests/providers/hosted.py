"""Hosted providers as the contract suite and the overhead table use them: each against its vendor's stand-in."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from studio.model.audio import Samples, silence
from studio.model.conversation import Message
from studio.model.preset import Part, Role
from studio.model.terms import TranscriptKind
from studio.pipeline.ports import SttStream, Transcript
from studio.providers.catalog import build, known, providers
from tests.fakes.registry import fake
from tests.fakes.script import Script
from tests.fakes.server import FakeServer

KEY = "canary-3f9a51c07d"
QUICK = Script(final_s=0.02, first_token_s=0.02, token_s=0.001, first_audio_s=0.02)
SHORT: dict[str, Any] = {"connect_timeout_s": 0.5, "answer_timeout_s": 0.5, "stall_timeout_s": 0.4}
"""Limits for those who will never answer."""
ROLES = (Role.STT, Role.LLM, Role.TTS)
ASKED = [Message("system", "Answer briefly."), Message("user", "What is the capital of Italy?")]
TEXT = "The capital of Italy is Rome."
_BLOCK = 512


def hosted(role: Role) -> list[str]:
    """PROVIDER/MODEL of every hosted provider of a role, one for each protocol that it speaks."""
    uses = []
    for name, about in providers().items():
        if about.hosted and about.discontinued is None:
            protocols = {model.target: model for model in reversed(about.of_role(role)) if model.retires_on is None}
            protocols |= {model.target: model for model in about.of_role(role)[:1]}
            uses += [f"{name}/{model.name}" for model in reversed(protocols.values())]
    return uses


def capabilities(role: Role, use: str) -> tuple[str, ...]:
    """What the catalog says that it can do."""
    return known(role, Part(use=use)).capabilities


def env_key(use: str) -> str | None:
    """The variable its key is read from."""
    return providers()[use.partition("/")[0]].env_key


@dataclass
class Service:
    """A provider that is built against its stand-in, not yet open."""

    role: Role
    engine: Any
    server: FakeServer
    fake: Any

    async def use(self) -> Any:
        """Open, use once, close: what a user gets of it."""
        try:
            await self.engine.open()
            match self.role:
                case Role.STT:
                    return await hear(self.engine)
                case Role.LLM:
                    return await ask(self.engine)
                case _:
                    return await say(self.engine)
        finally:
            await self.engine.close()


@asynccontextmanager
async def service(role: Role, use: str, script: Script = QUICK, **settings: Any) -> AsyncIterator[Service]:
    """A provider and its stand-in, which takes only the key `KEY`."""
    stand_in = fake(use.partition("/")[0], script, KEY)
    async with FakeServer({"": stand_in}) as server:
        part = Part.model_validate({"use": use, "base_url": server.url(), **settings})
        yield Service(role, build(role, part), server, stand_in)
        assert server.failures == []


async def ask(llm: Any) -> str:
    """The text of a reply."""
    return "".join([piece.text async for piece in llm.reply(ASKED)])


async def say(tts: Any, text: str = TEXT) -> Samples:
    """The sound of a clause."""
    return np.concatenate([silence(0), *[sound.samples async for sound in tts.speak(text)]])


class Written:
    """Pieces of a reply, each after a wait in seconds; they can be gone through again."""

    def __init__(self, *texts: tuple[float, str]) -> None:
        self._texts = texts

    async def __aiter__(self) -> AsyncIterator[str]:
        for wait_s, text in self._texts:
            await asyncio.sleep(wait_s)
            yield text


async def hear(stt: Any) -> list[Transcript]:
    """What is said about one utterance."""
    caller = Caller(await stt.stream())
    try:
        await caller.utter()
        return [*await caller.end()]
    finally:
        await caller.close()


@dataclass
class Caller:
    """Pushes loud and quiet sound into a stream with the hints of a VAD, faster than real time."""

    stream: SttStream
    said: list[Transcript] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._transcripts = self.stream.transcripts()

    async def utter(self, speech_ms: int = 1200) -> None:
        """Silence, speech, and the pause after it, of which the stream is told."""
        await self.push(700, loud=False)
        await self.push(96, loud=True)
        self.stream.speech_started()
        await self.push(speech_ms, loud=True)
        await self.push(96, loud=False)
        self.stream.speech_paused()

    async def go_on(self, speech_ms: int = 400) -> None:
        """Speech again, after a short pause."""
        self.stream.speech_started()
        await self.push(speech_ms, loud=True)
        await self.push(96, loud=False)
        self.stream.speech_paused()

    async def push(self, length_ms: int, loud: bool) -> None:
        """Sound or silence."""
        tone = (0.3 * np.sin(np.arange(_BLOCK) / 5)).astype(np.float32)
        for _ in range(length_ms * 16 // _BLOCK):
            self.stream.push(tone if loud else silence(_BLOCK))
            await asyncio.sleep(0.001)

    async def end(self, patience_s: float = 5) -> list[Transcript]:
        """What is said up to the next END, it included."""
        said: list[Transcript] = []
        async with asyncio.timeout(patience_s):
            async for transcript in self._transcripts:
                said.append(transcript)
                if transcript.kind is TranscriptKind.END:
                    break
        self.said += said
        return said

    async def close(self) -> None:
        """Hang up."""
        await self._transcripts.aclose()
        await self.stream.close()


async def first(pieces: AsyncGenerator[Any, None]) -> float:
    """When the first piece came, by `time.perf_counter`; the rest is not waited for."""
    async with aclosing(pieces):
        await anext(pieces)
        return time.perf_counter()
