"""A sound card that is two WAV files: plays a recording to an agent and keeps what the agent says, on one clock.

Runs inside the peers' own environments: knows neither them nor the studio, and needs nothing but Python.
"""

import asyncio
import time
import wave
from collections.abc import Awaitable, Callable
from pathlib import Path

IN_HZ = 16_000
OUT_HZ = 24_000
BLOCK_MS = 10
_IN_BYTES = IN_HZ * BLOCK_MS // 1000 * 2
_OUT_BYTES = OUT_HZ * BLOCK_MS // 1000 * 2


class SoundCard:
    """16-bit mono sound: 16 kHz from the caller, 24 kHz from the agent, a block of 10 ms at a time."""

    def __init__(self, recording: Path) -> None:
        with wave.open(str(recording), "rb") as file:
            about = (file.getframerate(), file.getnchannels(), file.getsampwidth())
            if about != (IN_HZ, 1, 2):
                raise ValueError(f"{recording} is not 16-bit mono at {IN_HZ} Hz")
            self._caller = file.readframes(file.getnframes())
        self._waiting = bytearray()
        self._played = bytearray()
        self.paused = False
        """Nothing is played, what waits stays."""
        self.empty = asyncio.Event()
        """Everything that was written has been played or dropped."""
        self.empty.set()

    def write(self, pcm: bytes) -> None:
        """Play this after what waits."""
        self._waiting += pcm
        if self._waiting:
            self.empty.clear()

    def clear(self) -> int:
        """Drop what was not yet played; returns how many bytes that were."""
        dropped = len(self._waiting)
        self._waiting.clear()
        self.empty.set()
        return dropped

    async def run(self, hear: Callable[[bytes], Awaitable[None]], frame_ms: int) -> None:
        """Until the recording is over. `hear` gets frames of `frame_ms`, each when its last sample has been said.

        A block is played when its first sample is due; late wake-ups catch up.
        """
        start = time.monotonic()
        frame = frame_ms // BLOCK_MS
        for block in range(len(self._caller) // _IN_BYTES):
            await asyncio.sleep(max(0.0, start + block * BLOCK_MS / 1000 - time.monotonic()))
            self._play()
            if block and block % frame == 0:
                await hear(self._caller[(block - frame) * _IN_BYTES : block * _IN_BYTES])

    def _play(self) -> None:
        piece = b"" if self.paused else bytes(self._waiting[:_OUT_BYTES])
        del self._waiting[: len(piece)]
        self._played += piece.ljust(_OUT_BYTES, b"\0")
        if not self._waiting:
            self.empty.set()

    def save(self, path: Path) -> None:
        """Write what was played, silence included."""
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(OUT_HZ)
            file.writeframes(bytes(self._played))
