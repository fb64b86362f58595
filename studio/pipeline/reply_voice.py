"""One reply's voice: what has come of it, how far it was sent to the sink, and how far it was heard.

Pure: counts samples. Must not know a clock, a device or why a reply is held or cut.
"""

import re
from collections import deque
from dataclasses import dataclass

import numpy as np

from studio.model.audio import AUDIBLE_WINDOW_MS, Samples, rms_windows, silence
from studio.model.conversation import TimedWord
from studio.pipeline.alignment import reached
from studio.pipeline.ports import PlayedBlock

_UNSPACED = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
"""Kana and Han."""

_FADE_OUT_MS = 10
"""What was cut off while it sounded has faded for up to this long, and was not really heard."""
_FADE_IN_MS = 5
"""A sound that begins in its middle without a fade begins with a click."""
_LOOK_BACK_MS = 300
"""How far back a quiet point is looked for where nobody knows the words' times."""
_QUIET = 0.1
"""Share of the loudest window's level (-20 dB) below which sound is quiet."""


@dataclass(frozen=True, slots=True)
class SpokenClause:
    """Where a clause lies in a reply's voice."""

    text: str
    """Empty for a pause."""
    start: int
    count: int
    complete: bool
    """False while more of it may come."""
    words: tuple[TimedWord, ...] = ()
    """Where the engine times them, in milliseconds from the clause's first sample."""


def heard_text(clauses: list[SpokenClause], played: int, rate_hz: int) -> str:
    """The words that were played when the first `played` samples of a reply's voice had gone out, at `rate_hz`.

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
class _Sent:
    """A run of the voice in the stream of samples that the sink was given."""

    sink_start: int
    start: int
    count: int


class ReplyVoice:
    """All of one reply's voice at the sink's rate; positions are counted from its first sample."""

    def __init__(self, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self._pieces: list[Samples] = []
        self._come = 0
        self._sent = 0
        self._runs: deque[_Sent] = deque()
        self._position = 0
        self._fade_in = False
        self.clauses: list[SpokenClause] = []
        self.heard = 0
        """Position after the last sample that went out, whatever was repeated since."""

    @property
    def spoken(self) -> int:
        """Position after the last clause: who has heard that need not wait out the pause after it."""
        return max((clause.start + clause.count for clause in self.clauses if clause.text and clause.count), default=0)

    @property
    def complete(self) -> bool:
        """False while more of a clause is to come."""
        return not self.clauses or self.clauses[-1].complete

    @property
    def dry(self) -> bool:
        """True when the sink has played everything it was sent."""
        return self._position == self._sent

    def add(self, text: str, samples: Samples, last: bool, words: tuple[TimedWord, ...]) -> None:
        """The next samples of a clause; `last` completes it."""
        start, before = self._come, tuple[TimedWord, ...]()
        if not self.complete:
            begun = self.clauses.pop()
            start, before = begun.start, begun.words
        self._come += samples.size
        self.clauses.append(SpokenClause(text, start, self._come - start, last, before + words))
        if samples.size:
            self._pieces.append(samples)

    def unsent(self) -> Samples:
        """What the sink is to be given next; `sent` says that it was."""
        samples = self._since(self._sent)
        if self._fade_in and samples.size:
            samples, faded = samples.copy(), min(samples.size, self._of_ms(_FADE_IN_MS))
            samples[:faded] *= np.linspace(0, 1, faded, endpoint=False, dtype=np.float32)
        return samples

    def sent(self, sink_start: int) -> None:
        """The sink was given all that was `unsent`, as of this index in its stream."""
        self._runs.append(_Sent(sink_start, self._sent, self._come - self._sent))
        self._sent, self._fade_in = self._come, False

    def take(self, played: PlayedBlock) -> tuple[int, slice]:
        """What a block played of this reply: the position of its first sample, and where in the block it is."""
        begin, end = played.written_start, played.written_start + played.written_count
        while self._runs and self._runs[0].sink_start + self._runs[0].count <= begin:
            self._runs.popleft()
        within = [run for run in self._runs if run.count and run.sink_start < end]
        if not within:
            return self._position, slice(0, 0)
        first, last = within[0], within[-1]
        start = max(begin, first.sink_start)
        stop = min(end, last.sink_start + last.count)
        self._position = last.start + stop - last.sink_start
        self.heard = max(self.heard, self._position)
        return first.start + start - first.sink_start, slice(start - begin, stop - begin)

    def inside_clause(self, position: int) -> bool:
        """Whether silence before this sample tears a clause apart; else it comes between two."""
        return any(clause.text and clause.start < position < clause.start + clause.count for clause in self.clauses)

    def rewind(self) -> None:
        """What sounded was cut off and what the sink had left is lost: go on at the beginning of the word that was cut.

        Where nobody knows the words' times: at the nearest quiet point of the last 300 ms.
        """
        self._runs.clear()
        cut = max(0, self._position - self._of_ms(_FADE_OUT_MS))
        point = self._word_start(cut)
        if point is None:
            point = self._quiet_point(cut)
        # The fade lies before the point, so that nothing from there on is softer than it was made.
        self._sent = max(0, point - self._of_ms(_FADE_IN_MS))
        self._fade_in = self._sent > 0

    def _word_start(self, position: int) -> int | None:
        for clause in self.clauses:
            for word in clause.words if clause.start <= position < clause.start + clause.count else ():
                at_ms = (position - clause.start) * 1000 / self._rate_hz
                if at_ms < word.start_ms:
                    return position  # between two words
                if at_ms < word.end_ms:
                    return clause.start + self._of_ms(max(0.0, word.start_ms))
        return None

    def _quiet_point(self, position: int) -> int:
        window = self._of_ms(AUDIBLE_WINDOW_MS)
        begin = max(0, position - self._of_ms(_LOOK_BACK_MS))
        count = (position - begin) // window
        if count == 0:
            return begin
        begin = position - count * window
        levels = rms_windows(self._since(begin)[: position - begin], self._rate_hz)[:count]
        quiet = np.flatnonzero(levels <= _QUIET * levels.max())
        return begin + int(quiet[-1] + 1 if quiet.size else np.argmin(levels)) * window

    def _since(self, position: int) -> Samples:
        """From `position` to the latest sample; only the end is looked at, for that is what is asked for."""
        found: list[Samples] = []
        start = self._come
        for piece in reversed(self._pieces):
            if start <= position:
                break
            start -= piece.size
            found.insert(0, piece)
        return np.concatenate(found)[max(0, position - start) :] if found else silence(0)

    def _of_ms(self, length_ms: float) -> int:
        return round(length_ms * self._rate_hz / 1000)
