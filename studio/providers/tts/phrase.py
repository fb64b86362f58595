"""A phrase as it was spoken, to and from the bytes of a file that knows whether it is whole.

A file is a sha256 of all that follows, one line of JSON, and 16-bit little-endian samples.
Must not know where files are.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

import numpy as np
import numpy.typing as npt

from studio.model.audio import to_float
from studio.model.conversation import TimedWord
from studio.pipeline.ports import Sound

_DIGEST_BYTES = 32


@dataclass(frozen=True, slots=True)
class Phrase:
    """The voice of one clause, in the pieces in which the engine gave it."""

    rate_hz: int
    pcm: npt.NDArray[np.int16]
    pieces: tuple[tuple[int, tuple[TimedWord, ...]], ...]
    """Of each piece the number of its samples, and the words that came with it."""

    def sounds(self) -> Iterator[Sound]:
        """The pieces as they were given, marked as kept."""
        begin = 0
        for count, words in self.pieces:
            yield Sound(to_float(self.pcm[begin : begin + count]), words, cached=True)
            begin += count


def to_bytes(key: str, phrase: Phrase) -> bytes:
    """A file that holds `phrase`, and can only be read under `key`."""
    pieces = [(count, [(w.text, w.start_ms, w.end_ms) for w in words]) for count, words in phrase.pieces]
    head = json.dumps({"key": key, "rate_hz": phrase.rate_hz, "pieces": pieces}).encode()
    content = head + b"\n" + phrase.pcm.astype("<i2").tobytes()
    return sha256(content).digest() + content


def from_bytes(key: str, data: bytes) -> Phrase | None:
    """The phrase in a file; None for one that is torn, damaged, or another's."""
    content = memoryview(data)[_DIGEST_BYTES:]
    if sha256(content).digest() != data[:_DIGEST_BYTES]:
        return None
    end = data.index(b"\n", _DIGEST_BYTES)
    head = json.loads(data[_DIGEST_BYTES:end])
    if head["key"] != key:
        return None
    pieces = tuple((count, tuple(TimedWord(*word) for word in words)) for count, words in head["pieces"])
    return Phrase(head["rate_hz"], np.frombuffer(data, dtype="<i2", offset=end + 1), pieces)
