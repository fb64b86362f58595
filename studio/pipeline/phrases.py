"""What belongs together in running text, and where a speaker takes a breath: words and marks of a few languages.

Judges a text by its end; must not know how clauses are made of it.
"""

import math
import re

_ABBREVIATIONS = frozenset({
    "mr", "mrs", "ms", "dr", "prof", "st", "vs", "etc", "e.g", "i.e", "approx", "dept", "est", "inc", "ltd",
    "jr", "sr", "a.m", "p.m", "u.s", "u.k", "rev", "gen", "capt", "fig", "vol", "ext", "bzw", "ca", "usw", "nr",
    "z.b", "d.h", "u.a", "hr", "str", "mio", "mrd",
})  # fmt: skip
_WORD = re.compile(r"\w+(?:['’]\w+)?")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
"""Kana and Han."""
_CHARACTERS_A_WORD = 2
"""In scripts without spaces, about this many characters say as much as a word."""
_AFTER_ORDINALS = frozenset({
    "januar", "februar", "märz", "april", "mai", "juni", "juli", "august", "september", "oktober", "november",
    "dezember", "jahrhundert",
})  # fmt: skip
_JOINS = frozenset({"and", "or", "und", "oder"})
"""They join words and names as well as clauses."""
_BREATHS = _JOINS | frozenset({
    "because", "but", "which", "who", "whose", "where", "when", "while", "if", "although", "though", "unless",
    "until", "since", "whereas", "with", "without", "before", "after", "aber", "weil", "denn", "sondern",
    "wenn", "obwohl", "damit", "während", "mit", "ohne", "bis",
})  # fmt: skip
_PREDICATES = frozenset({"is", "are", "was", "were", "ist", "sind", "waren"})
"""Without `war`, which ends many an English name."""
_NO_SUBJECTS = frozenset({
    "i", "it", "he", "she", "we", "you", "they", "this", "that", "these", "those", "here", "there", "what", "how",
    "why", "es", "er", "sie", "wir", "das", "dies", "was", "wie", "wo", "hier", "da",
})  # fmt: skip
"""Where a clause begins or its subject ends with one of these, its verb follows without a breath."""
_SUBJECT_WORDS = 3
"""A shorter subject is said in one breath with its verb."""
_PAIRS = frozenset({"between", "both", "either", "neither", "zwischen", "sowohl", "entweder", "weder"})
_NUMBERS = frozenset({
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "twenty",
    "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety", "hundred", "thousand", "million",
    "billion",
})  # fmt: skip
_CONNECTING = re.compile(r"[가-힣](?:는데|은데|인데|지만|고|면|서)$")
_NOT_CONNECTING = re.compile(
    r"(?:에서|께서|로서|그리고|최고|광고|참고|사고|창고|중고|냉장고|라면|냉면|화면|장면|측면|표면|정면|순서|문서|독서|부서|도서)$"
)


def words_in(text: str) -> int:
    """How much is said, in words."""
    characters = len(_UNSPACED.findall(text))
    return len(_WORD.findall(_UNSPACED.sub(" ", text))) + math.ceil(characters / _CHARACTERS_A_WORD)


def unspaced(char: str) -> bool:
    """Whether this is of a script in which no space need follow a mark."""
    return "\u2e80" <= char <= "\ud7ff"


def is_abbreviation(before: str) -> bool:
    """Whether a point after this ends no sentence: that of an abbreviation, an initial or a list's number."""
    word = _last(before).lower().lstrip("\"'“‘([*_-")
    number_of_item = word.isdigit() and before.strip(" *_-#\n") == word
    return word in _ABBREVIATIONS or (len(word) == 1 and word.isalpha() and word != "i") or number_of_item


def is_address(before: str) -> bool:
    """Whether this ends within an address of the internet."""
    word = _last(before).lower().lstrip("(<\"'")
    return word.startswith(("www.", "http:", "https:", "mailto:"))


def may_be_ordinal(before: str) -> bool:
    """Whether a point after this may be that of `3. Oktober` or `No. 5`."""
    word = _last(before)
    return (word.isdigit() and len(word) <= 2) or word.lower() == "no"


def is_ordinal(before: str, word: str) -> bool:
    """Whether the point between these ends no sentence."""
    if not before[-1].isdigit():
        return word[0].isdigit()
    return word[0].islower() or word.lower().rstrip(".,;:!?") in _AFTER_ORDINALS


def balanced(text: str) -> bool:
    """Whether no quotation and no bracket is open."""
    pairs = ("()", "[]", "“”", "«»")
    return text.count('"') % 2 == 0 and all(text.count(pair[0]) <= text.count(pair[1]) for pair in pairs)


def breathes_before(head: str, word: str) -> bool:
    """Whether a speaker would take a breath between these: not within names, numbers and pairs."""
    spoken, joins = head.split(), word.lower() in _JOINS
    if word.lower() not in _BREATHS or not spoken:
        return False
    last = spoken[-1].lower()
    if any(map(str.isdigit, last)) or last in _NUMBERS or last in _BREATHS:
        return False
    return not joins or not (spoken[-1][0].isupper() or _PAIRS & {each.lower() for each in spoken})


def begins_predicate(head: str, word: str) -> bool:
    """Whether a sentence's long subject is over before this verb: `The capital of Italy` | `is`."""
    subject = re.split("[,;:.!?]", head)[-1].lower().split()
    if word.lower() not in _PREDICATES or len(subject) < _SUBJECT_WORDS:
        return False
    within = {subject[0], subject[-1]} & _NO_SUBJECTS or set(head.lower().split()) & (_BREATHS - _JOINS)
    return not within and subject[-1].isalpha() and subject[-1] not in _NUMBERS


def breathes_after(word: str) -> bool:
    """Whether a speaker would take a breath after it: a Korean verb that goes on to the next clause."""
    return bool(_CONNECTING.search(word)) and not _NOT_CONNECTING.search(word)


def _last(text: str) -> str:
    """The word that a text ends with; empty where it ends with space."""
    return "" if not text or text[-1].isspace() else text.rsplit(maxsplit=1)[-1]
