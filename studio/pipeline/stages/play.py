"""Voice in, sound at the device out: knows what was really heard, and cuts it off at once when told."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from studio.model.audio import AUDIBLE_DB, Samples, peak
from studio.model.conversation import TimedWord
from studio.model.events import AgentAudio, AgentSilent, AgentSpeaking, TrackStarted
from studio.model.terms import Track
from studio.model.time import Instant, later, of_samples
from studio.pipeline.alignment import reached
from studio.pipeline.bus import Bus
from studio.pipeline.clock import Clock
from studio.pipeline.ports import AudioSink, EchoCanceller, PlayedBlock

_UNSPACED = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
"""Kana and Han."""

_REPORT_MS = 30
"""How often the played level is published."""


@dataclass(frozen=True, slots=True)
class SpokenClause:
    """Where a clause lies in the stream of written samples."""

    text: str
    """Empty for a pause."""
    start: int
    count: int
    complete: bool
    """False while more of it may come."""
    words: tuple[TimedWord, ...] = ()
    """Where the engine times them, in milliseconds from the clause's first sample."""


def heard_text(clauses: list[SpokenClause], played: int, rate_hz: int) -> str:
    """The words that were played when `played` written samples had gone out, at `rate_hz`.

    Whole clauses are certain; one that is still coming has not been heard to its end. Within a clause those
    words count that the engine says have ended; where it says nothing, the share of its samples that was
    played gives the share of its characters, cut back to whole words.
    """
    words = []
    for clause in clauses:
        share = (played - clause.start) / clause.count if clause.count else 0.0
        if share >= 1 and clause.complete:
            words.append(clause.text)
        elif share > 0 and clause.words:
            words.append(_ended(clause, (played - clause.start) * 1000 / rate_hz))
        elif share > 0:
            cut = clause.text[: int(min(share, 1.0) * len(clause.text))]
            words.append(cut if _UNSPACED.search(cut) else cut.rpartition(" ")[0])
    return " ".join(word for word in words if word)


def _ended(clause: SpokenClause, played_ms: float) -> str:
    """The clause's text up to the last word that was spoken to its end."""
    end = 0
    for word in clause.words:
        if word.end_ms <= played_ms:
            end = reached(clause.text, word.text, end)
    return clause.text[:end]


@dataclass(slots=True)
class _Reply:
    """One reply on its way to the ear."""

    turn: int
    clauses: list[SpokenClause] = field(default_factory=list)
    finished: bool = False
    """Nothing more will be written."""
    cut: bool = False
    threshold: float = 0.0
    """Magnitude from which a sample counts as audible."""
    played: int = 0
    """Index after the last written sample that went out."""
    speaking: bool = False
    last_audible: Instant | None = None

    @property
    def written(self) -> int:
        """Index after the last sample of the last clause: who has heard that need not wait out the pause after it."""
        return max((clause.start + clause.count for clause in self.clauses if clause.text and clause.count), default=0)


@dataclass(frozen=True, slots=True)
class PlayListener:
    """Whom to tell."""

    audible: Callable[[int], None]
    """The reply of this turn is being heard."""
    over: Callable[[int, str, bool], None]
    """The reply of this turn is over; these words of it were heard; True when it was cut."""


class Play:
    """The agent's side of the call, from samples to the device."""

    def __init__(self, sink: AudioSink, listener: PlayListener, clock: Clock, bus: Bus) -> None:
        self._sink = sink
        self._listener = listener
        self._clock = clock
        self._bus = bus
        self._echo: EchoCanceller | None = None
        self._reply: _Reply | None = None
        self._unreported: list[PlayedBlock] = []

    def feed_echo(self, echo: EchoCanceller) -> None:
        """From now on tell `echo` what is played."""
        self._echo = echo

    @property
    def busy(self) -> bool:
        """True while a reply is being played or written."""
        return self._reply is not None

    @property
    def has_voice(self) -> bool:
        """False while a reply is under way that has no words to be heard yet."""
        return self._reply is None or self._reply.written > 0

    def begin(self, turn: int) -> None:
        """A reply starts; one that was cut is over, even if the sink has not told its end yet."""
        if self._reply is not None:
            self.cut()
            self._end(self._reply)
        self._reply = _Reply(turn)

    def write(self, text: str, samples: Samples, last: bool, words: tuple[TimedWord, ...] = ()) -> None:
        """The next samples of a clause, at the sink's rate; `last` completes the clause."""
        reply = self._reply
        if reply is None or reply.cut:
            return
        start = self._sink.write(samples)
        if reply.threshold == 0:
            reply.threshold = peak(samples) * 10 ** (AUDIBLE_DB / 20)
        if reply.clauses and not reply.clauses[-1].complete:
            begun = reply.clauses.pop()
            count = begun.count + samples.size
            reply.clauses.append(SpokenClause(text, begun.start, count, last, begun.words + words))
        else:
            reply.clauses.append(SpokenClause(text, start, samples.size, last, words))

    def signal(self, sound: Callable[[int], Samples]) -> None:
        """Play what is no speech, made for the sink's rate; nobody waits for its end."""
        self._sink.write(sound(self._sink.rate_hz))

    def finish(self) -> None:
        """Nothing more comes for this reply; it is over once it has been played."""
        if self._reply is not None:
            self._reply.finished = True
            if not self._reply.clauses:
                self._end(self._reply)

    def cut(self) -> None:
        """Silence at the next block. What was heard is told when that block has gone out."""
        if self._reply is not None:
            self._reply.cut = True
            self._sink.clear()

    async def run(self) -> None:
        """Follow the sink until it is closed."""
        started = False
        try:
            async for played in self._sink.blocks():
                if not started:
                    started = True
                    self._bus.publish(TrackStarted(played.block.at, Track.PLAYED, self._sink.rate_hz))
                self._take(played)
        finally:  # also when the speaker dies: what was heard of a reply was heard
            if self._reply is not None:
                self._reply.cut = True
                self._end(self._reply)

    def _take(self, played: PlayedBlock) -> None:
        self._bus.audio(Track.PLAYED, played.block, self._sink.rate_hz)
        if self._echo is not None:
            self._echo.far(played.block.samples, self._sink.rate_hz)
        self._report(played)
        if self._reply is not None:
            self._follow(self._reply, played)

    def _follow(self, reply: _Reply, played: PlayedBlock) -> None:
        if played.written_count:
            reply.played = played.written_start + played.written_count
            sound = np.abs(played.block.samples[: played.written_count])
            audible = np.flatnonzero(sound >= max(reply.threshold, 1e-6))
            # What was cut before it was heard stays unheard, even if the device had begun its first block.
            if audible.size and (reply.speaking or not reply.cut):
                rate = self._sink.rate_hz
                reply.last_audible = later(played.block.at, of_samples(int(audible[-1]) + 1, rate))
                if not reply.speaking:
                    reply.speaking = True
                    start = later(played.block.at, of_samples(int(audible[0]), rate))
                    self._bus.publish(AgentSpeaking(self._clock.now(), reply.turn, start))
                    self._listener.audible(reply.turn)
        everything = reply.finished and reply.played >= reply.written
        if everything or (reply.cut and played.written_count == 0):
            self._end(reply)

    def _end(self, reply: _Reply) -> None:
        self._reply = None
        heard = heard_text(reply.clauses, reply.played, self._sink.rate_hz) if reply.speaking else ""
        if reply.last_audible is not None:
            self._bus.publish(AgentSilent(self._clock.now(), reply.turn, reply.last_audible, heard, reply.cut))
        self._listener.over(reply.turn, heard, reply.cut)

    def _report(self, played: PlayedBlock) -> None:
        self._unreported.append(played)
        rate = self._sink.rate_hz
        length = sum(p.block.samples.size for p in self._unreported)
        if length * 1000 < _REPORT_MS * rate:
            return
        loudest = max(peak(p.block.samples) for p in self._unreported)
        start = self._unreported[0].block.at
        self._unreported.clear()
        self._bus.publish(
            AgentAudio(self._clock.now(), start, length * 1000 / rate, round(loudest, 4), played.buffered * 1000 / rate)
        )
