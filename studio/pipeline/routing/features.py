"""Words in, a sparse vector out: what the classifiers see of an utterance. English and Korean.

Pieces of words and whole words are hashed into a fixed number of places, so that there is no vocabulary to keep;
beside them stand a few traits that a person can read. Case and punctuation do not count: partial transcripts have
neither. Must not know what is classified.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from studio.pipeline.routing.traits import TRAITS, traits

VERSION = 1
"""To be raised with every change of what comes out: weights of another version are refused."""
HASHED = 1 << 14
"""Places for pieces and words; after them comes one for each trait."""
_LONGEST = 600
"""Characters that are looked at; whoever says more has long been understood."""

_WORD = re.compile(r"\w+(?:['’]\w+)*")
_HANGUL = re.compile(r"[가-힣]")

SIZE = HASHED + len(TRAITS)

_TRAIT = {name: HASHED + place for place, name in enumerate(TRAITS)}


@dataclass(frozen=True, slots=True)
class Features:
    """A sparse vector: each place once, with its value. The hashed part has length 1."""

    places: NDArray[np.int32]
    values: NDArray[np.float32]


def plain(text: str) -> list[str]:
    """The words, in small letters and without punctuation."""
    return _WORD.findall(unicodedata.normalize("NFC", text[:_LONGEST]).lower().replace("’", "'"))


def korean(text: str) -> bool:
    """Whether it is in Korean."""
    return _HANGUL.search(text) is not None


def features(text: str) -> Features:
    """What the classifiers see of `text`."""
    words = plain(text)
    counts: dict[int, float] = {}
    for place in hashed(words):
        counts[place] = counts.get(place, 0.0) + 1.0
    there = [_TRAIT[name] for name in traits(words, any(map(korean, words)))]
    values = np.sqrt(np.fromiter(counts.values(), np.float32, len(counts)))
    length = float(np.sqrt(np.sum(values * values))) or 1.0
    return Features(
        np.array([*counts, *there], np.int32),
        np.concatenate([values / np.float32(length), np.full(len(there), 0.5, np.float32)]),
    )


def hashed(words: list[str]) -> Iterator[int]:
    """The places of words, pairs of words, the first word, and the pieces of each."""
    if words:
        yield _place(f"^{words[0]}")
    for number, word in enumerate(words, start=1):
        yield from of_word(word)
        yield _place(f"{word} {words[number] if number < len(words) else ''}")


def of_word(word: str) -> Iterator[int]:
    """The places of one word: it as a whole, and its pieces of up to four letters or three syllables."""
    yield _place(f"={word}")
    marked = f"<{word}>"
    for size in (1, 2, 3) if korean(word) else (3, 4):
        for start in range(len(marked) - size + 1):
            yield _place(marked[start : start + size])


def _place(piece: str) -> int:
    return crc32(piece.encode()) % HASHED
