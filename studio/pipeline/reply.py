"""One reply on its way from the first thought to the speaker. Records; knows no stage."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from studio.model.conversation import Message, Tool
from studio.model.time import Instant
from studio.pipeline.ports import ReplyPiece


class Model(Protocol):
    """Whoever thinks."""

    @property
    def use(self) -> str:
        """PROVIDER/MODEL, whose units are told."""

    def reply(self, messages: Sequence[Message], tools: Sequence[Tool] = ()) -> AsyncGenerator[ReplyPiece, None]:
        """As of `LanguageModel`."""


@dataclass(slots=True)
class Reply:
    """What is known of it, and whether it may be heard."""

    turn: int
    model: Model
    """Who is asked."""
    text: str
    """The user's words that it answers, or what is said of the agent's own accord."""
    began: Instant
    draft: int = 0
    """Which speculation of the call it is, counted from 1; 0: it was begun when the turn was over."""
    voice_ahead: bool = True
    """Whether it is given a voice before it may be heard."""
    may_be_heard: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the turn is over: until then nothing is played, and no tool does anything."""
    voiced: Instant | None = None
    """When its first sound was there, if it had to wait then."""
    tokens: int = 0
    """Pieces that the model wrote."""
    characters: int = 0
    """Characters that were given a voice."""
    exchange: list[Message] = field(default_factory=list)
    """What was said between the model and its tools, for the history."""
