"""Sound out of bytes that come in pieces cut anywhere: raw 16-bit PCM, or a WAV file of any rate.

Pure; must not know where the bytes come from.
"""

import numpy as np

from studio.model.audio import Samples, silence, to_float
from studio.pipeline.resampling import StreamResampler

_PCM, _EXTENSIBLE = 1, 0xFFFE
_LONGEST_HEADER = 65_536


class PcmStream:
    """One clip of mono sound. A WAV file is told from raw PCM by how it begins."""

    def __init__(self, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        """Of raw PCM, and of all that comes out."""
        self._pending = bytearray()
        self._resampler: StreamResampler | None = None
        """None until the sound itself begins."""
        self._left: int | None = None
        """Bytes of sound to come; None: until the end."""

    def push(self, piece: bytes) -> Samples:
        """The next bytes in; the samples that are ready out.

        Raises:
            ValueError: a WAV file of something else than 16-bit mono PCM.
        """
        self._pending += piece
        if self._resampler is None:
            self._resampler = self._begin()
        if self._resampler is None:
            return silence(0)
        whole = (len(self._pending) if self._left is None else min(len(self._pending), self._left)) // 2 * 2
        pcm = bytes(self._pending[:whole])
        del self._pending[:whole]
        if self._left is not None:
            self._left -= whole
        return self._resampler.push(to_float(np.frombuffer(pcm, dtype="<i2"))) if whole else silence(0)

    def end(self) -> Samples:
        """Nothing more comes: what was held back. Nothing may be pushed afterwards."""
        return silence(0) if self._resampler is None else self._resampler.flush()

    def _begin(self) -> StreamResampler | None:
        """Take the header away; None where more of it is to come."""
        head = self._pending
        if not head or not b"RIFF".startswith(head[:4]):
            return StreamResampler(self._rate_hz, self._rate_hz) if head else None
        at, rate_hz = 12, 0
        while len(head) >= at + 8 and at < _LONGEST_HEADER:
            name, size = bytes(head[at : at + 4]), int.from_bytes(head[at + 4 : at + 8], "little")
            if name == b"data" and rate_hz:
                self._left = size or None  # a file that is written as it is spoken cannot tell its size
                del head[: at + 8]
                return StreamResampler(rate_hz, self._rate_hz)
            if name == b"fmt ":
                if len(head) < at + 24:
                    return None
                rate_hz = _rate_hz(head[at + 8 : at + 24])
            at += 8 + size + size % 2
        if at >= _LONGEST_HEADER:
            raise ValueError("a WAV file without sound")
        return None


def _rate_hz(described: bytearray) -> int:
    """The rate in the part of a WAV file that describes it."""
    coding, channels = (int.from_bytes(described[at : at + 2], "little") for at in (0, 2))
    bits, rate_hz = int.from_bytes(described[14:16], "little"), int.from_bytes(described[4:8], "little")
    if coding not in (_PCM, _EXTENSIBLE) or (channels, bits) != (1, 16) or not 4000 <= rate_hz <= 192_000:
        raise ValueError(f"a WAV file with {channels} channels of {bits} bits at {rate_hz} Hz, coded as {coding}")
    return rate_hz
