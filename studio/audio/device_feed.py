"""The blocks of whichever device is in use: opens it, swaps it, notices its loss and falls back.

Between the device's thread, which copies and signals once per block, and the event loop. Must not know
whether the sound is heard or played.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from studio.audio.devices import Device, DeviceStream, Direction, SoundSystem, StreamOptions
from studio.audio.playout_buffer import Playout
from studio.model.audio import Samples
from studio.model.errors import DeviceError
from studio.model.time import Instant
from studio.pipeline.clock import Clock

LOST_AFTER_S = 0.5
"""Far more than one block is ever late."""
FIRST_BLOCK_WITHIN_S = 4.0
"""A wireless headset or a sleeping sound server takes up to 2 s to wake."""
MOST_WAITING = 1000
"""Blocks (5 s captured, 10 s played) the event loop may lie behind before sound is dropped, counted and told."""


@dataclass(frozen=True, slots=True)
class DeviceBlock:
    """What happened in one callback of a device."""

    segment: int
    """Counts the streams opened so far."""
    samples: Samples
    """What was captured or played, mono."""
    rate_hz: int
    """The device's rate."""
    latency_s: float
    """What PortAudio expects between device and callback, in seconds."""
    called: Instant
    """When the callback ran."""
    stream_now: float
    """The same moment on the device's clock, in seconds."""
    stream_at: float
    """When the first sample was or will be at the device, on the device's clock, in seconds."""
    interrupted: bool
    """Samples before this block were lost."""
    playout: Playout | None
    """Of a speaker: where the samples came from."""


def _ignore(_what: int | str, _reason: str) -> None:
    """For those who do not want to know."""


@dataclass(frozen=True, slots=True)
class DeviceSettings:
    """Which device, and whom to tell. The callbacks run in the event loop's thread."""

    device: str | None = None
    """Its name; None is the system's default."""
    buffer_ms: float | None = None
    """The device's own buffer; None: the least it offers, which on a busy computer is too little to play from."""
    on_lost: Callable[[int, str], None] = _ignore
    """Samples (at the track's rate) that were never captured or played, and why: overflow, underrun, device."""
    on_device: Callable[[str, str], None] = _ignore
    """The device's name from now on, and why: chosen or lost."""


Transfer = Callable[[npt.NDArray[np.float32]], tuple[Samples, Playout | None]]
"""Fills or empties a device's buffer (frames, channels) within its callback; returns it as mono."""


class DeviceFeed:
    """One open stream at a time, and its blocks in the event loop."""

    def __init__(
        self, system: SoundSystem, clock: Clock, settings: DeviceSettings, options: StreamOptions, transfer: Transfer
    ) -> None:
        self._system = system
        self._clock = clock
        self._settings = settings
        self._options = options
        self._transfer = transfer
        self._loop = asyncio.get_running_loop()
        self._wanted = settings.device
        self._stream: DeviceStream | None = None
        self._segment = 0
        self._swapping = asyncio.Lock()
        self._silent: set[str] = set()
        self._heard = False
        self._inbox: deque[DeviceBlock] = deque()
        self._arrived = asyncio.Event()
        self._sent = 0
        self._taken = 0
        self._closed = False

    @property
    def name(self) -> str:
        """The device in use, or the one asked for."""
        return self._stream.device.name if self._stream else self._wanted or "default"

    @property
    def rate_hz(self) -> int:
        """Of the device in use; only once open."""
        assert self._stream is not None
        return self._stream.rate_hz

    async def open(self) -> None:
        """Start the device asked for.

        Raises:
            DeviceError: there is none, or it does not start.
        """
        async with self._swapping:
            await self._switch(self._system.candidates(self._options.direction, self._wanted))

    async def use(self, name: str | None) -> None:
        """Swap to another device; the old one goes on if it cannot be opened.

        Before `open` this is the device to open; after `close` nothing happens.

        Raises:
            DeviceError: there is no such device, or it does not start.
        """
        async with self._swapping:
            if self._closed:
                return
            if self._stream is None:
                self._wanted = name
                return
            wanted = self._system.candidates(self._options.direction, name)[0]
            if self._heard and wanted == self._stream.device:
                return
            await self._switch([wanted])
            self._settings.on_device(self.name, "chosen")

    async def next(self) -> DeviceBlock | None:
        """The next block; None once closed.

        Raises:
            DeviceError: the device fell silent and no other works.
        """
        while not self._closed:
            if self._inbox:
                self._taken += 1
                block = self._inbox.popleft()
                if block.segment == self._segment:
                    self._heard = True
                    self._silent.clear()
                return block
            segment = self._segment
            self._arrived.clear()
            try:
                async with asyncio.timeout(LOST_AFTER_S if self._heard else FIRST_BLOCK_WITHIN_S):
                    await self._arrived.wait()
            except TimeoutError:
                await self._fall_back(segment)
        return None

    async def close(self) -> None:
        """Stop the device; `next` ends. Safe to call twice."""
        self._closed = True
        self._arrived.set()
        async with self._swapping:
            await self._stop()

    async def _fall_back(self, silent_segment: int) -> None:
        async with self._swapping:
            if self._inbox or self._segment != silent_segment or self._closed:
                return  # it was the loop that slept, or someone swapped in the meantime
            direction, lost = self._options.direction, self.name
            self._silent.add(lost)
            await self._stop()
            self._heard = False
            await asyncio.to_thread(self._system.refresh)
            try:
                present = self._system.candidates(direction, None)
                await self._switch([device for device in present if device.name not in self._silent])
            except DeviceError as error:
                raise DeviceError(
                    f"The {direction.noun} {lost!r} is gone and no other works: plug one in and start again."
                ) from error
            self._settings.on_device(self.name, "lost")

    async def _switch(self, candidates: list[Device]) -> None:
        """Replace the stream by the first candidate that starts; a speaker keeps its first rate."""
        options = self._options
        if self._stream is not None and options.direction is Direction.OUTPUT:
            options = replace(options, rate_hz=self._stream.rate_hz)
        failure = DeviceError(f"There is no other {options.direction.noun}: plug one in.")
        for device in candidates:
            try:
                fresh = await asyncio.to_thread(self._system.open, device, options, self._callback(self._segment + 1))
                await self._stop(finish=self._heard)
                self._stream, self._heard = fresh, False
                await asyncio.to_thread(fresh.start)
                return
            except DeviceError as error:
                failure = error
        raise failure

    async def _stop(self, finish: bool = False) -> None:
        """End the present segment; with `finish` a speaker first plays what it was told to have played."""
        self._segment += 1
        if self._stream is not None:
            if finish and self._options.direction is Direction.OUTPUT:
                await asyncio.sleep(1.5 * self._stream.latency_s)
            await asyncio.to_thread(self._stream.close)

    def _callback(self, segment: int) -> Callable[..., None]:
        is_input = self._options.direction is Direction.INPUT

        def called(data: npt.NDArray[np.float32], _frames: int, times: Any, status: Any) -> None:
            """In the device's thread: copy, signal once, nothing else."""
            now = self._clock.now()
            if self._stream is None or segment != self._segment:
                data[:] = 0  # another device's turn; this one only finishes
                return
            samples, playout = self._transfer(data)
            if self._sent - self._taken >= MOST_WAITING:
                return
            self._sent += 1
            at = times.inputBufferAdcTime if is_input else times.outputBufferDacTime
            lost = bool(status) and (status.input_overflow if is_input else status.output_underflow)
            latency_s, rate_hz = self._stream.latency_s, self._stream.rate_hz
            block = DeviceBlock(segment, samples, rate_hz, latency_s, now, times.currentTime, at, lost, playout)
            self._loop.call_soon_threadsafe(self._arrive, block)

        return called

    def _arrive(self, block: DeviceBlock) -> None:
        self._inbox.append(block)
        self._arrived.set()
