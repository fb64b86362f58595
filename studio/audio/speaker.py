"""The agent heard through a speaker, whatever device it is and however often it changes.

Must not know who speaks.
"""

from collections.abc import AsyncIterator

import numpy as np
import numpy.typing as npt

from studio.audio.device_feed import DeviceBlock, DeviceFeed, DeviceSettings
from studio.audio.devices import PREFERRED_RATE_HZ, Direction, SoundSystem, StreamOptions
from studio.audio.playout_buffer import Playout, PlayoutBuffer
from studio.audio.track_clock import DeviceTime, TrackClock
from studio.model.audio import AudioBlock, Samples, silence
from studio.pipeline.clock import Clock
from studio.pipeline.ports import PlayedBlock

_BLOCK_MS = 10
"""PortAudio adds one block to the latency it is asked for: asked for 80 ms, sound lay 102 ms ahead; for 70, 73 ms."""


class Speaker:
    """A speaker (port AudioSink)."""

    def __init__(self, settings: DeviceSettings, clock: Clock, system: SoundSystem) -> None:
        """Within the running event loop; nothing is opened yet."""
        latency = "low" if settings.buffer_ms is None else max(0.0, settings.buffer_ms - _BLOCK_MS) / 1000
        options = StreamOptions(Direction.OUTPUT, latency)
        self._buffer = PlayoutBuffer()
        self._feed = DeviceFeed(system, clock, settings, options, self._fill)
        self._settings = settings
        self._rate_hz = PREFERRED_RATE_HZ

    @property
    def name(self) -> str:
        """The device in use."""
        return self._feed.name

    @property
    def rate_hz(self) -> int:
        """What the device accepted when opened; the same for every later device."""
        return self._rate_hz

    async def open(self) -> None:
        """Start playing (silence, until something is written).

        Raises:
            DeviceError: there is no such speaker, or it does not start.
        """
        await self._feed.open()
        self._rate_hz = self._feed.rate_hz

    async def use(self, name: str | None) -> None:
        """Go on with another speaker, None for the default, once the old one has played what it fetched.

        Raises:
            DeviceError: it cannot be used.
        """
        await self._feed.use(name)

    def write(self, samples: Samples) -> int:
        """Queue samples at `rate_hz`; returns their index in the stream of written samples."""
        return self._buffer.write(samples)

    def clear(self) -> None:
        """Drop what the device has not fetched yet."""
        self._buffer.clear()

    async def blocks(self) -> AsyncIterator[PlayedBlock]:
        """Consecutive blocks of 10 ms, each told when the device fetched it, ahead of its time.

        Raises:
            DeviceError: the speaker is gone and no other works.
        """
        track = PlayedTrack(self._settings, self._rate_hz)
        while (block := await self._feed.next()) is not None:
            for played in track.add(block):
                yield played

    async def close(self) -> None:
        """Stop playing; `blocks` ends."""
        await self._feed.close()

    def _fill(self, data: npt.NDArray[np.float32]) -> tuple[Samples, Playout]:
        playout = self._buffer.read(len(data))
        data[:] = playout.samples[:, np.newaxis]
        return playout.samples, playout


class PlayedTrack:
    """Makes one unbroken track of what devices played; while none did, it was silent."""

    def __init__(self, settings: DeviceSettings, rate_hz: int) -> None:
        self._settings = settings
        self._block = rate_hz // 100
        self._clock = TrackClock(rate_hz)
        self._segment: int | None = None
        self._device_time = DeviceTime(0)
        self._position = 0

    def add(self, block: DeviceBlock) -> list[PlayedBlock]:
        """What a device played, after the silence that came before it."""
        assert block.playout is not None
        is_other = block.segment != self._segment
        if is_other:
            self._device_time = DeviceTime(block.latency_s)
            self._segment = block.segment
        measured = self._device_time.at_device(block.called, block.stream_now, block.stream_at)
        missing = self._clock.missing_before(self._position, measured, is_other or block.interrupted)
        start = block.playout.written_start
        told = []
        if missing > 0:
            self._settings.on_lost(missing, "device" if is_other else "underrun")
            buffered = block.playout.written_count + block.playout.buffered
            for begin in range(0, missing, self._block):
                quiet = silence(min(self._block, missing - begin))
                told.append(PlayedBlock(self._next(quiet), start, 0, buffered))
        told.append(PlayedBlock(self._next(block.samples), start, block.playout.written_count, block.playout.buffered))
        return told

    def _next(self, samples: Samples) -> AudioBlock:
        block = AudioBlock(samples, self._position, self._clock.at(self._position))
        self._position += len(samples)
        return block
