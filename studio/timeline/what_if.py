"""What other timers and thresholds would have made of a recorded call: the same turn taking, once more.

Pure: events and settings in, outcomes out. The user's frames come as they were recorded, and so do words that are still
changing and what an STT vendor says of its own accord. What was asked in a pause, the turn detector's judgement and the
final words, comes as long after asking as it did then. A pause in which nothing was asked then is given the answers of
the nearest pause of the same recorded turn; where there is none, nothing comes and only `patience_ms` ends the turn.
A pause in which an answer was not awaited then has none now, either.

The agent is heard as long after the turn's end as it was then, and as long; a reply that was cut off ends where it
was cut. The user says what they said, whenever that meets the agent now: nobody knows what they would have said to
an agent that answers sooner. Final words are those of the recorded turn, even where the turn now begins elsewhere.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from typing import NamedTuple

from studio.model.events import Event, ReplyText, Transcribed, UserAudio
from studio.model.preset import Speculation, TurnTaking
from studio.model.time import Instant, later, milliseconds, to_ms
from studio.pipeline import floor
from studio.pipeline.stages.transcribe import words_unasked
from studio.pipeline.turn_taking import step
from studio.timeline.recorded_turns import RecordedReply, RecordedTurns, recorded_turns


@dataclass(frozen=True, slots=True)
class Count:
    """How often something happened."""

    then: int
    """As recorded."""
    now: int
    """With the other settings."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One turn of the recording."""

    turn: int
    text: str
    """The user's words as recorded."""
    then: Instant | None
    """When the user's turn was over; None where it never was."""
    now: Instant | None
    """None: not at all, or only together with the next one."""
    cut_ins: Count
    """Times the turn seemed over and the user went on with it."""
    false_interruptions: Count
    """Times the agent took a sound for nothing and went on with this turn's reply."""
    barge_ins: Count
    """Times the agent was cut off in this turn's reply."""

    @property
    def difference_ms(self) -> float | None:
        """How much later the turn is over now, in milliseconds; below 0: sooner."""
        return None if self.then is None or self.now is None else to_ms(self.now - self.then)


def what_if(events: Sequence[Event], timers: TurnTaking) -> list[Outcome]:
    """Each turn of a session as it was, and as it would have been with these timers and thresholds."""
    replay = _Replay(recorded_turns(events), floor.Rules(timers, Speculation()))
    for number, event in enumerate(events):
        replay.on_event(number, event)
    return replay.outcomes()


class _Due(NamedTuple):
    """Something that comes in later."""

    at: Instant
    number: int
    """Of the recorded event that told it."""
    told: floor.Input


class _Replay:
    """Does for turn taking what `pipeline/conversation.py` does in a call."""

    def __init__(self, recorded: RecordedTurns, rules: floor.Rules) -> None:
        self._recorded = recorded
        self._rules = rules
        self._state = floor.State()
        self._due: list[_Due] = []
        """A heap."""
        self._spoken = self._asked = Instant(0)
        """The end of the last frame of speech, and when the pause after it was asked about."""
        self._answering: int | None = None
        """The recorded turn whose answer is not heard yet."""
        self._ended: int | None = None
        """The recorded turn that ended last, until the user speaks again."""
        self._replying = 0
        self._held: _Due | None = None
        """The end of a reply that pauses: its `at` is what was left of it, in nanoseconds."""
        self._committed: dict[int, Instant] = {}
        self._cut_ins: Counter[int] = Counter()
        self._false_interruptions: Counter[int] = Counter()
        self._barge_ins: Counter[int] = Counter()

    def on_event(self, number: int, event: Event) -> None:
        while self._due and self._due[0][:2] <= (event.at, number):
            self._deliver(heappop(self._due))
        match event:
            case UserAudio():
                speech = event.speech_probability >= self._rules.timers.vad_threshold
                length = milliseconds(event.length_ms)
                if speech:
                    self._spoken = later(event.start, length)
                self._step(floor.Frame(speech, length), event.at)
            case Transcribed():
                if (words := words_unasked(event)) is not None:
                    self._step(words, event.at)
            case _ if number in self._recorded.stops:
                self._drop_reply()
                self._answering = None
                self._step(floor.ReplyOver(), event.at)
            case ReplyText() if number in self._recorded.unasked:
                protected = self._rules.timers.protect_greeting and not self._committed
                self._step(floor.ReplyBegins(protected), event.at)
                self._expect_reply(self._recorded.unasked[number], event.at)
            case _:
                pass

    def outcomes(self) -> list[Outcome]:
        recorded = self._recorded
        spoken = {*recorded.replies, *self._committed}
        counted = {*recorded.barge_ins, *recorded.false_interruptions, *self._barge_ins, *self._false_interruptions}
        return [
            Outcome(
                turn,
                recorded.replies[turn][-1].text if turn in recorded.replies else "",
                recorded.committed(turn),
                self._committed.get(turn),
                Count(recorded.cut_ins(turn), self._cut_ins[turn]),
                Count(recorded.false_interruptions[turn], self._false_interruptions[turn]),
                Count(recorded.barge_ins[turn], self._barge_ins[turn]),
            )
            for turn in sorted(spoken | counted)
        ]

    def _deliver(self, due: _Due) -> None:
        if isinstance(due.told, floor.ReplyAudible | floor.ReplyOver):
            self._answering = None
        self._step(due.told, due.at)

    def _step(self, told: floor.Input, now: Instant) -> None:
        self._state, decisions = step(self._state, told, now, self._rules)
        for decision in decisions:
            self._obey(decision, now)

    def _obey(self, decision: floor.Decision, now: Instant) -> None:
        match decision:
            case floor.HearSpeech():
                self._hear_speech(now)
            case floor.ExpectEnd(pause=pause):
                self._ask(pause, now)
            case floor.Commit():
                self._commit(self._recorded.turn_at(self._asked), now)
            case floor.Dismiss() if self._answering is not None:  # a cough took back a turn that was over
                self._step(floor.ReplyBegins(), now)
                self._commit(self._answering, now)
            case floor.CancelReply():
                self._drop_reply()
                if self._answering is not None:
                    self._committed.pop(self._answering, None)
            case floor.Hold():
                over = self._drop_reply()
                self._held = over and over._replace(at=Instant(over.at - now))
            case floor.Resume():
                self._false_interruptions[self._replying] += 1
                if self._held is not None:
                    heappush(self._due, self._held._replace(at=later(now, self._held.at)))
            case floor.Interrupt():
                self._barge_ins[self._replying] += 1
                self._drop_reply()
            case _:
                pass

    def _hear_speech(self, now: Instant) -> None:
        ended, self._ended = self._ended, None
        last = None if ended is None else self._recorded.committed(ended)
        if ended is not None and last is not None and now < last:
            self._cut_ins[ended] += 1

    def _ask(self, pause: int, now: Instant) -> None:
        self._asked = now
        same = self._recorded.pause_at(self._spoken)
        near = sorted(
            self._recorded.pauses_of(self._recorded.turn_at(now)), key=lambda each: abs(each.spoken - self._spoken)
        )
        like = [same] if same else near
        judged = next((each.judged for each in like if each.judged is not None), None)
        words = next((each.words for each in like if each.words is not None), None)
        if judged is not None:
            told = floor.TurnEndProbability(pause, float(judged.value))
            heappush(self._due, _Due(later(now, judged.after), judged.number, told))
        if words is not None:
            final = floor.FinalWords(pause, str(words.value))
            heappush(self._due, _Due(later(now, words.after), words.number, final))

    def _commit(self, turn: int, now: Instant) -> None:
        self._answering = self._ended = turn
        self._committed[turn] = now
        reply = self._recorded.reply_to(turn, self._spoken)
        if reply is not None:
            self._expect_reply(reply, now)

    def _expect_reply(self, reply: RecordedReply, now: Instant) -> None:
        self._replying = reply.turn
        if reply.audible is not None:
            at = later(now, reply.audible.at - reply.at)
            heappush(self._due, _Due(at, reply.audible.number, floor.ReplyAudible()))
        if reply.over is not None:
            at = later(now, reply.over.at - reply.at - reply.held_ns)
            heappush(self._due, _Due(at, reply.over.number, floor.ReplyOver()))

    def _drop_reply(self) -> _Due | None:
        """Nothing more comes of it; returns its end, if that was still to come."""
        over = next((due for due in self._due if isinstance(due.told, floor.ReplyOver)), None)
        self._due = [due for due in self._due if not isinstance(due.told, floor.ReplyAudible | floor.ReplyOver)]
        heapify(self._due)
        self._held = None
        return over
