"""The systems beside ours: a turn ends after so much silence, or when Smart Turn alone says so after so much silence.

A reply needs words here, too, the agent is cut off by 200 ms of speech (Pipecat's default), and nothing resumes.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from benchmarks.turns.acts import ANSWER_MS, DETECTOR_MS, REPLY_MS, STT_MS, Act, Done, Heard
from benchmarks.turns.truth import PER_MS, Span

THRESHOLD = 0.5
"""Of speech and of a turn's end."""
SPEECH_MS = 64
BARGE_IN_MS = 200
TRANSCRIBE_MS = 96
"""Silence after which the words are asked for."""
FALLBACK_MS = 3000
"""Silence that ends a turn whatever Smart Turn says: Pipecat's default."""

Judge = Callable[[Heard, int, int], bool]
"""Whether a turn is over, from its start and the end of what was heard of it."""


@dataclass(frozen=True, slots=True)
class SilenceOnly:
    """The turn ends after `setting` ms of silence."""

    setting: float
    family: str = "silence only"

    def replay(self, heard: Heard) -> list[Done]:
        """See `System`."""
        return _Replay(heard, self.setting, self.setting, lambda *_: True, 0).run()


@dataclass(frozen=True, slots=True)
class SmartTurnAlone:
    """After `setting` ms of silence Smart Turn is asked, once in each pause; a no means `FALLBACK_MS`."""

    setting: float
    family: str = "Smart Turn alone"

    def replay(self, heard: Heard) -> list[Done]:
        """See `System`."""

        def over(heard: Heard, start: int, end: int) -> bool:
            return heard.end_probability(start, end) >= THRESHOLD

        return _Replay(heard, self.setting, FALLBACK_MS, over, DETECTOR_MS).run()


@dataclass(slots=True)
class _Replay:
    heard: Heard
    ask_ms: float
    fallback_ms: float
    over: Judge
    judge_ms: float
    done: list[Done] = field(default_factory=list)
    lines: list[Span] = field(default_factory=list)
    """The agent's, as far as they are known."""
    turn_from: int | None = None
    """Start of the turn under way."""
    speech: int = 0
    silence: int = 0
    due: int | None = None
    """When the turn is to be committed unless the user goes on."""

    def run(self) -> list[Done]:
        self.lines = [item.agent for item in self.heard.call.items if item.agent is not None]
        for index, probability in enumerate(self.heard.probabilities):
            now = (index + 1) * self.heard.frame_samples
            if probability >= THRESHOLD:
                self._speech(now)
            else:
                self._silence(now)
            if self.due is not None and now >= self.due:
                self._commit(self.due)
        return sorted(self.done, key=lambda done: done.at)

    def _speaking(self, now: int) -> Span | None:
        return next((line for line in self.lines if line.start <= now < line.end), None)

    def _speech(self, now: int) -> None:
        self.speech += self.heard.frame_samples
        self.silence = 0
        self.due = None
        line = self._speaking(now)
        needed_ms = SPEECH_MS if line is None else BARGE_IN_MS
        if self.speech < needed_ms * PER_MS:
            return
        if line is not None:
            self.lines = [*(other for other in self.lines if other != line), Span(start=line.start, end=now)]
            self.done += [Done(now, Act.SILENT), Done(now, Act.STOP)]
        else:  # a reply that was not heard yet is dropped
            dropped = {coming.start for coming in self.lines if now < coming.start <= now + ANSWER_MS * PER_MS}
            replies = {done.at for done in self.done if done.act is Act.AUDIBLE}
            self.lines = [other for other in self.lines if other.start not in dropped & replies]
            self.done = [done for done in self.done if not (done.act is Act.AUDIBLE and done.at in dropped)]
        if self.turn_from is None:
            self.turn_from = now - self.speech

    def _silence(self, now: int) -> None:
        before = self.silence
        self.silence += self.heard.frame_samples
        self.speech = 0
        if self.turn_from is None:
            return
        if before < self.ask_ms * PER_MS <= self.silence:
            asked = now if self.over(self.heard, self.turn_from, now) else now + self._until(self.fallback_ms)
            ready = now + self._until(TRANSCRIBE_MS) + STT_MS * PER_MS
            self.due = max(asked + round(self.judge_ms * PER_MS), ready)

    def _until(self, ms: float) -> int:
        """Samples from now to the time with that much silence; negative if it has been."""
        return round(ms * PER_MS) - self.silence

    def _commit(self, at: int) -> None:
        known = at - STT_MS * PER_MS
        begins, self.turn_from, self.due = self.turn_from or 0, None, None
        if not any(begins <= word.end <= known for item in self.heard.call.items for word in item.words):
            return
        audible = at + ANSWER_MS * PER_MS
        self.lines.append(Span(start=audible, end=audible + REPLY_MS * PER_MS))
        self.done += [Done(at, Act.COMMIT), Done(audible, Act.AUDIBLE)]
