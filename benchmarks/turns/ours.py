"""Our turn taking, replayed: the one place that knows `studio.pipeline.turn_taking` and how a conversation feeds it.

Stands in for speech recognition with the call's own words, as `acts.STT_MS` has it; for the rest it obeys decisions as
`conversation.py` does: what was said is remembered until a reply to it was heard or it was held for nothing.
"""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

from benchmarks.turns.acts import ANSWER_MS, DETECTOR_MS, REPLY_MS, STT_MS, Act, Done, Heard
from benchmarks.turns.truth import PER_MS, Word
from studio.model.audio import LISTENING_RATE_HZ
from studio.model.preset import Speculation, TurnTaking
from studio.model.time import Instant, of_samples
from studio.pipeline import floor, turn_taking


@dataclass(frozen=True, slots=True)
class Studio:
    """Turn taking at an eagerness of 0 to 1, `setting`."""

    setting: float
    family: str = "studio"
    without: frozenset[str] = frozenset()
    """For studies: `words`, `detector` and `pace` can be kept from it."""

    def replay(self, heard: Heard) -> list[Done]:
        """See `System`."""
        timers = TurnTaking.model_validate({"eagerness": self.setting, "learn_pace": "pace" not in self.without})
        return _Replay(heard, floor.Rules(timers, Speculation()), self.without).run()


@dataclass(slots=True)
class _Replay:
    heard: Heard
    rules: floor.Rules
    without: frozenset[str]
    state: floor.State = field(default_factory=floor.State)
    done: list[Done] = field(default_factory=list)
    now: int = 0
    coming: list[tuple[int, int, Callable[[], None]]] = field(default_factory=list)
    order: "count[int]" = field(default_factory=count)
    """Of what comes at the same time."""
    reply: int = 0
    """Counts the agent's lines, so that what becomes of an earlier one is recognised as stale."""
    over_at: int = 0
    """When the agent's line is over, if nothing happens."""
    turn_from: int | None = None
    """Where the detector's sound begins."""
    words: tuple[Word, ...] = ()
    words_from: int = 0
    """Words before this have been answered or dismissed."""

    def run(self) -> list[Done]:
        self.words = tuple(word for item in self.heard.call.items for word in item.words)
        for item in self.heard.call.items:
            if item.agent is not None:
                self._at(item.agent.start, lambda end=item.agent.end: self._line(end))  # type: ignore[misc]
            for word in item.words:
                self._at(word.end + STT_MS * PER_MS, self._partial)
        threshold = self.rules.timers.vad_threshold
        for index, probability in enumerate(self.heard.probabilities):
            end = (index + 1) * self.heard.frame_samples
            self._until(end)
            self.now = end
            self._step(floor.Frame(bool(probability >= threshold), _ns(self.heard.frame_samples)))
        return self.done

    # --- what comes in ---------------------------------------------------------------------------

    def _at(self, at: int, what: Callable[[], None]) -> None:
        heapq.heappush(self.coming, (at, next(self.order), what))

    def _until(self, end: int) -> None:
        while self.coming and self.coming[0][0] < end:
            self.now, _, what = heapq.heappop(self.coming)
            what()

    def _line(self, end: int) -> None:
        """The agent speaks of its own accord, from now to `end`."""
        self._step(floor.ReplyBegins())
        self.reply += 1
        self._speak(end)

    def _speak(self, end: int) -> None:
        """The agent's line is heard from now on."""
        self.turn_from, self.words_from = None, self.now
        self._step(floor.ReplyAudible())
        self._play_until(end)

    def _play_until(self, end: int) -> None:
        self.over_at, reply = end, self.reply

        def over() -> None:
            if reply == self.reply and end == self.over_at:
                self._step(floor.ReplyOver())

        self._at(end, over)

    def _partial(self) -> None:
        if text := self._words(self.now - STT_MS * PER_MS):
            self._step(floor.WordsSoFar(text))

    def _words(self, until: int) -> str:
        said = [word.text for word in self.words if self.words_from <= word.end <= until]
        return " ".join("something" for _ in said) if "words" in self.without else " ".join(said)

    # --- what is decided -------------------------------------------------------------------------

    def _step(self, event: floor.Input) -> None:
        self.state, decisions = turn_taking.step(self.state, event, Instant(_ns(self.now)), self.rules)
        for decision in decisions:
            self._obey(decision)

    def _obey(self, decision: floor.Decision) -> None:
        match decision:
            case floor.HearSpeech(speech_ns=speech_ns):
                start = self.now - round(speech_ns * LISTENING_RATE_HZ / 1e9)
                self.turn_from = start if self.turn_from is None else self.turn_from
            case floor.ExpectEnd(pause=pause):
                self._expect_end(pause)
            case floor.Commit():
                self._commit()
            case floor.CancelReply():
                self.reply += 1
            case floor.Dismiss():
                self._forget()
            case floor.Hold():
                self._tell(Act.SILENT)
                self.reply += 1
            case floor.Resume():
                self._tell(Act.RESUME)
                self._forget()
                self._play_until(max(self.over_at, self.now + 1))
            case floor.Interrupt():
                if not self.done or self.done[-1].act is not Act.SILENT:
                    self._tell(Act.SILENT)
                self._tell(Act.STOP)
                self.reply += 1
            case _:
                pass

    def _expect_end(self, pause: int) -> None:
        start, end = self.turn_from or 0, self.now
        if "detector" not in self.without:
            self._at(
                end + DETECTOR_MS * PER_MS,
                lambda: self._step(floor.TurnEndProbability(pause, self.heard.end_probability(start, end))),
            )
        self._at(end + STT_MS * PER_MS, lambda: self._step(floor.FinalWords(pause, self._words(end))))

    def _commit(self) -> None:
        self._tell(Act.COMMIT)
        self.reply += 1
        reply = self.reply

        def audible() -> None:
            if reply == self.reply:
                self._tell(Act.AUDIBLE)
                self._speak(self.now + REPLY_MS * PER_MS)

        self._at(self.now + ANSWER_MS * PER_MS, audible)

    def _forget(self) -> None:
        self.turn_from, self.words_from = None, self.now

    def _tell(self, act: Act) -> None:
        self.done.append(Done(self.now, act))


def _ns(samples: int) -> int:
    return of_samples(samples, LISTENING_RATE_HZ)
