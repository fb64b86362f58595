"""A sound system whose devices do what a test says, block by block, without any sound."""

from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import numpy.typing as npt

from studio.audio.devices import Device, Direction, SoundSystem, StreamOptions
from studio.model.errors import DeviceError


def device(index: int, name: str, default: bool = False) -> Device:
    return Device(index, name, "fake", 1, 1, 48_000, default, default)


class FakeStream:
    """An open stream; `tick` is one callback of the device."""

    def __init__(self, device: Device, options: StreamOptions, callback: Callable[..., None]) -> None:
        self.device = device
        self.rate_hz = options.rate_hz or 48_000
        self.latency_s = 0.02
        self.running = False
        self._callback = callback
        self._is_input = options.direction is Direction.INPUT

    def start(self) -> None:
        if self.device.name == "broken":
            raise DeviceError("'broken' does not start: choose another.")
        self.running = True

    def close(self) -> None:
        self.running = False

    def tick(self, now_s: float, value: float = 0.0, lost: bool = False) -> npt.NDArray[np.float32]:
        """Capture 10 ms of `value` that ended at `now_s`, or play 10 ms from 50 ms after `now_s`; what was played."""
        assert self.running
        data = np.full((self.rate_hz // 100, 1), value, dtype=np.float32)
        times = SimpleNamespace(
            currentTime=1000 + now_s, inputBufferAdcTime=1000 + now_s - 0.01, outputBufferDacTime=1000 + now_s + 0.05
        )
        status = SimpleNamespace(input_overflow=lost, output_underflow=lost) if lost else None
        self._callback(data, len(data), times, status)
        return data[:, 0]


class FakeSoundSystem(SoundSystem):
    """Devices are plugged in and out by changing `plugged`; the opened streams are in `streams`."""

    def __init__(self, *names: str) -> None:
        super().__init__()
        self.plugged = [device(index, name, default=index == 0) for index, name in enumerate(names)]
        self.streams: list[FakeStream] = []

    def devices(self) -> list[Device]:
        return self.plugged

    def refresh(self) -> bool:
        return True

    def open(self, device: Device, options: StreamOptions, callback: Callable[..., None]) -> FakeStream:  # type: ignore[override]
        if device.name == "busy":
            raise DeviceError("'busy' cannot be opened: choose another.")
        self.streams.append(FakeStream(device, options, callback))
        return self.streams[-1]
