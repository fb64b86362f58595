"""The names of the sound devices there are, for those who only offer a choice."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Devices:
    """What can be chosen, in the system's order."""

    microphones: tuple[str, ...]
    speakers: tuple[str, ...]


def sound_devices() -> Devices:
    """Every device as the system tells it now; takes up to a tenth of a second, so not on a window's thread.

    Raises:
        DeviceError: the sound system cannot be asked.
    """
    from studio.audio.devices import Direction, SoundSystem

    system = SoundSystem()
    system.refresh()
    found = system.devices()
    return Devices(*(tuple(dict.fromkeys(device.name for device in found if device.serves(way))) for way in Direction))
