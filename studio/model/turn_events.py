"""Events about turn taking, speculation, routing and playout; the whole list is in `events.py`."""

from dataclasses import dataclass

from studio.model.terms import FalseInterruption, Level
from studio.model.time import Instant


@dataclass(frozen=True, slots=True)
class EndpointSet:
    """How much silence ends the turn in this pause: the effective timer, set anew with everything that is learned."""

    at: Instant
    turn: int
    wait_ms: float
    """Silence that is waited for, in milliseconds from the user's last speech frame."""
    probability: float | None
    """0 to 1: that the turn is over, of all that is known; None while nothing is."""
    detector: float | None
    """0 to 1: the turn detector's share in it; None before it has judged."""
    cue: float
    """What the words say, in logits: below 0 they are unfinished, above 0 complete."""
    reason: str
    """For people: `sure`, `unsure`, `unfinished words`, `not judged`, `slow speaker` or `vendor`."""


@dataclass(frozen=True, slots=True)
class SpeculationStarted:
    """A reply is begun for what the user will probably have said."""

    at: Instant
    turn: int
    draft: int
    """Counts the speculations of the call, from 1."""
    text: str
    """The words that are answered."""
    final: bool
    """False: for words that the STT engine may still change."""


@dataclass(frozen=True, slots=True)
class SpeculationEnded:
    """The turn was over and its words were those, or the reply was thrown away unheard."""

    at: Instant
    turn: int
    draft: int
    hit: bool
    saved_ms: float
    """How much sooner the answer is there than one begun now, in milliseconds; 0 for a miss."""
    tokens: int
    """Tokens that were written for nothing: 0 for a hit. Counted in pieces of the stream where no count came."""
    characters: int
    """Characters that were given a voice for nothing; 0 for a hit."""


@dataclass(frozen=True, slots=True)
class AgentHeld:
    """The user makes a sound while the agent speaks: it pauses until it is clear whether that is an interruption."""

    at: Instant
    turn: int
    """The agent's turn."""
    onset: Instant
    """First audible sample of the user, at the device."""


@dataclass(frozen=True, slots=True)
class AgentResumed:
    """It was none: the agent goes on where it was heard last."""

    at: Instant
    turn: int
    cause: FalseInterruption
    words: str
    """What the user said, if anything."""


@dataclass(frozen=True, slots=True)
class EchoSuspected:
    """What the microphone hears is the agent itself: it does not count as the user's voice."""

    at: Instant
    turn: int
    """The agent's turn."""
    likeness: float
    """0 to 1: how much of the user's sound is explained by what was played."""
    delay_ms: float
    """How much later it was heard than played, in milliseconds."""


@dataclass(frozen=True, slots=True)
class IntentGuessed:
    """What the user wants, guessed from words so far or judged from the final ones."""

    at: Instant
    turn: int
    intent: str
    confidence: float
    """0 to 1."""
    text: str
    """The words it was guessed from."""
    final: bool
    """True: of the whole turn, what earlier guesses are scored against."""
    took_ms: float


@dataclass(frozen=True, slots=True)
class Routed:
    """Which model answers, and why."""

    at: Instant
    turn: int
    level: Level
    model: str
    """PROVIDER/MODEL."""
    reason: tuple[str, ...]
    """What spoke for the level, the strongest first: traits of the words; or the preset, as `always` or `intent`."""
    words: tuple[str, ...]
    """The user's own that spoke for it, too; for `intent` its name."""
    confidence: float
    """0 to 1: of the level, for `intent` of that; 1 for `always`."""
    took_ms: float


@dataclass(frozen=True, slots=True)
class PlayoutDelayed:
    """The jitter buffer has held the agent's voice back until now, so that what comes late is still in time."""

    at: Instant
    turn: int
    delay_ms: float
    """For how long, in milliseconds."""


@dataclass(frozen=True, slots=True)
class PlayoutUnderrun:
    """The speaker had nothing to play in the middle of a reply; told when the voice goes on."""

    at: Instant
    turn: int
    start: Instant
    """First sample without voice, at the device."""
    gap_ms: float
    """Silence that was heard for it, in milliseconds."""
    within_clause: bool
    """True: words were torn apart, the voice came too slowly. False: the next clause was not there yet."""
