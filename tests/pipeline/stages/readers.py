"""What the tests of the stages share: someone who reads a bus, and a loop whose time jumps."""

import asyncio
from collections.abc import AsyncGenerator, Coroutine, Sequence
from typing import TypeVar

import numpy as np

from studio.model.audio import AudioBlock, Samples
from studio.model.conversation import Message, Tool
from studio.model.events import Event
from studio.model.terms import Track
from studio.model.time import Instant
from studio.pipeline.clock import VirtualTimeLoop
from studio.pipeline.ports import ReplyPiece
from studio.pipeline.reply import Model, Reply

_T = TypeVar("_T")
_E = TypeVar("_E", bound=Event)


class Reader:
    """Keeps all of a call."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.blocks: dict[Track, list[AudioBlock]] = {track: [] for track in Track}

    def on_event(self, event: Event) -> None:
        self.events.append(event)

    def on_audio(self, track: Track, block: AudioBlock, rate_hz: int) -> None:
        self.blocks[track].append(block)

    def sound(self, track: Track) -> Samples:
        return np.concatenate([block.samples for block in self.blocks[track]])

    def of(self, kind: type[_E]) -> list[_E]:
        return [event for event in self.events if isinstance(event, kind)]


def virtually(work: Coroutine[None, None, _T]) -> _T:
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(work)


def tone(rate_hz: int, seconds: float, level: float = 0.3) -> Samples:
    """Loud from its first sample on."""
    return (level * np.cos(2 * np.pi * 220 * np.arange(round(rate_hz * seconds)) / rate_hz)).astype(np.float32)


class Nobody:
    """A model that is never asked."""

    use = "nobody/none"

    async def reply(self, messages: Sequence[Message], tools: Sequence[Tool] = ()) -> AsyncGenerator[ReplyPiece, None]:
        raise AssertionError("nobody is asked")
        yield ReplyPiece()


def reply_to(model: Model | None = None, turn: int = 3, committed: bool = True) -> Reply:
    """A reply that may be heard, or not yet."""
    reply = Reply(turn, model or Nobody(), "What?", Instant(0))
    if committed:
        reply.may_be_heard.set()
    return reply
