"""What is said in a conversation, as a language model reads it, and the tools it may use. Frozen."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pydantic import JsonValue


@dataclass(frozen=True, slots=True)
class TimedWord:
    """A word and when it is spoken, in milliseconds from the moment that whoever holds it says."""

    text: str
    start_ms: float
    end_ms: float


@dataclass(frozen=True, slots=True)
class Tool:
    """Something the language model may ask for."""

    name: str
    """Letters, digits, `_` and `-`, at most 64: what every vendor accepts."""
    description: str
    """What it does and when to use it, for the model."""
    parameters: Mapping[str, JsonValue]
    """JSON schema of its arguments, an object."""
    side_effects: bool = True
    """False: asking twice, or for nothing, does no harm (a look-up)."""


@dataclass(frozen=True, slots=True)
class ToolCall:
    """The model asks for a tool."""

    id: str
    """The vendor's name for this call, which its answer repeats."""
    name: str
    arguments: str
    """A JSON object, as the model wrote it."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message of the history."""

    role: Literal["system", "user", "assistant", "tool"]
    text: str
    """For the assistant: only what the user really heard. For a tool: its answer."""
    calls: tuple[ToolCall, ...] = ()
    """The tools that an assistant's message asks for."""
    call_id: str = ""
    """For a tool's answer: the id of the call."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a language model was given and wrote, as the vendor counts and bills it."""

    prompt: int
    """All tokens of the prompt, those in the two counts below included."""
    written: int
    """Tokens of the reply, unspoken ones (thinking, tool calls) included."""
    cache_read: int = 0
    """Tokens of the prompt that the vendor already had."""
    cache_write: int = 0
    """Tokens of the prompt that the vendor keeps from now on, where that has a price of its own."""
