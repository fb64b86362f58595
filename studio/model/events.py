"""The closed list of things that happen in a call. A reader picks the ones it needs and passes over the rest.

Each event is frozen, carries its time first, and a unit under every field. Must not know who reads it.
"""

from dataclasses import dataclass

from studio.model.conversation import TimedWord
from studio.model.provider_events import FellBack, ReplyFailed, Retried, ToolAnswered, ToolCalled, UnitsUsed
from studio.model.terms import CancelReason, Stage, Track, TranscriptKind, Trigger
from studio.model.time import Instant
from studio.model.turn_events import (
    AgentHeld,
    AgentResumed,
    EchoSuspected,
    EndpointSet,
    IntentGuessed,
    PlayoutDelayed,
    PlayoutUnderrun,
    Routed,
    SpeculationEnded,
    SpeculationStarted,
)


@dataclass(frozen=True, slots=True)
class StageReady:
    """A stage has loaded and warmed up."""

    at: Instant
    stage: Stage
    provider: str
    """PROVIDER/MODEL as in the preset."""
    load_ms: float
    """Time from the start of loading to ready, in milliseconds."""


@dataclass(frozen=True, slots=True)
class TrackStarted:
    """Sample 0 of an audio track is at this moment at the device."""

    at: Instant
    track: Track
    rate_hz: int
    """Samples per second."""


@dataclass(frozen=True, slots=True)
class DeviceChanged:
    """The microphone or the speaker is another one from now on."""

    at: Instant
    track: Track
    device: str
    """The device's name as the system tells it; a file's name for a recording."""
    reason: str
    """chosen or lost."""


@dataclass(frozen=True, slots=True)
class AudioLost:
    """Samples that were never captured, or silence that was played because nothing was ready."""

    at: Instant
    track: Track
    samples: int
    """Samples at the track's rate."""
    reason: str
    """overflow, underrun or device."""


@dataclass(frozen=True, slots=True)
class Muted:
    """The user switched the microphone off or on."""

    at: Instant
    on: bool
    """True: the stages hear silence."""


@dataclass(frozen=True, slots=True)
class RecordingSwitched:
    """The user switched recording off or on."""

    at: Instant
    on: bool
    """False: neither sound nor words are kept from here on."""


@dataclass(frozen=True, slots=True)
class UserAudio:
    """One VAD frame of the user was judged."""

    at: Instant
    """When the judgement was there."""
    start: Instant
    """When the frame's first sample was at the device."""
    length_ms: float
    """The frame's length in milliseconds."""
    speech_probability: float
    """0 to 1."""
    threshold: float
    """0 to 1: speech from here on."""
    peak: float
    """Largest magnitude, 0 to 1."""


@dataclass(frozen=True, slots=True)
class AgentAudio:
    """One block went to the speaker."""

    at: Instant
    start: Instant
    """When the block's first sample was at the device."""
    length_ms: float
    """The block's length in milliseconds."""
    peak: float
    """Largest magnitude, 0 to 1."""
    buffered_ms: float
    """What was still waiting behind it, in milliseconds."""


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """The VAD hears the user."""

    at: Instant
    turn: int
    """Index of the turn this speech belongs to."""
    start: Instant
    """First audible sample, at the device."""


@dataclass(frozen=True, slots=True)
class SpeechPaused:
    """The user has been silent long enough that the turn may be over."""

    at: Instant
    turn: int
    end: Instant
    """Last audible sample, at the device."""
    waited_ms: float
    """Silence that was waited for, in milliseconds of audio: the effective timer."""


@dataclass(frozen=True, slots=True)
class TurnJudged:
    """The turn detector says how likely the turn is over."""

    at: Instant
    turn: int
    asked: Instant
    """When it was asked."""
    probability: float
    """0 to 1."""
    threshold: float
    """0 to 1: over from here on."""


@dataclass(frozen=True, slots=True)
class Transcribed:
    """The STT engine said something about the user's words."""

    at: Instant
    turn: int
    kind: TranscriptKind
    text: str
    """All the words of the turn so far."""
    asked: Instant | None
    """For an end: when the engine was told that the user stopped."""
    confidence: float | None
    """0 to 1, None where the engine gives none."""
    trigger: Trigger | None = None
    """For an end: VENDOR where the engine ended the turn by its own judgement."""
    words: tuple[TimedWord, ...] = ()
    """Where the engine times its words: in milliseconds since the session began, at the device."""


@dataclass(frozen=True, slots=True)
class TurnCommitted:
    """The user's turn is over and the agent answers."""

    at: Instant
    turn: int
    text: str
    trigger: Trigger
    start: Instant
    """First audible user sample, at the device."""
    end: Instant
    """Last audible user sample, at the device."""
    silence_met: Instant
    """When the waiting for silence that led here was over."""
    judged: Instant
    """When it was decided that the turn is over; the transcript may come later."""


@dataclass(frozen=True, slots=True)
class ReplyStarted:
    """The language model was asked."""

    at: Instant
    turn: int
    model: str
    """PROVIDER/MODEL."""


@dataclass(frozen=True, slots=True)
class ReplyText:
    """The language model said a piece of the reply."""

    at: Instant
    turn: int
    text: str


@dataclass(frozen=True, slots=True)
class ReplyEnded:
    """The language model finished its reply."""

    at: Instant
    turn: int
    input_tokens: int | None
    """All tokens of the prompts; None where the server does not count."""
    output_tokens: int | None
    cache_read_tokens: int = 0
    """Tokens of the prompts that the vendor already had."""
    cache_write_tokens: int = 0
    """Tokens of the prompts that the vendor keeps from now on, where that has a price of its own."""


@dataclass(frozen=True, slots=True)
class ClauseReady:
    """A speakable piece of the reply was complete."""

    at: Instant
    turn: int
    clause: int
    """Index within the reply."""
    text: str


@dataclass(frozen=True, slots=True)
class SpeechSynthesised:
    """A piece of the agent's voice arrived from the TTS engine."""

    at: Instant
    turn: int
    clause: int
    asked: Instant
    """When the engine was asked for this clause."""
    position: int
    """Index of its first sample in the agent track."""
    samples: int
    """Samples at the agent track's rate."""
    cached: bool = False
    """From the voice cache: nothing was asked of the engine."""


@dataclass(frozen=True, slots=True)
class AgentSpeaking:
    """The first audible sample of a reply was at the speaker."""

    at: Instant
    turn: int
    start: Instant
    """First audible sample, at the device."""


@dataclass(frozen=True, slots=True)
class AgentSilent:
    """A reply is over: played to the end, or cut off."""

    at: Instant
    turn: int
    end: Instant
    """Last audible sample, at the device."""
    heard: str
    """The words that were really played: what the history holds."""
    interrupted: bool


@dataclass(frozen=True, slots=True)
class BargeIn:
    """The user spoke while the agent was speaking, and the agent gives way."""

    at: Instant
    turn: int
    """The agent's turn that is cut off."""
    onset: Instant
    """First audible sample of the interruption, at the device."""


@dataclass(frozen=True, slots=True)
class ReplyCancelled:
    """A reply was dropped before anything of it was heard."""

    at: Instant
    turn: int
    reason: CancelReason


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something failed; the call goes on where it can."""

    at: Instant
    stage: Stage
    message: str
    """One sentence for the user, without secrets."""
    category: str
    """An ErrorCategory of a provider, `environment` (a device, a disk), `retiring` (a model), `unallowed` (tools) or
    `bug`."""


@dataclass(frozen=True, slots=True)
class CallEnded:
    """The last event of a call that ended in order."""

    at: Instant
    reason: str
    """hung_up, input_ended or failed."""


Event = (
    StageReady
    | TrackStarted
    | DeviceChanged
    | AudioLost
    | Muted
    | RecordingSwitched
    | UserAudio
    | AgentAudio
    | SpeechStarted
    | SpeechPaused
    | TurnJudged
    | EndpointSet
    | SpeculationStarted
    | SpeculationEnded
    | IntentGuessed
    | Routed
    | Transcribed
    | TurnCommitted
    | ReplyStarted
    | ReplyText
    | ReplyEnded
    | ToolCalled
    | ToolAnswered
    | ReplyFailed
    | Retried
    | FellBack
    | UnitsUsed
    | ClauseReady
    | SpeechSynthesised
    | AgentSpeaking
    | AgentSilent
    | AgentHeld
    | AgentResumed
    | EchoSuspected
    | PlayoutDelayed
    | PlayoutUnderrun
    | BargeIn
    | ReplyCancelled
    | Trouble
    | CallEnded
)
