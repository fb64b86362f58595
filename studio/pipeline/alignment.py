"""Where in a text a voice is, by the words that its engine tells with their times.

Engines tell words as they were written, more or less: without their marks, cut at apostrophes, a number in words.
Must not know sound or clauses; the text is whatever was given to one voice, in pieces.
"""

from bisect import bisect_left
from collections.abc import Sequence

from studio.model.conversation import TimedWord

_AHEAD = 48
"""Letters and digits that a voice may have spoken in other words than those of the text."""

_UNSPACED = "\u2e80"
"""From here on characters stand for words or syllables; a voice may tell each by itself."""


def reached(text: str, word: str, since: int) -> int:
    """The index after `word` in `text`, and after the marks that follow it; looked for not far behind `since`.

    `since` itself where it isn't there: the voice says that part in words of its own.
    """
    wanted = "".join(filter(str.isalnum, word.casefold()))
    letters: list[tuple[int, str]] = []
    for index in range(since, len(text)):
        letters += [(index, letter) for letter in text[index].casefold() if letter.isalnum()]
        if len(letters) > len(wanted) + _AHEAD:
            break
    plain = "".join(letter for _, letter in letters)
    at = plain.find(wanted)
    while at > 0 and not _begins_word(text, letters[at][0]):
        at = plain.find(wanted, at + 1)
    if not wanted or at < 0:
        return since
    end = letters[at + len(wanted) - 1][0] + 1
    while end < len(text) and not text[end].isalnum() and not text[end].isspace():
        end += 1
    return end


def _begins_word(text: str, index: int) -> bool:
    return not text[index - 1].isalnum() or text[index] > _UNSPACED


class Alignment:
    """A text that grows by pieces, and what of it was told to be spoken when, in milliseconds of sound."""

    def __init__(self) -> None:
        self.text = ""
        """All the pieces."""
        self._ends: list[int] = []
        self._spoken: list[tuple[float, float, int]] = []
        """Of each word its start and end, and the index in the text after it."""

    def add(self, piece: str) -> None:
        """The text goes on."""
        self.text += piece
        self._ends.append(len(self.text))

    def hear(self, words: Sequence[TimedWord]) -> None:
        """These words come next."""
        at = self._spoken[-1][2] if self._spoken else 0
        for word in words:
            at = reached(self.text, word.text, at)
            self._spoken.append((word.start_ms, word.end_ms, at))

    def told(self) -> str:
        """The text as far as its times are known, but no less than its first word."""
        if self._spoken:
            return self.text[: self._spoken[-1][2]]
        first = self.text.split(maxsplit=1)[:1]
        return first[0][: 1 if first[0] > _UNSPACED else None] if first else ""

    def begun(self, ms: float) -> tuple[str, int]:
        """The text up to the last word that has begun before this moment, and of how many pieces that is."""
        at = max((at for start_ms, _, at in self._spoken if start_ms < ms), default=0)
        return self.text[:at], bisect_left(self._ends, at) + 1

    def piece(self, ms: float) -> int:
        """Which piece is being said at this moment, counted from 0: that of the next word where one has just ended."""
        begun = [(end_ms, at) for start_ms, end_ms, at in self._spoken if start_ms <= ms]
        if not begun:
            return 0
        end_ms, at = begun[-1]
        index = bisect_left(self._ends, at)
        over = end_ms <= ms and not any(map(str.isalnum, self.text[at : self._ends[index]]))
        return min(index + over, len(self._ends) - 1)
