"""The user heard through a microphone, at 16 kHz, whatever device it is and however often it changes.

Must not know who listens.
"""

from collections.abc import AsyncIterator

import numpy as np
import numpy.typing as npt

from studio.audio.device_feed import DeviceBlock, DeviceFeed, DeviceSettings
from studio.audio.devices import Direction, SoundSystem, StreamOptions
from studio.audio.track_clock import DeviceTime, TrackClock
from studio.model.audio import LISTENING_RATE_HZ, AudioBlock, Samples, silence
from studio.pipeline.clock import Clock
from studio.pipeline.resampling import StreamResampler

_BLOCK = LISTENING_RATE_HZ // 100


class Microphone:
    """A microphone (port AudioSource)."""

    exhausted = False

    def __init__(self, settings: DeviceSettings, clock: Clock, system: SoundSystem) -> None:
        """Within the running event loop; nothing is opened yet."""
        latency = "low" if settings.buffer_ms is None else settings.buffer_ms / 1000
        options = StreamOptions(Direction.INPUT, latency)
        self._feed = DeviceFeed(system, clock, settings, options, _take)
        self._settings = settings

    @property
    def name(self) -> str:
        """The device in use."""
        return self._feed.name

    async def open(self) -> None:
        """Start capturing.

        Raises:
            DeviceError: there is no such microphone, or it does not start.
        """
        await self._feed.open()

    async def use(self, name: str | None) -> None:
        """Go on with another microphone, None for the default; what is missed meanwhile is silence.

        Raises:
            DeviceError: it cannot be used.
        """
        await self._feed.use(name)

    async def blocks(self) -> AsyncIterator[AudioBlock]:
        """Consecutive blocks of 10 ms at 16 kHz.

        Raises:
            DeviceError: the microphone is gone and no other works.
        """
        track = CaptureTrack(self._settings)
        while (block := await self._feed.next()) is not None:
            for heard in track.add(block):
                yield heard

    async def close(self) -> None:
        """Stop capturing; `blocks` ends."""
        await self._feed.close()


def _take(data: npt.NDArray[np.float32]) -> tuple[Samples, None]:
    mono: Samples = data[:, 0].copy() if data.shape[1] == 1 else data.mean(axis=1)
    return mono, None


class CaptureTrack:
    """Makes one unbroken track at 16 kHz of what devices capture; what is missing becomes silence."""

    def __init__(self, settings: DeviceSettings) -> None:
        self._settings = settings
        self._clock = TrackClock(LISTENING_RATE_HZ)
        self._segment: int | None = None
        self._device_time = DeviceTime(0)
        self._resampler = StreamResampler(LISTENING_RATE_HZ, LISTENING_RATE_HZ)
        self._rate_hz = LISTENING_RATE_HZ
        self._begin = 0  # position in the track at which the resampler began
        self._pushed = 0  # samples at the device's rate that it was given since
        self._pending = silence(0)
        self._position = 0

    def add(self, block: DeviceBlock) -> list[AudioBlock]:
        """What a device captured; the blocks that are complete now."""
        is_other = block.segment != self._segment
        if is_other:
            self._device_time = DeviceTime(-block.latency_s)
            self._restart_resampler(block.rate_hz)
            self._segment = block.segment
        measured = self._device_time.at_device(block.called, block.stream_now, block.stream_at)
        position = self._begin + self._pushed * LISTENING_RATE_HZ // self._rate_hz
        missing = self._clock.missing_before(position, measured, is_other or block.interrupted)
        if missing > 0:
            self._settings.on_lost(missing, "device" if is_other else "overflow")
            self._restart_resampler(block.rate_hz)
            self._append(silence(missing))
            self._begin += missing
        self._append(self._resampler.push(block.samples))
        self._pushed += len(block.samples)
        return self._complete_blocks()

    def _restart_resampler(self, rate_hz: int) -> None:
        self._append(self._resampler.flush())
        self._resampler, self._rate_hz = StreamResampler(rate_hz, LISTENING_RATE_HZ), rate_hz
        self._begin, self._pushed = self._position + len(self._pending), 0

    def _append(self, samples: Samples) -> None:
        self._pending = np.concatenate([self._pending, samples])

    def _complete_blocks(self) -> list[AudioBlock]:
        blocks = []
        for begin in range(0, len(self._pending) - _BLOCK + 1, _BLOCK):
            samples = self._pending[begin : begin + _BLOCK]
            blocks.append(AudioBlock(samples, self._position, self._clock.at(self._position)))
            self._position += _BLOCK
        self._pending = self._pending[len(blocks) * _BLOCK :]
        return blocks
