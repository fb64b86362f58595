"""Who holds the floor: one pure state machine, `(state, input, now) -> (state, decisions)`.

It never waits and has no clock: silence and speech are counted in audio, so a late frame cannot end a
turn early, and every timer is a field of `TurnTaking`. It knows nothing of stages, engines or sound;
`conversation.py` feeds it and obeys it. A user who goes on before the answer was heard takes the turn
back: the reply is cancelled and the words are joined.
"""

from dataclasses import dataclass, replace
from enum import Enum, auto

from studio.model.preset import TurnTaking
from studio.model.terms import Trigger
from studio.model.time import NS_PER_MS, Instant


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


@dataclass(frozen=True, slots=True)
class State:
    """All that turn taking remembers."""

    user: User = User.SILENT
    agent: Agent = Agent.IDLE
    speech_ns: int = 0
    """Length of the current run of speech frames."""
    silence_ns: int = 0
    """Length of the current run of silent frames."""
    pause: int = 0
    """Counts pauses, so that an answer about an earlier one is recognised as stale."""
    silence_met: Instant | None = None
    """When the silence that a turn's end needs was reached."""
    over: Trigger | None = None
    """Why this turn is over, as soon as it is."""
    over_at: Instant | None = None
    end_probability: float | None = None
    """The turn detector's word on this pause."""
    words: str | None = None
    """The final transcript of this pause; None while it is awaited."""


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
class FinalWords:
    """The final transcript of a pause; empty when there were no words."""

    pause: int
    text: str


@dataclass(frozen=True, slots=True)
class VendorEnd:
    """The STT vendor holds the turn for over, of its own accord; these are its words."""

    text: str


@dataclass(frozen=True, slots=True)
class ReplyBegins:
    """The agent speaks of its own accord: a greeting."""


@dataclass(frozen=True, slots=True)
class ReplyAudible:
    """The first audible sample of the reply was played."""


@dataclass(frozen=True, slots=True)
class ReplyOver:
    """The reply was played to its end, stopped or failed."""


Input = Frame | TurnEndProbability | FinalWords | VendorEnd | ReplyBegins | ReplyAudible | ReplyOver


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
class Interrupt:
    """The user barges in: be silent at once."""

    speech_ns: int


Decision = HearSpeech | ExpectEnd | Pause | Commit | Dismiss | CancelReply | Interrupt


def step(state: State, event: Input, now: Instant, timers: TurnTaking) -> tuple[State, list[Decision]]:
    """What follows from an input that came in at `now`."""
    match event:
        case Frame():
            return _speech(state, event, timers) if event.speech else _silence(state, event, now, timers)
        case TurnEndProbability(pause=pause, probability=probability):
            if pause != state.pause or state.user is not User.PAUSING:
                return state, []
            return _conclude(_judge(replace(state, end_probability=probability), now, timers))
        case FinalWords(pause=pause, text=text):
            if pause != state.pause or state.user is not User.PAUSING:
                return state, []
            return _conclude(replace(state, words=text))
        case VendorEnd(text=text):
            if state.user is not User.PAUSING or state.over is not None or not text or not timers.vendor_end:
                return state, []
            told: list[Decision] = [] if state.silence_met is not None else [Pause(state.silence_ns)]
            met = state.silence_met if state.silence_met is not None else now
            state, concluded = _conclude(replace(state, silence_met=met, over=Trigger.VENDOR, over_at=now, words=text))
            return state, told + concluded
        case ReplyBegins():
            return replace(state, agent=Agent.THINKING), []
        case ReplyAudible():
            return (replace(state, agent=Agent.SPEAKING) if state.agent is Agent.THINKING else state), []
        case ReplyOver():
            return replace(state, agent=Agent.IDLE), []


def _speech(state: State, frame: Frame, timers: TurnTaking) -> tuple[State, list[Decision]]:
    heard = state.speech_ns + frame.length_ns
    state = replace(state, speech_ns=heard, silence_ns=0)
    needed_ms = timers.barge_in_ms if state.agent is Agent.SPEAKING else timers.speech_ms
    if state.user is User.SPEAKING or (state.user is User.SILENT and heard < needed_ms * NS_PER_MS):
        return state, []
    decisions: list[Decision] = []
    if state.agent is Agent.SPEAKING:
        decisions.append(Interrupt(heard))
    elif state.agent is Agent.THINKING:
        decisions.append(CancelReply())
    return _fresh(state, User.SPEAKING), [*decisions, HearSpeech(heard)]


def _fresh(state: State, user: User) -> State:
    """`state` with nothing known of a pause, and no reply under way."""
    agent = Agent.IDLE if user is User.SPEAKING else state.agent
    return State(user=user, agent=agent, speech_ns=state.speech_ns, pause=state.pause)


def _silence(state: State, frame: Frame, now: Instant, timers: TurnTaking) -> tuple[State, list[Decision]]:
    silence = state.silence_ns + frame.length_ns
    state = replace(state, speech_ns=0, silence_ns=silence)
    if state.user is User.SILENT:
        return state, []
    decisions: list[Decision] = []
    if (
        state.user is User.SPEAKING
        and silence >= min(timers.eager_ms, timers.silence_ms, timers.patience_ms) * NS_PER_MS
    ):
        state = replace(state, user=User.PAUSING, pause=state.pause + 1)
        decisions.append(ExpectEnd(state.pause))
    if state.user is User.PAUSING and state.over is None:
        if state.silence_met is None and silence >= min(timers.silence_ms, timers.patience_ms) * NS_PER_MS:
            state = replace(state, silence_met=now)
            decisions.append(Pause(silence))
        if silence >= timers.patience_ms * NS_PER_MS:
            # The wait that led to this end is the long one, so that is what the turn shows.
            state = replace(state, silence_met=now, over=Trigger.SILENCE, over_at=now)
        else:
            state = _judge(state, now, timers)
    state, concluded = _conclude(state)
    return state, decisions + concluded


def _judge(state: State, now: Instant, timers: TurnTaking) -> State:
    probable = state.end_probability is not None and state.end_probability >= timers.turn_threshold
    if state.over is None and state.silence_met is not None and probable:
        return replace(state, over=Trigger.TURN_DETECTOR, over_at=now)
    return state


def _conclude(state: State) -> tuple[State, list[Decision]]:
    """Answer once the turn is over and its words are there."""
    if state.over is None or state.over_at is None or state.silence_met is None or state.words is None:
        return state, []
    silent = replace(_fresh(state, User.SILENT), speech_ns=0)
    if not state.words:
        return silent, [Dismiss()]
    commit = Commit(state.words, state.over, state.silence_met, state.over_at)
    return replace(silent, agent=Agent.THINKING), [commit]
