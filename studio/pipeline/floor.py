"""The floor, which one of two holds: what is remembered of it, what comes in, what is decided. Records only."""

from dataclasses import dataclass
from enum import Enum, auto

from studio.model.preset import Speculation, TurnTaking
from studio.model.terms import FalseInterruption, Trigger
from studio.model.time import Instant
from studio.pipeline.endpointing import Endpoint


class User(Enum):
    """What the user does."""

    SILENT = auto()
    SPEAKING = auto()
    PAUSING = auto()
    """Silent after speech; the turn may be over."""


class Agent(Enum):
    """What the agent does."""

    IDLE = auto()
    THINKING = auto()
    """A reply is under way and nothing of it has been heard."""
    SPEAKING = auto()
    HELD = auto()
    """It pauses: the user made a sound."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What a preset says about all this."""

    timers: TurnTaking
    speculation: Speculation


@dataclass(frozen=True, slots=True)
class State:
    """All that turn taking remembers."""

    user: User = User.SILENT
    agent: Agent = Agent.IDLE
    protected: bool = False
    """The agent cannot be interrupted now."""
    speech_ns: int = 0
    """Length of the current run of speech frames."""
    silence_ns: int = 0
    """Length of the current run of silent frames."""
    gap_ns: int = 0
    """Length of the run of silent frames before the current speech."""
    overlap_ns: int = 0
    """Speech since the user began to speak over the agent."""
    pace_ns: int = 0
    """How long this user pauses within a turn; 0: not known."""
    pause: int = 0
    """Counts pauses, so that an answer about an earlier one is recognised as stale."""
    silence_met: Instant | None = None
    """When the silence that a sure end needs was reached."""
    over: Trigger | None = None
    """Why this turn is over, as soon as it is."""
    over_at: Instant | None = None
    end_probability: float | None = None
    """The turn detector's word on this pause."""
    vendor_eager: bool = False
    """The STT vendor's word on it: it may be over."""
    endpoint: Endpoint | None = None
    """What all that amounts to; None outside of a pause."""
    so_far: str = ""
    """The words of the turn as they were last told, final or not."""
    heard_out: bool = False
    """They were told after the latest speech, so that they may be all of it."""
    words: str | None = None
    """The final transcript of this pause; None while it is awaited."""
    drafted: str | None = None
    """The words, normalised, that a reply was begun for before the turn is over."""
    drafts: int = 0
    """Replies that were begun so for this turn."""

    @property
    def over_agent(self) -> bool:
        """Whether what the user does now is done over the agent's voice, or while it pauses for them."""
        return self.agent in (Agent.SPEAKING, Agent.HELD)


@dataclass(frozen=True, slots=True)
class Frame:
    """A VAD frame was judged."""

    speech: bool
    length_ns: int


@dataclass(frozen=True, slots=True)
class TurnEndProbability:
    """The turn detector's answer about a pause."""

    pause: int
    probability: float


@dataclass(frozen=True, slots=True)
class WordsSoFar:
    """The turn's words up to now; the STT engine may still change them."""

    text: str


@dataclass(frozen=True, slots=True)
class FinalWords:
    """The final transcript of a pause; empty when there were no words."""

    pause: int
    text: str


@dataclass(frozen=True, slots=True)
class VendorEager:
    """The STT vendor says that the turn may be over, with these words."""

    text: str


@dataclass(frozen=True, slots=True)
class VendorResume:
    """The STT vendor says that it goes on after all."""


@dataclass(frozen=True, slots=True)
class VendorEnd:
    """The STT vendor holds the turn for over, of its own accord; these are its words."""

    text: str


@dataclass(frozen=True, slots=True)
class ReplyBegins:
    """The agent speaks of its own accord: a greeting."""

    protected: bool = False
    """It cannot be interrupted."""


@dataclass(frozen=True, slots=True)
class ReplyAudible:
    """The first audible sample of the reply was played."""


@dataclass(frozen=True, slots=True)
class ReplyOver:
    """The reply was played to its end, stopped or failed."""


Input = (
    Frame
    | TurnEndProbability
    | WordsSoFar
    | FinalWords
    | VendorEager
    | VendorResume
    | VendorEnd
    | ReplyBegins
    | ReplyAudible
    | ReplyOver
)


@dataclass(frozen=True, slots=True)
class HearSpeech:
    """The user speaks: a new turn, or the same one after a pause."""

    speech_ns: int
    """How much speech has been heard when this was decided."""


@dataclass(frozen=True, slots=True)
class ExpectEnd:
    """The turn may be over soon: transcribe and judge now, on speculation."""

    pause: int


@dataclass(frozen=True, slots=True)
class Pause:
    """The silence that a turn's end needs has been reached."""

    waited_ns: int


@dataclass(frozen=True, slots=True)
class Wait:
    """This much silence ends the turn, as far as is known now."""

    endpoint: Endpoint


@dataclass(frozen=True, slots=True)
class Draft:
    """Begin a reply to these words, in place of any begun before; nobody may hear it yet."""

    text: str
    final: bool


@dataclass(frozen=True, slots=True)
class DropDraft:
    """The words are others: nothing comes of the reply that was begun."""


@dataclass(frozen=True, slots=True)
class Commit:
    """The turn is over: answer it."""

    text: str
    trigger: Trigger
    silence_met: Instant
    judged: Instant


@dataclass(frozen=True, slots=True)
class Dismiss:
    """There were no words in it: a cough, a door."""


@dataclass(frozen=True, slots=True)
class CancelReply:
    """Drop the reply, nothing of which was heard; the user goes on with the same turn."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Be silent at once, and ready to go on."""


@dataclass(frozen=True, slots=True)
class Resume:
    """It was no interruption: go on, if the agent was paused, and forget what the user said."""

    cause: FalseInterruption
    text: str


@dataclass(frozen=True, slots=True)
class Interrupt:
    """The user barges in: the reply is over."""


Decision = (
    HearSpeech
    | ExpectEnd
    | Pause
    | Wait
    | Draft
    | DropDraft
    | Commit
    | Dismiss
    | CancelReply
    | Hold
    | Resume
    | Interrupt
)
