"""What is going on in a call right now, from its messages: the facts a screen or a terminal shows.

Pure: no clock, no task, no widget.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum

from studio.app.voice_link import CallFailed, CallOver, Message, Priced, Progress
from studio.model.bill import Bill, Cost
from studio.model.events import (
    AgentAudio,
    AgentSilent,
    AgentSpeaking,
    BargeIn,
    CallEnded,
    Event,
    Muted,
    ReplyCancelled,
    SpeechStarted,
    StageReady,
    TrackStarted,
    Transcribed,
    TurnCommitted,
    UserAudio,
)
from studio.model.measures import Turn, TurnBook
from studio.model.percentiles import Percentiles, percentiles
from studio.model.provider_events import FellBack
from studio.model.terms import Stage, Track, TranscriptKind
from studio.model.time import Duration


class Activity(StrEnum):
    """Who is doing what."""

    IDLE = "idle"
    LOADING = "loading"
    LISTENING = "listening"
    USER_SPEAKING = "user_speaking"
    THINKING = "thinking"
    AGENT_SPEAKING = "agent_speaking"


@dataclass(frozen=True, slots=True)
class StageLoad:
    """How far a stage is."""

    doing: str
    """What is being done, or PROVIDER/MODEL once it is ready."""
    fraction: float | None
    """0 to 1; None where the end cannot be told."""
    load_ms: float | None
    """Time it took to get ready, in milliseconds; None while it is not."""


@dataclass(slots=True)
class CallState:
    """The call as it stands. Made anew for each call."""

    activity: Activity = Activity.IDLE
    muted: bool = False
    stages: dict[Stage | None, StageLoad] = field(default_factory=dict)
    """Under None: what is done for all stages."""
    _book: TurnBook = field(default_factory=TurnBook)
    _bill: Bill = field(default_factory=Bill)
    _interim: dict[int, str] = field(default_factory=dict)
    _v2v: dict[int, Duration] = field(default_factory=dict)
    _changed: set[int] = field(default_factory=set)
    _peaks: dict[Track, float] = field(default_factory=dict)

    def on_message(self, message: Message) -> None:
        """Take in what the call says next."""
        match message:
            case Progress():
                self.activity = Activity.LOADING
                self.stages[message.stage] = StageLoad(message.label, message.fraction, None)
            case Priced(prices=prices):
                self._bill = Bill(prices)
            case CallFailed() | CallOver():
                self.activity = Activity.IDLE
                self.stages.pop(None, None)
            case _:
                self._on_event(message)

    @property
    def v2v(self) -> Percentiles:
        """Voice-to-voice latency of the turns so far, in milliseconds."""
        return percentiles(self._v2v.values())

    @property
    def last_v2v(self) -> Duration | None:
        """That of the last turn that was answered aloud."""
        return next(reversed(self._v2v.values()), None)

    @property
    def cost(self) -> Cost:
        """What the call has cost so far."""
        return self._bill.total

    @property
    def usd_per_minute(self) -> float | None:
        """None before the call has lasted for a second."""
        return self._bill.usd_per_minute

    def cost_of(self, turn: int) -> Cost:
        """What a turn has cost so far."""
        return self._bill.turn(turn)

    def take_peaks(self) -> dict[Track, float]:
        """The largest magnitudes (0 to 1) since the last time, of USER and PLAYED; a silent track is missing."""
        peaks, self._peaks = self._peaks, {}
        return peaks

    def take_changed(self) -> Iterator[tuple[Turn, str | None]]:
        """The turns that changed since the last time, in order, each with the interim text if it is not final."""
        changed, self._changed = sorted(self._changed), set()
        for index in changed:
            if (turn := self._book.turn(index)) is not None:
                yield turn, self._interim.get(index)

    def _on_event(self, event: Event) -> None:
        self._book.on_event(event)
        self._bill.on_event(event)
        self._follow_activity(event)
        match event:
            case UserAudio():
                self._peaks[Track.USER] = max(self._peaks.get(Track.USER, 0.0), event.peak)
            case AgentAudio():
                self._peaks[Track.PLAYED] = max(self._peaks.get(Track.PLAYED, 0.0), event.peak)
            case StageReady():
                self.stages.pop(None, None)
                self.stages[event.stage] = StageLoad(event.provider, 1.0, event.load_ms)
            case FellBack() if event.stage in self.stages:
                self.stages[event.stage] = replace(self.stages[event.stage], doing=event.to)
            case Muted():
                self.muted = event.on
            case Transcribed():
                self._interim[event.turn] = event.text
            case TurnCommitted():
                self._interim.pop(event.turn, None)
            case AgentSpeaking():
                turn = self._book.turn(event.turn)
                if turn is not None and turn.v2v is not None:
                    self._v2v[event.turn] = turn.v2v
            case _:
                pass
        if (index := getattr(event, "turn", None)) is not None:
            self._changed.add(index)

    def _follow_activity(self, event: Event) -> None:
        match event:
            case StageReady():
                self.activity = Activity.LOADING
            case TrackStarted(track=Track.USER):
                self.activity = Activity.LISTENING
            case SpeechStarted() | BargeIn():
                self.activity = Activity.USER_SPEAKING
            case TurnCommitted():
                self.activity = Activity.THINKING
            case AgentSpeaking():
                self.activity = Activity.AGENT_SPEAKING
            case Transcribed(kind=TranscriptKind.END, text="") if self.activity is Activity.USER_SPEAKING:  # a cough
                self.activity = Activity.LISTENING
            case AgentSilent() if self.activity is Activity.AGENT_SPEAKING:  # else the user already speaks
                self.activity = Activity.LISTENING
            case ReplyCancelled() if self.activity is Activity.THINKING:
                self.activity = Activity.LISTENING
            case CallEnded():
                self.activity = Activity.IDLE
            case _:
                pass
