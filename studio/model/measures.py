"""Turns and their latencies, computed from events and nothing else.

Voice-to-voice latency (V2V) runs from the last audible user sample to the first audible agent
sample, both at the device, and is broken into contiguous spans which sum to it. Every reader of a
call (window, report, replay) uses this one definition.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from studio.model.events import (
    AgentSilent,
    AgentSpeaking,
    BargeIn,
    ClauseReady,
    Event,
    ReplyCancelled,
    ReplyStarted,
    ReplyText,
    SpeechStarted,
    SpeechSynthesised,
    Transcribed,
    TurnCommitted,
    TurnJudged,
)
from studio.model.intent_score import IntentScore, score
from studio.model.provider_events import ReplyFailed, ToolAnswered, ToolCalled
from studio.model.terms import CancelReason, TranscriptKind, Trigger
from studio.model.time import Duration, Instant, milliseconds
from studio.model.tool_use import ToolUse, waits
from studio.model.turn_events import (
    AgentResumed,
    EndpointSet,
    IntentGuessed,
    Routed,
    SpeculationEnded,
    SpeculationStarted,
)


class SpanName(StrEnum):
    """Where the time of an answer goes, in the order of the critical path."""

    ENDPOINTING_WAIT = "endpointing_wait"
    """Last audible user sample to the silence timer running out."""
    TURN_DETECTION = "turn_detection"
    """From there until the turn was judged over."""
    TRANSCRIPTION = "transcription"
    """From there until the final transcript."""
    ROUTING = "routing"
    """From there until the language model was asked."""
    LLM_FIRST_TOKEN = "llm_first_token"
    TOOL_CALL = "tool_call"
    SENTENCE_AGGREGATION = "sentence_aggregation"
    """First token to the first speakable clause."""
    SPEECH_SYNTHESIS = "speech_synthesis"
    """TTS asked to its first samples."""
    PLAYOUT = "playout"
    """First samples to the first audible one at the speaker: buffers, device, leading silence."""
    UNATTRIBUTED = "unattributed"
    """Hand-offs that belong to no stage; always shown."""


class Band(StrEnum):
    """How a person feels about a wait (upper bounds 500 ms and 1200 ms)."""

    NATURAL = "natural"
    UNNATURAL = "unnatural"
    HANG_UP = "hang_up"


NATURAL_MS = 500.0
HANG_UP_MS = 1200.0


def band(v2v_ms: float) -> Band:
    """The band of human conversation that a voice-to-voice latency falls into."""
    if v2v_ms <= NATURAL_MS:
        return Band.NATURAL
    return Band.UNNATURAL if v2v_ms <= HANG_UP_MS else Band.HANG_UP


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of the critical path."""

    name: SpanName
    start: Instant
    length: Duration


@dataclass(frozen=True, slots=True)
class Speculation:
    """A reply that was begun before the turn was over."""

    began: Instant
    ended: Instant | None
    """None while it is not known whether it is heard."""
    hit: bool
    saved: Duration
    tokens: int
    """Written for nothing."""
    characters: int
    """Given a voice for nothing."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One user utterance with the agent's reply. None where a turn had no such moment."""

    index: int
    user_start: Instant | None
    user_end: Instant | None
    user_text: str
    trigger: Trigger | None
    agent_start: Instant | None
    agent_end: Instant | None
    agent_text: str
    """What was generated."""
    heard: str
    """What was played."""
    interrupted: bool
    barge_in_stop: Duration | None
    """Onset of the interruption to the last audible agent sample."""
    spans: tuple[Span, ...]
    saved: Duration
    """Work that was done while the silence was still being waited for: transcription, turn detection, the reply."""
    tools: tuple[ToolUse, ...] = ()
    failed: bool = False
    """Nothing came of the reply: what was heard is an apology, and no answer."""
    speculations: tuple[Speculation, ...] = ()
    endpoint: EndpointSet | None = None
    """The wait that ended it, and why it was that long."""
    held: int = 0
    """How often the agent paused for a sound of the user that was no interruption."""
    cached: bool = False
    """Whether its first clause came from the voice cache."""
    intent: IntentScore | None = None
    routed: Routed | None = None

    @property
    def v2v(self) -> Duration | None:
        """Voice-to-voice latency; None for a greeting, and for a turn that was not answered aloud."""
        if self.user_end is None or self.agent_start is None or self.failed:
            return None
        return Duration(self.agent_start - self.user_end)

    @property
    def begun_early(self) -> Duration:
        """What replies that were begun before the turn was over, and heard, saved."""
        return Duration(sum(each.saved for each in self.speculations if each.hit))

    @property
    def thrown_away(self) -> list[Speculation]:
        """The replies that were begun and not heard."""
        return [each for each in self.speculations if not each.hit and each.ended is not None]

    def cause(self, share: float = 0.05) -> list[Span]:
        """The spans that explain the wait: those of at least `share` of V2V, longest first."""
        total = self.v2v or 0
        explaining = [span for span in self.spans if span.length > 0 and span.length >= share * total]
        return sorted(explaining, key=lambda span: -span.length)


@dataclass(slots=True)
class _Marks:
    """The moments of one turn, as they come."""

    index: int
    speech_start: Instant | None = None
    committed: TurnCommitted | None = None
    transcript: Transcribed | None = None
    judged: TurnJudged | None = None
    asked_llm: Instant | None = None
    first_token: Instant | None = None
    clause: Instant | None = None
    synthesised: SpeechSynthesised | None = None
    speaking: Instant | None = None
    silent: AgentSilent | None = None
    barge_in: BargeIn | None = None
    tools: dict[str, ToolUse] = field(default_factory=dict)
    """By call."""
    text: list[str] = field(default_factory=list)
    failed: bool = False
    speculations: dict[int, Speculation] = field(default_factory=dict)
    """By draft."""
    endpoint: EndpointSet | None = None
    held: int = 0
    guesses: list[IntentGuessed] = field(default_factory=list)
    routed: Routed | None = None

    @property
    def words_or_voice(self) -> bool:
        """False for a turn in which nothing was understood and nothing said."""
        understood = self.transcript is not None and bool(self.transcript.text)
        return understood or self.committed is not None or self.speaking is not None

    def restart_reply(self, asked: Instant | None) -> None:
        self.asked_llm, self.first_token, self.clause, self.synthesised = asked, None, None, None
        self.text.clear()
        self.tools.clear()
        self.failed = False

    def turn(self) -> Turn:
        committed, silent, barge_in = self.committed, self.silent, self.barge_in
        return Turn(
            index=self.index,
            user_start=committed.start if committed else self.speech_start,
            user_end=committed.end if committed else None,
            user_text=committed.text if committed else self.transcript.text if self.transcript else "",
            trigger=committed.trigger if committed else None,
            agent_start=self.speaking,
            agent_end=silent.end if silent else None,
            agent_text="".join(self.text).strip(),
            heard=silent.heard if silent else "",
            interrupted=silent.interrupted if silent else False,
            barge_in_stop=Duration(silent.end - barge_in.onset) if silent and barge_in else None,
            spans=self._spans(),
            saved=self._saved(),
            tools=tuple(self.tools.values()),
            failed=self.failed,
            speculations=tuple(self.speculations.values()),
            endpoint=self.endpoint,
            held=self.held,
            cached=self.synthesised is not None and self.synthesised.cached,
            intent=score(self.guesses),
            routed=self.routed,
        )

    def _spans(self) -> tuple[Span, ...]:
        committed, synthesised, speaking = self.committed, self.synthesised, self.speaking
        if committed is None or synthesised is None or speaking is None or self.failed:
            return ()
        final = self.transcript.at if self.transcript else committed.judged
        milestones = (
            (SpanName.ENDPOINTING_WAIT, committed.silence_met),
            (SpanName.TURN_DETECTION, committed.judged),
            (SpanName.TRANSCRIPTION, final),
            (SpanName.ROUTING, self.asked_llm),
            *self._tool_milestones(),
            (SpanName.LLM_FIRST_TOKEN, self.first_token),
            (SpanName.SENTENCE_AGGREGATION, self.clause),
            (SpanName.UNATTRIBUTED, synthesised.asked),
            (SpanName.SPEECH_SYNTHESIS, synthesised.at),
            (SpanName.PLAYOUT, speaking),
        )
        spans, reached = [], committed.end
        for name, moment in milestones:
            # A stage that was done before its turn came costs nothing on the critical path.
            end = max(reached, min(moment, speaking)) if moment is not None else reached
            spans.append(Span(name, reached, Duration(end - reached)))
            reached = end
        return tuple(spans)

    def _tool_milestones(self) -> Iterator[tuple[SpanName, Instant]]:
        """Of the tools that the first clause waited for: the model asks, the tool answers, and so on."""
        for began, ended in waits(self.tools.values(), self.clause):
            yield SpanName.LLM_FIRST_TOKEN, began
            yield SpanName.TOOL_CALL, ended

    def _saved(self) -> Duration:
        if self.committed is None:
            return Duration(0)
        saved = 0
        for asked, done in (
            (self.transcript.asked, self.transcript.at) if self.transcript else (None, None),
            (self.judged.asked, self.judged.at) if self.judged else (None, None),
        ):
            if asked is not None and done is not None:
                saved += max(0, min(done, self.committed.silence_met) - asked)
        saved += sum(each.saved for each in self.speculations.values())
        return Duration(saved)


class TurnBook:
    """Collects events and tells the turns so far, live or from a file."""

    def __init__(self) -> None:
        self._marks: dict[int, _Marks] = {}

    def turns(self) -> list[Turn]:
        """Every turn in which somebody said something, in order: a cough begins a turn and leaves none."""
        marks = (self._marks[index] for index in sorted(self._marks))
        return [turn.turn() for turn in marks if turn.words_or_voice]

    def turn(self, index: int) -> Turn | None:
        """One turn, None if it has not begun."""
        marks = self._marks.get(index)
        return marks.turn() if marks else None

    def on_event(self, event: Event) -> None:
        """Take in the next event; those that belong to no turn are passed over."""
        self._on_user(event)
        self._on_reply(event)
        self._on_voice(event)

    def _on_user(self, event: Event) -> None:
        match event:
            case SpeechStarted():
                marks = self._of(event.turn)
                marks.speech_start = marks.speech_start or event.start
            case Transcribed(kind=TranscriptKind.END):
                marks = self._of(event.turn)
                if marks.committed is None:
                    marks.transcript = event
            case TurnJudged():
                marks = self._of(event.turn)
                if marks.committed is None:
                    marks.judged = event
            case EndpointSet():
                marks = self._of(event.turn)
                if marks.committed is None:
                    marks.endpoint = event
            case IntentGuessed():
                self._of(event.turn).guesses.append(event)
            case TurnCommitted():
                self._of(event.turn).committed = event
            case _:
                pass

    def _on_reply(self, event: Event) -> None:
        match event:
            case SpeculationStarted():
                begun = Speculation(event.at, None, False, Duration(0), 0, 0)
                self._of(event.turn).speculations[event.draft] = begun
            case SpeculationEnded():
                self._end_speculation(self._of(event.turn), event)
            case Routed():
                self._of(event.turn).routed = event
            case ReplyStarted():
                self._of(event.turn).restart_reply(event.at)
            case ReplyText():
                marks = self._of(event.turn)
                marks.first_token = marks.first_token or event.at
                marks.text.append(event.text)
            case ToolCalled():
                self._of(event.turn).tools[event.call] = ToolUse(event.tool, event.at, None)
            case ToolAnswered():
                tools = self._of(event.turn).tools
                began = tools[event.call].asked if event.call in tools else event.at
                tools[event.call] = ToolUse(event.tool, began, event.at, event.failed)
            case ClauseReady():
                marks = self._of(event.turn)
                marks.clause = marks.clause or event.at
            case ReplyFailed():
                self._of(event.turn).failed = True
            case ReplyCancelled():
                marks = self._of(event.turn)
                marks.restart_reply(None)
                if event.reason is CancelReason.USER_RESUMED:
                    marks.committed = None
            case _:
                pass

    def _on_voice(self, event: Event) -> None:
        match event:
            case SpeechSynthesised():
                marks = self._of(event.turn)
                marks.synthesised = marks.synthesised or event
            case AgentSpeaking():
                self._of(event.turn).speaking = event.start
            case AgentResumed():
                self._of(event.turn).held += 1
            case AgentSilent():
                self._of(event.turn).silent = event
            case BargeIn():
                self._of(event.turn).barge_in = event
            case _:
                pass

    def _end_speculation(self, marks: _Marks, event: SpeculationEnded) -> None:
        begun = marks.speculations.get(event.draft)
        saved = milliseconds(event.saved_ms)
        marks.speculations[event.draft] = Speculation(
            begun.began if begun else event.at, event.at, event.hit, saved, event.tokens, event.characters
        )
        if not event.hit:
            marks.restart_reply(None)

    def _of(self, index: int) -> _Marks:
        return self._marks.setdefault(index, _Marks(index))


def turns(events: Iterable[Event]) -> list[Turn]:
    """The turns of a whole session."""
    book = TurnBook()
    for event in events:
        book.on_event(event)
    return book.turns()
