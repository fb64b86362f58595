"""The sound devices of this computer, through PortAudio: what there is, and opening one.

The only module that imports sounddevice. Must not know what flows through a stream.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from itertools import product
from types import ModuleType
from typing import Any

from studio.model.errors import DeviceError

PREFERRED_RATE_HZ = 48_000
"""What sound cards run at; other rates are converted by the system, later and in bigger pieces."""


class Direction(StrEnum):
    """Which way sound flows; the words PortAudio uses."""

    INPUT = "input"
    OUTPUT = "output"

    @property
    def noun(self) -> str:
        """What a user calls it."""
        return "microphone" if self is Direction.INPUT else "speaker"

    @property
    def blocks_per_s(self) -> int:
        """What is captured waits until its block is full, so those are short; what is played was there before."""
        return 200 if self is Direction.INPUT else 100


@dataclass(frozen=True, slots=True)
class Device:
    """A sound device; it is known by its name."""

    index: int
    """PortAudio's number, valid until `refresh`."""
    name: str
    host_api: str
    """The system's sound interface: ALSA, Core Audio, WASAPI, ..."""
    input_channels: int
    output_channels: int
    default_rate_hz: int
    default_input: bool
    default_output: bool

    def serves(self, direction: Direction) -> bool:
        """Whether sound can flow that way."""
        return (self.input_channels if direction is Direction.INPUT else self.output_channels) > 0

    def is_default(self, direction: Direction) -> bool:
        """Whether the system uses it where nothing else is asked for."""
        return self.default_input if direction is Direction.INPUT else self.default_output


@dataclass(frozen=True, slots=True)
class StreamOptions:
    """How a device is opened."""

    direction: Direction
    latency: float | str
    """Seconds of the device's own buffer, or `low`."""
    rate_hz: int | None = None
    """None: 48 kHz, or what the device prefers where it refuses that."""


class SoundSystem:
    """PortAudio. One object per process, because the library behind it is one.

    PortAudio reads the list of devices once; `refresh` starts it anew, which ends every stream and is
    therefore done only while none is open. PortAudio opens and closes one stream at a time.
    """

    def __init__(self) -> None:
        self._open_streams = 0
        self._one_at_a_time = threading.RLock()

    def devices(self) -> list[Device]:
        """Every device, as PortAudio saw them when it started or was last refreshed.

        Raises:
            DeviceError: the PortAudio library is missing, or the sound system does not answer.
        """
        sounddevice = _sounddevice()
        try:
            defaults = sounddevice.default.device
            host_apis = [api["name"] for api in sounddevice.query_hostapis()]
            return [_device(entry, host_apis, defaults) for entry in sounddevice.query_devices()]
        except sounddevice.PortAudioError as error:
            raise _unanswered(error) from error

    def refresh(self) -> bool:
        """Look for new devices; False, with the old list kept, while a stream is open.

        Raises:
            DeviceError: as `devices`; the next `refresh` starts PortAudio again.
        """
        sounddevice = _sounddevice()
        with self._one_at_a_time:
            if self._open_streams:
                return False
            try:
                # sounddevice documents this pair as the way to do it; after a start that failed there is nothing to end
                if sounddevice._initialized:  # noqa: SLF001
                    sounddevice._terminate()  # noqa: SLF001
                sounddevice._initialize()  # noqa: SLF001
            except sounddevice.PortAudioError as error:
                raise _unanswered(error) from error
            return True

    def candidates(self, direction: Direction, name: str | None) -> list[Device]:
        """The devices to try, best first: the named one, or the default and then all others.

        Raises:
            DeviceError: no such device.
        """
        able = [device for device in self.devices() if device.serves(direction)]
        if not able:
            raise DeviceError(f"There is no {direction.noun}: plug one in, or play a recording with --in and --out.")
        if name is None:
            return sorted(able, key=lambda device: not device.is_default(direction))
        named = [device for device in able if device.name == name]
        if not named:
            names = ", ".join(sorted({device.name for device in able}))
            # PortAudio does not see what is plugged in while a stream is open, and a call has two of them.
            new = ", or hang up and call again if it is new" if self._open_streams else ""
            raise DeviceError(f"There is no {direction.noun} named {name!r}: choose one of {names}{new}.")
        return named

    def open(self, device: Device, options: StreamOptions, callback: Callable[..., None]) -> "DeviceStream":
        """A stream of mono float32 blocks, `Direction.blocks_per_s` of them, not started yet.

        Raises:
            DeviceError: the device refuses.
        """
        sounddevice = _sounddevice()
        is_input = options.direction is Direction.INPUT
        stream_class = sounddevice.InputStream if is_input else sounddevice.OutputStream
        blocks_per_s = options.direction.blocks_per_s
        rates = (options.rate_hz,) if options.rate_hz else (PREFERRED_RATE_HZ, device.default_rate_hz)
        failure = ""
        for rate_hz, channels in product(rates, (1, 2)):
            try:
                with self._one_at_a_time:
                    stream = stream_class(
                        device=device.index, samplerate=rate_hz, blocksize=rate_hz // blocks_per_s, channels=channels,
                        dtype="float32", latency=options.latency, callback=callback,
                        extra_settings=_extra_settings(sounddevice, device),
                    )  # fmt: skip
                    self._open_streams += 1
                return DeviceStream(self, stream, device, rate_hz)
            except (sounddevice.PortAudioError, ValueError) as error:
                failure = _reason(error)
        raise DeviceError(
            f"The {options.direction.noun} {device.name!r} cannot be opened ({failure}): "
            "close the programs that use it, or choose another."
        )

    def start(self, stream: Any) -> None:
        """Start one of PortAudio's streams."""
        with self._one_at_a_time:
            stream.start()

    def close(self, stream: Any) -> None:
        """Stop one of PortAudio's streams at once; a device that is gone already is no error."""
        with self._one_at_a_time:
            stream.abort(ignore_errors=True)
            stream.close(ignore_errors=True)
            self._open_streams -= 1


class DeviceStream:
    """An open stream. `start` and `close` block for some milliseconds: call them in a thread."""

    def __init__(self, system: SoundSystem, stream: Any, device: Device, rate_hz: int) -> None:
        self._system = system
        self._stream = stream
        self._open = True
        self.device = device
        self.rate_hz = rate_hz
        self.latency_s = float(stream.latency)
        """What PortAudio expects between the device and the callback, in seconds."""

    def start(self) -> None:
        """Let sound flow.

        Raises:
            DeviceError: the device fails.
        """
        try:
            self._system.start(self._stream)
        except _sounddevice().PortAudioError as error:
            self.close()
            raise DeviceError(f"{self.device.name!r} does not start ({_reason(error)}): choose another.") from error

    def close(self) -> None:
        """Stop at once. Safe to call twice."""
        if self._open:
            self._open = False
            self._system.close(self._stream)


def _sounddevice() -> ModuleType:
    try:
        sounddevice = import_module("sounddevice")
    except OSError as error:  # the Python package is there, the C library is not
        raise DeviceError(
            f"The PortAudio library is missing ({error}): install it (Debian, Ubuntu: apt install libportaudio2)."
        ) from error
    except Exception as error:  # sounddevice starts PortAudio on import, and its own error type dies with it
        raise DeviceError(f"The sound system cannot start ({_reason(error)}): check its sound settings.") from error
    return sounddevice


def _device(entry: Mapping[str, Any], host_apis: list[str], defaults: Any) -> Device:
    return Device(
        index=entry["index"],
        name=entry["name"],
        host_api=host_apis[entry["hostapi"]],
        input_channels=entry["max_input_channels"],
        output_channels=entry["max_output_channels"],
        default_rate_hz=int(entry["default_samplerate"]),
        default_input=entry["index"] == defaults[0],
        default_output=entry["index"] == defaults[1],
    )


def _extra_settings(sounddevice: ModuleType, device: Device) -> Any:
    """WASAPI refuses every rate but the mixer's unless it is told to convert."""
    return sounddevice.WasapiSettings(auto_convert=True) if "WASAPI" in device.host_api else None


def _unanswered(error: Exception) -> DeviceError:
    return DeviceError(f"The sound system cannot be asked ({_reason(error)}): check that its sound server runs.")


def _reason(error: Exception) -> str:
    return str(error.args[0] if error.args else error).rstrip(". ")
