"""Events about providers: tools, failures, who takes over, what is billed; the whole list is in `events.py`."""

from dataclasses import dataclass

from studio.model.terms import Stage
from studio.model.time import Instant


@dataclass(frozen=True, slots=True)
class ToolCalled:
    """The language model asked for a tool."""

    at: Instant
    turn: int
    call: str
    """The vendor's name for this call."""
    tool: str
    arguments: str
    """A JSON object, as the model wrote it."""


@dataclass(frozen=True, slots=True)
class ToolAnswered:
    """A tool has answered, or failed, and the language model is told."""

    at: Instant
    turn: int
    call: str
    tool: str
    answer: str
    failed: bool


@dataclass(frozen=True, slots=True)
class ReplyFailed:
    """Nothing came of a reply: what is heard in its place is an apology, or a sound."""

    at: Instant
    turn: int


@dataclass(frozen=True, slots=True)
class Retried:
    """A provider failed and is asked again."""

    at: Instant
    stage: Stage
    provider: str
    """PROVIDER/MODEL."""
    reason: str
    """Its error, one sentence."""
    wait_ms: float
    """How long is waited before, in milliseconds."""


@dataclass(frozen=True, slots=True)
class FellBack:
    """A provider was given up, for this call, for the preset's next one."""

    at: Instant
    stage: Stage
    provider: str
    """PROVIDER/MODEL that failed."""
    to: str
    """PROVIDER/MODEL that takes over."""
    reason: str
    """The error, one sentence."""
    category: str = ""
    """Its ErrorCategory."""


@dataclass(frozen=True, slots=True)
class UnitsUsed:
    """A provider did something that it bills: the measured units, without money."""

    at: Instant
    turn: int
    stage: Stage
    provider: str
    """PROVIDER/MODEL."""
    audio_ms: float = 0
    """Milliseconds of the user's sound that were sent."""
    characters: int = 0
    """Characters that were given a voice."""
    prompt_tokens: int = 0
    """All tokens of the prompt."""
    cache_read_tokens: int = 0
    """Of those, the ones that the vendor already had."""
    cache_write_tokens: int = 0
    """Of those, the ones that the vendor keeps from now on, where that has a price of its own."""
    written_tokens: int = 0
    estimated: bool = False
    """True where the vendor did not tell, since the request was cancelled: counted here."""
    draft: int = 0
    """Which speculation of the call it was used for; 0: none."""
