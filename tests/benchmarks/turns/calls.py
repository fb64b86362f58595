"""Small calls made by hand: the VAD is right, and what the detector says is given."""

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from benchmarks.turns.truth import PER_MS, Call, Item, Kind, Span, Word
from studio.model.audio import Samples

FRAME = 512


@dataclass
class ByHand:
    """Hears exactly the given stretches of speech, in ms; says of every pause what it was told for its end in ms."""

    call: Call
    spoken: list[tuple[int, int]]
    ends: float = 0.9
    pauses: float = 0.9
    asked: list[tuple[int, int]] = field(default_factory=list)
    frame_samples: int = FRAME

    @property
    def probabilities(self) -> Samples:
        heard = np.zeros(self.call.samples // FRAME, dtype=np.float32)
        for start, end in self.spoken:
            heard[start * PER_MS // FRAME : -(-end * PER_MS // FRAME)] = 1.0
        return heard

    def end_probability(self, start: int, end: int) -> float:
        self.asked.append((start, end))
        over = any(item.sound.end <= end for item in self.call.items if item.sound.start <= end)
        return self.ends if over else self.pauses


def span(start_ms: int, end_ms: int) -> Span:
    return Span(start=start_ms * PER_MS, end=end_ms * PER_MS)


def item(kind: Kind, *stretches: tuple[int, int, str], agent: tuple[int, int] | None = None) -> Item:
    """A turn of stretches with their words, which all end with their stretch; in ms."""
    words = tuple(Word(text=word, end=end * PER_MS) for _, end, text in stretches for word in text.split())
    pauses = tuple(span(before[1], after[0]) for before, after in pairwise(stretches))
    sound = span(stretches[0][0], stretches[-1][1])
    return Item(kind=kind, sound=sound, pauses=pauses, words=words, agent=span(*agent) if agent else None)


def call(*items: Item, length_ms: int = 12_000) -> Call:
    return Call(
        name="by hand",
        language="en",
        voice="hand/one",
        slow=False,
        held_out=False,
        samples=length_ms * PER_MS,
        items=items,
    )


def heard(*items: Item, ends: float = 0.9, pauses: float = 0.9, length_ms: int = 12_000) -> ByHand:
    """A call of these items in which every stretch is heard."""
    spoken = []
    for one in items:
        edges = [one.sound.start, *(edge for pause in one.pauses for edge in (pause.start, pause.end)), one.sound.end]
        spoken += [(start // PER_MS, end // PER_MS) for start, end in zip(edges[::2], edges[1::2], strict=True)]
    return ByHand(call(*items, length_ms=length_ms), spoken, ends, pauses)
