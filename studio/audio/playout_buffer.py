"""What was written to a speaker and not yet played: one thread writes, the device's callback reads, no lock.

Knows the indices of the stream of written samples, and nothing of devices or time.
"""

from collections import deque
from dataclasses import dataclass

import numpy as np

from studio.model.audio import Samples, silence

FADE_SAMPLES = 240
"""5 ms at 48 kHz: a sound that is cut off without a fade ends in a click."""


@dataclass(frozen=True, slots=True)
class Playout:
    """What one block of a speaker consists of."""

    samples: Samples
    """The block, filled up with silence."""
    written_start: int
    """Index, in the stream of written samples, of the first one in this block."""
    written_count: int
    """How many written samples the block begins with."""
    buffered: int
    """Written samples still waiting after it."""


class PlayoutBuffer:
    """An unbounded queue of samples that can be emptied at once.

    Safe with one writing and one reading thread because each field has a single writer, and
    appending to a deque, popping from it and assigning an int are each atomic.
    """

    def __init__(self, fade_samples: int = FADE_SAMPLES) -> None:
        self._fade_samples = fade_samples
        self._sounding = False
        self._pieces: deque[Samples] = deque()
        self._written = 0
        self._discard_before = 0
        self._read_index = 0
        self._piece: Samples = silence(0)

    def write(self, samples: Samples) -> int:
        """Queue a copy of `samples`; returns their index in the stream of written samples."""
        start = self._written
        self._pieces.append(np.array(samples, dtype=np.float32))
        self._written = start + len(samples)
        return start

    def clear(self) -> None:
        """Drop everything written so far: the next `read` fades out what was sounding. For the writing thread."""
        self._discard_before = self._written

    def read(self, count: int) -> Playout:
        """The next `count` samples to play. For the reading thread."""
        discarded = self._discard_before - self._read_index
        fading = discarded > 0 and self._sounding and self._fade_samples > 0
        if not fading:
            self._skip(discarded)
        start, block = self._read_index, silence(count)
        wanted = min(count, discarded, self._fade_samples) if fading else count
        filled = self._fill(block[:wanted])
        if fading:
            block[:filled] *= np.linspace(1, 0, filled, endpoint=False, dtype=np.float32)
            self._skip(discarded - filled)
        self._sounding = filled == count and not fading
        waiting = self._written - max(self._read_index, self._discard_before)
        return Playout(block, start, filled, max(waiting, 0))

    def _fill(self, block: Samples) -> int:
        filled = 0
        while filled < len(block) and self._next_piece():
            taken = min(len(block) - filled, len(self._piece))
            block[filled : filled + taken] = self._piece[:taken]
            self._skip(taken)
            filled += taken
        return filled

    def _next_piece(self) -> bool:
        while len(self._piece) == 0:
            if not self._pieces:
                return False
            self._piece = self._pieces.popleft()
        return True

    def _skip(self, count: int) -> None:
        while count > 0 and self._next_piece():
            taken = min(count, len(self._piece))
            self._piece = self._piece[taken:]
            self._read_index += taken
            count -= taken
