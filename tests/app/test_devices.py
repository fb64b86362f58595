import pytest

from studio.app.devices import Devices, sound_devices
from studio.audio import devices as audio_devices
from studio.audio.devices import Device, SoundSystem
from studio.model.errors import DeviceError


def device(name: str, inputs: int, outputs: int) -> Device:
    return Device(0, name, "ALSA", inputs, outputs, 48_000, False, False)


def test_names_by_direction_each_once(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [device("USB", 1, 0), device("Headset", 1, 2), device("HDMI", 0, 2), device("USB", 2, 0)]
    refreshed: list[bool] = []
    monkeypatch.setattr(SoundSystem, "refresh", lambda _: refreshed.append(True))
    monkeypatch.setattr(SoundSystem, "devices", lambda _: found)
    assert sound_devices() == Devices(("USB", "Headset"), ("Headset", "HDMI"))
    assert refreshed == [True]  # what was plugged in since the program started is there


def test_a_missing_sound_library_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise DeviceError("PortAudio is missing.")

    monkeypatch.setattr(audio_devices, "_sounddevice", missing)
    with pytest.raises(DeviceError, match="PortAudio"):
        sound_devices()
