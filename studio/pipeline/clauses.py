"""Cuts a streamed reply into speakable clauses as early as prosody allows. Pure text; knows no engine."""

import math
import re

_ABBREVIATIONS = frozenset(
    [
        "mr",
        "mrs",
        "ms",
        "dr",
        "prof",
        "st",
        "vs",
        "etc",
        "e.g",
        "i.e",
        "approx",
        "dept",
        "est",
        "inc",
        "ltd",
        "jr",
        "sr",
        "a.m",
        "p.m",
        "u.s",
        "u.k",
    ]
)
_ENDS = frozenset(".!?…")
_WIDE_ENDS = frozenset("。！？")
_BREAKS = frozenset(",;:—–")
_WIDE_BREAKS = frozenset("，、；：")
_BREATHS = frozenset(
    ["and", "or", "but", "because", "so", "which", "who", "that", "if", "when", "while", "with", "for", "since", "as"]
)
"""Before one of these a speaker may take a breath."""
_BREATH_WORDS = 4
"""Not before so many words have been said."""
_KOREAN_BREATHS = ("는데", "은데", "지만", "니까", "으면", "하면", "면서", "아서", "어서", "해서", "하고", "이고")
"""After one of these endings, too."""
_KOREAN_BREATH_WORDS = 3
_CHARACTERS_A_WORD = 2
"""In scripts without spaces, about this many characters say as much as a word."""
_CLOSING = frozenset("\"'”’)]」』）】»")
_WORD = re.compile(r"\w+(?:['’]\w+)?")


class ClauseSplitter:
    """Takes text as it comes, gives clauses back; their concatenation is the text, trimmed.

    The first clause ends at the first break after `first_words` words, or where a speaker would take a breath, because
    its end is waited for in silence; later ones at sentence ends, or at a break once `long_words` have come.
    """

    def __init__(self, first_words: int = 3, long_words: int = 12) -> None:
        self._first_words = first_words
        self._long_words = long_words
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
            verdict = self._ends_at(index)
            if verdict is None:
                self._seen = index
                return None
            if verdict:
                end = index + 1
                while end < len(self._text) and self._text[end] in _CLOSING:
                    end += 1
                return end
        self._seen = len(self._text)
        return None

    def _ends_at(self, index: int) -> bool | None:
        """Whether a clause ends with this character; None when the next one has to be seen first."""
        char, before = self._text[index], self._text[:index]
        if char == " " and self._given == 0:
            return self._takes_breath(before, self._text[index + 1 :])
        if char in _WIDE_ENDS or char == "\n":
            return bool(before.strip())
        if char in _WIDE_BREAKS:
            return self._long_enough(math.ceil(len(before.strip()) / _CHARACTERS_A_WORD))
        if char not in _ENDS and char not in _BREAKS:
            return False
        following = self._text[index + 1 : index + 2]
        if following and not following.isspace() and following not in _CLOSING:
            return False  # 3.5, 1,000, 7:30, example.com, "?!"
        if char in _BREAKS:
            if not following and before[-1:].isdigit():
                return None
            return self._long_enough(len(_WORD.findall(before)))
        if char == "." and self._is_abbreviation(before):
            return False
        if not following and char in ".…":
            return None
        return bool(_WORD.search(before))

    def _takes_breath(self, before: str, after: str) -> bool | None:
        """Whether the first clause may end with this space; None when the next word has to be seen first."""
        said = before.split()
        if len(said) >= _KOREAN_BREATH_WORDS and said[-1].endswith(_KOREAN_BREATHS):
            return True
        if len(said) < _BREATH_WORDS or not said[-1].isalpha():
            return False
        following, space, _ = after.partition(" ")
        if not space and (not following or following.isalpha()):
            return None if any(word.startswith(following) for word in _BREATHS) else False
        return following in _BREATHS

    def _long_enough(self, words: int) -> bool:
        """For a clause that ends within its sentence."""
        return words >= (self._first_words if self._given == 0 else self._long_words)

    def _is_abbreviation(self, before: str) -> bool:
        word = before.rsplit(maxsplit=1)[-1].lower() if before.strip() else ""
        word = word.lstrip("\"'“‘([")
        list_number = word.isdigit() and before.strip() == word
        return word in _ABBREVIATIONS or (len(word) == 1 and word.isalpha() and word != "i") or list_number
