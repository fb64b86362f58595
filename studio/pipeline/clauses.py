"""Cuts a streamed reply into speakable clauses as early as prosody allows. Pure text; knows no engine."""

import re
from dataclasses import dataclass

from studio.pipeline.phrases import (
    balanced,
    begins_predicate,
    breathes_after,
    breathes_before,
    is_abbreviation,
    is_address,
    is_ordinal,
    may_be_ordinal,
    unspaced,
    words_in,
)

_ENDS = frozenset(".!?…")
_WIDE_ENDS = frozenset("。！？")
_BREAKS = frozenset(",;:—–")
_WIDE_BREAKS = frozenset("，、；：")
_CLOSING = frozenset("\"'”’)]」』）】»*_`~")
"""What belongs to the clause it follows, Markdown's marks too."""
_NO, _WAIT = 0, -1


@dataclass(frozen=True, slots=True)
class ClauseLengths:
    """How many words a clause has at least; in scripts without spaces two characters count as one."""

    breaks: tuple[int, ...]
    """Of a clause that ends at a comma: the first one, the second and so on; the last number is for all others."""
    breath: int | None = None
    """Of a first clause that ends where a speaker takes a breath without a mark; None: none does."""
    opening: tuple[int, ...] = ()
    """Of the first clauses that end after any word: the first one, the second and so on; all others do not."""


SPOKEN_ALONE = ClauseLengths(breaks=(3, 12), breath=4)
"""For engines that speak each clause as if it were all there is."""


def streamed(opening: tuple[int, ...]) -> ClauseLengths:
    """For engines that go on where the clause before ended: so many words are enough for them to begin with."""
    return ClauseLengths(breaks=(1, 4, 12), opening=opening)


class ClauseSplitter:
    """Takes text as it comes, gives clauses back; their concatenation is the text, trimmed.

    The first clause is short, because its end is waited for in silence; later ones end at sentence ends, or at a
    break once they are long.
    """

    def __init__(self, lengths: ClauseLengths = SPOKEN_ALONE) -> None:
        self._lengths = lengths
        self._text = ""
        self._seen = 0
        self._given = 0

    def push(self, text: str) -> list[str]:
        """The clauses that are complete now."""
        self._text += text
        clauses = []
        while (end := self._find_end()) is not None:
            clause, self._text, self._seen = self._text[:end].strip(), self._text[end:], 0
            if clause:
                clauses.append(clause)
                self._given += 1
        return clauses

    def flush(self) -> str | None:
        """What is left at the end of the reply."""
        rest, self._text, self._seen = self._text.strip(), "", 0
        return rest or None

    def _find_end(self) -> int | None:
        for index in range(self._seen, len(self._text)):
            end = self._end(index)
            if end == _WAIT:
                self._seen = index
                return None
            if end != _NO:
                return end
        self._seen = len(self._text)
        return None

    def _end(self, index: int) -> int:
        """Where a clause ends that is decided on at this character; `_NO`, or `_WAIT` until more has been seen."""
        char, before = self._text[index], self._text[:index]
        if not before.strip():
            return _NO
        if char == "\n":
            return index + 1
        if char.isspace():
            return self._after_word(before)
        if char in _WIDE_ENDS:
            return self._closed(index)
        if char in _BREAKS or char in _WIDE_BREAKS:
            return self._at_break(index, before)
        return self._at_end(index, before) if char in _ENDS else _NO

    def _closed(self, index: int) -> int:
        """After this mark and what closes with it."""
        end = index + 1
        while end < len(self._text) and self._text[end] in _CLOSING:
            end += 1
        return end

    def _at_break(self, index: int, before: str) -> int:
        if self._goes_on(index):
            return _NO
        if before[-1].isdigit():  # 1,000; 7:30; March 3, 2026
            after = self._text[index + 1 :].lstrip(" ")[:1]
            if not after or after.isdigit():
                return _NO if after else _WAIT
        if index + 1 == len(self._text) and (self._text[index] == ":" or is_address(before)):
            return _WAIT
        least = self._lengths.breaks[min(self._given, len(self._lengths.breaks) - 1)]
        return self._closed(index) if words_in(before) >= least else _NO

    def _at_end(self, index: int, before: str) -> int:
        char, last = self._text[index], index + 1 == len(self._text)
        if self._goes_on(index) or (char == "." and is_abbreviation(before)):
            return _NO
        if last and (char in ".…" or is_address(before)):
            return _WAIT
        if not words_in(before):
            return _NO
        if char == "." and may_be_ordinal(before):
            word = re.match(r"\s+(\S+)(\s?)", self._text[index + 1 :])
            if word is None or not word[2]:
                return _WAIT
            if is_ordinal(before, word[1]):
                return _NO
        return self._closed(index)

    def _goes_on(self, index: int) -> bool:
        """Whether a mark is within something: 3.5, 1,000, 7:30, example.com, "?!". No space follows it in Chinese."""
        following = self._text[index + 1 : index + 2]
        if not following or following.isspace() or following in _CLOSING or self._text[index] in _WIDE_BREAKS:
            return False
        return not (unspaced(self._text[index - 1]) and unspaced(following))

    def _after_word(self, before: str) -> int:
        """Where one of the first clauses ends without a mark, when the space after a word has come."""
        if before[-1].isspace():
            return _NO
        lengths, word = self._lengths, before.split()[-1]
        head = before[: -len(word)]
        if self._given < len(lengths.opening):
            enough = words_in(before) >= lengths.opening[self._given]
            return len(before) if enough and not _holds_on(word) else _NO
        if self._given or lengths.breath is None or not balanced(before):
            return _NO
        if begins_predicate(head, word) or (words_in(head) >= lengths.breath and breathes_before(head, word)):
            return len(head)
        # A Korean word says as much as one and a half of other languages.
        return len(before) if words_in(before) >= lengths.breath - 1 and breathes_after(word) else _NO


def _holds_on(word: str) -> bool:
    """Whether a word is not said before the next one is known: 10 a.m., $5 million, Dr. Smith, a dash, an article."""
    bare = word.rstrip("".join(_CLOSING))
    alone = len(bare) == 1 and bare.isascii()  # by itself it is the letter
    return alone or not bare[-1:].isalnum() or any(map(str.isdigit, bare))
