"""What each stage of the pipeline was doing, one lane per stage; waits are stretches too.

A lane is a rule that turns events into the beginning and end of stretches; it must not know which
other lanes there are.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace

from studio.model.events import (
    AgentSilent,
    AgentSpeaking,
    ClauseReady,
    Event,
    ReplyCancelled,
    ReplyEnded,
    ReplyStarted,
    ReplyText,
    SpeechSynthesised,
    Transcribed,
    TurnJudged,
)
from studio.model.provider_events import ToolAnswered, ToolCalled
from studio.model.terms import TranscriptKind
from studio.model.time import Instant, later, milliseconds
from studio.model.turn_events import PlayoutUnderrun, SpeculationEnded, SpeculationStarted
from studio.timeline.marks import Mark, Stretch, Texture, Tick


class Stretches:
    """The stretches and ticks of one lane, by a key that says what each belongs to."""

    def __init__(self) -> None:
        self._stretches: dict[Hashable, Stretch] = {}
        self._ticks: list[Tick] = []

    def begin(self, key: Hashable, start: Instant, texture: Texture) -> None:
        """Something begins, unless it already has."""
        self._stretches.setdefault(key, Stretch(start, None, texture))

    def end(self, key: Hashable, end: Instant) -> None:
        """It ends; what has not begun or has ended stays as it is."""
        stretch = self._stretches.get(key)
        if stretch is not None and stretch.end is None:
            self._stretches[key] = replace(stretch, end=max(stretch.start, end))

    def end_open(self, end: Instant) -> None:
        """Whatever has not ended ends."""
        for key in list(self._stretches):
            self.end(key, end)

    def put(self, key: Hashable, start: Instant, end: Instant, texture: Texture) -> None:
        """Something whose both ends are known, in place of what was there under this key."""
        self._stretches[key] = Stretch(start, max(start, end), texture)

    def extend(self, key: Hashable, end: Instant) -> None:
        """It lasts at least until then, even if it seemed to have ended."""
        if (stretch := self._stretches.get(key)) is not None:
            self._stretches[key] = replace(stretch, end=max(stretch.end or stretch.start, end))

    def throw_away(self, key: Hashable) -> None:
        """It was for nothing."""
        if (stretch := self._stretches.get(key)) is not None:
            self._stretches[key] = replace(stretch, texture=Texture.WASTED)

    def renew(self, key: Hashable) -> None:
        """The next `begin` with this key is about something new; what was there stays to be seen."""
        if (stretch := self._stretches.pop(key, None)) is not None:
            self._stretches[key, stretch.start] = stretch

    def tick(self, at: Instant) -> None:
        """Something happened at a moment."""
        self._ticks.append(Tick(at))

    def forget(self, before: Instant) -> None:
        """Drop what was over by then."""
        self._stretches = {k: s for k, s in self._stretches.items() if s.end is None or s.end >= before}
        self._ticks = [tick for tick in self._ticks if tick.at >= before]

    def marks(self) -> list[Mark]:
        """Stretches, then ticks."""
        return [*self._stretches.values(), *self._ticks]


Rule = Callable[[Event, Stretches], None]


class StageLane:
    """A lane of stretches, filled by a rule."""

    def __init__(self, rule: Rule) -> None:
        self._rule = rule
        self._stretches = Stretches()

    def on_event(self, event: Event) -> None:
        """Take in the next event."""
        self._rule(event, self._stretches)

    def forget(self, before: Instant) -> None:
        """Drop what was over by then."""
        self._stretches.forget(before)

    def marks(self) -> Sequence[Mark]:
        """What is to be shown."""
        return self._stretches.marks()


def turn_detection(event: Event, lane: Stretches) -> None:
    """Each time the turn detector was asked, until it answered."""
    if isinstance(event, TurnJudged):
        lane.put((event.turn, event.asked), event.asked, event.at, Texture.WORK)


def transcription(event: Event, lane: Stretches) -> None:
    """A tick for each interim text, a stretch from asking for the final one until it was there."""
    match event:
        case Transcribed(kind=TranscriptKind.END, asked=asked) if asked is not None:
            lane.put((event.turn, asked), asked, event.at, Texture.WORK)
        case Transcribed(kind=TranscriptKind.INTERIM):
            lane.tick(event.at)
        case _:
            pass


def speculation(event: Event, lane: Stretches) -> None:
    """Each reply that was begun before the turn was over, until it was wanted or thrown away."""
    match event:
        case SpeculationStarted():
            lane.begin(event.draft, event.at, Texture.WORK)
        case SpeculationEnded():
            lane.end(event.draft, event.at)
            if not event.hit:
                lane.throw_away(event.draft)
        case _:
            pass


def language_model(event: Event, lane: Stretches) -> None:
    """From the question to the first token, and on to the last one, which nobody waits for any more."""
    match event:
        case ReplyStarted():
            lane.renew((event.turn, "first"))
            lane.renew((event.turn, "rest"))
            lane.begin((event.turn, "first"), event.at, Texture.WORK)
        case ReplyText():
            lane.end((event.turn, "first"), event.at)
            lane.begin((event.turn, "rest"), event.at, Texture.AHEAD)
        case ReplyEnded() | ReplyCancelled() | AgentSilent() | SpeculationEnded(hit=False):
            lane.end((event.turn, "first"), event.at)
            lane.end((event.turn, "rest"), event.at)
        case _:
            pass


def tool_call(event: Event, lane: Stretches) -> None:
    """Each tool from being asked to its answer."""
    match event:
        case ToolCalled():
            lane.begin((event.turn, event.call), event.at, Texture.WORK)
        case ToolAnswered():
            lane.end((event.turn, event.call), event.at)
        case ReplyCancelled() | AgentSilent() | SpeculationEnded(hit=False):
            lane.end_open(event.at)
        case _:
            pass


def clause_wait(event: Event, lane: Stretches) -> None:
    """From the first token to the first words that can be spoken."""
    match event:
        case ReplyStarted():
            lane.renew(event.turn)
        case ReplyText():
            lane.begin(event.turn, event.at, Texture.WAIT)
        case ClauseReady() | ReplyEnded() | ReplyCancelled() | AgentSilent() | SpeculationEnded(hit=False):
            lane.end(event.turn, event.at)
        case _:
            pass


def speech_synthesis(event: Event, lane: Stretches) -> None:
    """Each clause from asking for its voice; only the first sound of the first one is waited for."""
    if isinstance(event, SpeechSynthesised):
        first, rest = (event.turn, event.asked), (event.turn, event.asked, "rest")
        lane.begin(first, event.asked, Texture.WORK if event.clause == 0 else Texture.AHEAD)
        lane.end(first, event.at)
        lane.begin(rest, event.at, Texture.AHEAD)
        lane.extend(rest, event.at)


def playout(event: Event, lane: Stretches) -> None:
    """From the first synthesised sample to the first audible one, and on to the last; gaps are waits."""
    match event:
        case ReplyStarted():
            lane.renew((event.turn, "buffer"))
        case SpeechSynthesised():
            lane.begin((event.turn, "buffer"), event.at, Texture.WAIT)
        case AgentSpeaking():
            lane.end((event.turn, "buffer"), event.start)
            lane.begin((event.turn, "audible"), event.start, Texture.WORK)
        case PlayoutUnderrun():
            goes_on = later(event.start, milliseconds(event.gap_ms))
            lane.end((event.turn, "audible"), event.start)
            lane.renew((event.turn, "audible"))
            lane.put((event.turn, "gap", event.start), event.start, goes_on, Texture.WAIT)
            lane.begin((event.turn, "audible"), goes_on, Texture.WORK)
        case AgentSilent():
            lane.end((event.turn, "buffer"), event.end)
            lane.end((event.turn, "audible"), event.end)
        case ReplyCancelled() | SpeculationEnded(hit=False):
            lane.end((event.turn, "buffer"), event.at)
        case _:
            pass
