"""What a recording tells of its turns beyond its events' order: pauses with their answers, replies with their fate.

Pure: events in, records out. Must not know turn taking.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from studio.model.events import (
    AgentSilent,
    AgentSpeaking,
    BargeIn,
    Event,
    ReplyCancelled,
    ReplyText,
    SpeechStarted,
    Transcribed,
    TurnCommitted,
    TurnJudged,
    UserAudio,
)
from studio.model.terms import CancelReason, TranscriptKind, Trigger
from studio.model.time import NS_PER_MS, Duration, Instant, later, milliseconds
from studio.model.turn_events import AgentHeld, AgentResumed, EndpointSet

_SAME_PAUSE_NS = 100 * NS_PER_MS
"""Another `vad_threshold` moves the beginning of a pause by less."""


class Answer(NamedTuple):
    """What came of asking."""

    after: Duration
    """From asking to the answer."""
    number: int
    """Of the event that told it: what came first of two things at one instant."""
    value: float | str
    """A probability, or words."""


class Moment(NamedTuple):
    """When an event was, and which."""

    at: Instant
    number: int


@dataclass(slots=True)
class RecordedPause:
    """A silence in which the turn might have been over."""

    turn: int
    spoken: Instant
    """The end of the last frame of speech before it."""
    judged: Answer | None = None
    words: Answer | None = None


@dataclass(slots=True)
class RecordedReply:
    """Something the agent began to say, and when that was heard."""

    turn: int
    at: Instant
    spoken: Instant | None
    """As in `RecordedPause`; None for what answers nobody: a greeting."""
    text: str = ""
    """The user's words that it answers."""
    audible: Moment | None = None
    over: Moment | None = None
    """The end of it, heard or not; None where the user took the turn back or stopped it, or the call ended."""
    taken_back: Instant | None = None
    """The user went on before anything was heard."""
    held_ns: int = 0
    """How long it paused for what was no interruption."""


@dataclass(slots=True)
class RecordedTurns:
    """A whole session."""

    pauses: dict[Instant, RecordedPause] = field(default_factory=dict)
    """By `spoken`."""
    replies: dict[int, list[RecordedReply]] = field(default_factory=dict)
    """By turn, in order; the last one is the answer that stayed."""
    unasked: dict[int, RecordedReply] = field(default_factory=dict)
    """Greetings, by the number of the event with which they began."""
    stops: set[int] = field(default_factory=set)
    """The numbers of the events that tell that the agent was stopped from the window."""
    false_interruptions: Counter[int] = field(default_factory=Counter)
    """By the agent's turn."""
    barge_ins: Counter[int] = field(default_factory=Counter)
    _speech: list[tuple[Instant, Instant]] = field(default_factory=list)
    """When each frame of speech was judged, and its end."""
    _started: list[tuple[Instant, int]] = field(default_factory=list)
    _reply_of: dict[int, RecordedReply] = field(default_factory=dict)
    _held_since: dict[int, Instant] = field(default_factory=dict)

    def on_event(self, number: int, event: Event) -> None:
        """Take in the next event, the `number`th of the session."""
        self._on_user(number, event)
        match event:
            case TurnCommitted():
                reply = RecordedReply(event.turn, event.at, self._spoken_at(event.at), event.text)
                self._reply_of[event.turn] = reply
                self.replies.setdefault(event.turn, []).append(reply)
            case ReplyText() if event.turn not in self._reply_of and not self.pauses_of(event.turn):
                self._reply_of[event.turn] = self.unasked[number] = RecordedReply(event.turn, event.at, None)
            case AgentHeld():
                self._held_since.setdefault(event.turn, event.at)
            case AgentResumed():
                self._resume(event)
            case BargeIn():
                self.barge_ins[event.turn] += 1
            case ReplyCancelled(reason=CancelReason.STOPPED):
                self.stops.add(number)
            case AgentSilent(interrupted=True) if event.turn not in self.barge_ins:
                self.stops.add(number)
            case AgentSpeaking() | AgentSilent() | ReplyCancelled() if event.turn in self._reply_of:
                _take_fate(self._reply_of[event.turn], Moment(event.at, number), event)
            case _:
                pass

    def _on_user(self, number: int, event: Event) -> None:
        match event:
            case UserAudio() if event.speech_probability >= event.threshold:
                self._speech.append((event.at, later(event.start, milliseconds(event.length_ms))))
            case SpeechStarted():
                self._started.append((event.at, event.turn))
            case EndpointSet():
                self._pause(event.at, event.turn)
            case TurnJudged():
                answer = Answer(Duration(event.at - event.asked), number, event.probability)
                self._pause(event.asked, event.turn).judged = answer
            case Transcribed(kind=TranscriptKind.END, asked=int(asked)) if event.trigger is not Trigger.VENDOR:
                answer = Answer(Duration(event.at - asked), number, event.text.strip())
                self._pause(Instant(asked), event.turn).words = answer
            case _:
                pass

    def _pause(self, asked: Instant, turn: int) -> RecordedPause:
        spoken = self._spoken_at(asked)
        return self.pauses.setdefault(spoken, RecordedPause(turn, spoken))

    def _resume(self, event: AgentResumed) -> None:
        self.false_interruptions[event.turn] += 1
        reply, since = self._reply_of.get(event.turn), self._held_since.pop(event.turn, None)
        if reply is not None and since is not None:
            reply.held_ns += event.at - since

    def turn_at(self, moment: Instant) -> int:
        """The user's turn that was under way, or the last one."""
        place = bisect_right(self._started, moment, key=lambda started: started[0])
        return self._started[place - 1][1] if place else 0

    def pause_at(self, spoken: Instant) -> RecordedPause | None:
        """The pause that began there."""
        near = [pause for start, pause in self.pauses.items() if abs(start - spoken) < _SAME_PAUSE_NS]
        return min(near, key=lambda pause: abs(pause.spoken - spoken), default=None)

    def pauses_of(self, turn: int) -> list[RecordedPause]:
        """The pauses of a turn, in order."""
        return [pause for pause in self.pauses.values() if pause.turn == turn]

    def reply_to(self, turn: int, spoken: Instant) -> RecordedReply | None:
        """The reply that followed on that pause, else the one that stayed in the end."""
        replies = self.replies.get(turn, [])
        near = [r for r in replies if r.spoken is not None and abs(r.spoken - spoken) < _SAME_PAUSE_NS]
        return next(reversed(near or replies), None)

    def committed(self, turn: int) -> Instant | None:
        """When the user's turn was over for good."""
        return self.replies[turn][-1].at if turn in self.replies else None

    def cut_ins(self, turn: int) -> int:
        """How often it seemed over, and the user went on with it."""
        last = self.committed(turn)
        replies = self.replies.get(turn, [])
        return sum(1 for r in replies if last is not None and r.taken_back is not None and r.taken_back < last)

    def _spoken_at(self, moment: Instant) -> Instant:
        place = bisect_right(self._speech, moment, key=lambda frame: frame[0])
        return self._speech[place - 1][1] if place else Instant(0)


def recorded_turns(events: Sequence[Event]) -> RecordedTurns:
    """Everything there is to know of a session's turns."""
    turns = RecordedTurns()
    for number, event in enumerate(events):
        turns.on_event(number, event)
    return turns


def _take_fate(reply: RecordedReply, moment: Moment, event: AgentSpeaking | AgentSilent | ReplyCancelled) -> None:
    match event:
        case AgentSpeaking():
            reply.audible = moment
        case ReplyCancelled(reason=CancelReason.USER_RESUMED):
            reply.taken_back = moment.at
        case _:
            reply.over = moment
