import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from studio.audio import devices
from studio.audio.devices import Device, Direction, SoundSystem, StreamOptions
from studio.model.errors import DeviceError
from tests.audio.device_client import Running
from tests.fakes.sound_system import FakeSoundSystem
from tests.virtual_sound_card import MICROPHONES, SPEAKERS, VirtualSoundCard

LIST_DEVICES = """
import dataclasses, json
from studio.audio.devices import SoundSystem
system = SoundSystem()
system.refresh()
print(json.dumps([dataclasses.asdict(device) for device in system.devices()]))
"""


def test_lists_what_the_computer_has(sound_card: VirtualSoundCard) -> None:
    out, err = sound_card.python("-c", LIST_DEVICES).communicate(timeout=30)
    found = [Device(**entry) for entry in json.loads(out)]
    assert {*MICROPHONES, *SPEAKERS} <= {device.name for device in found}, err
    for direction in Direction:
        (default,) = [device for device in found if device.is_default(direction)]
        assert default.serves(direction)
        assert default.host_api == "ALSA"
        assert default.default_rate_hz >= 8_000


def test_a_computer_without_devices_says_so(sound_card: VirtualSoundCard, tmp_path: Path) -> None:
    environment = {**sound_card.environment, "PULSE_SERVER": f"unix:{tmp_path}/nobody"}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.audio.device_client", str(tmp_path / "none.npz"), "1"],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    running = Running(process, tmp_path / "none.npz")
    assert running.finish() == 2
    assert running.lines[-1].startswith("There is no microphone: plug one in")
    assert "Traceback" not in running.complaints


def test_a_device_is_found_by_its_name_and_the_default_comes_first() -> None:
    system = FakeSoundSystem("built-in", "headset", "hall")
    system.plugged = system.plugged[::-1]
    assert [device.name for device in system.candidates(Direction.INPUT, None)] == ["built-in", "hall", "headset"]
    assert [device.name for device in system.candidates(Direction.OUTPUT, "headset")] == ["headset"]
    with pytest.raises(DeviceError, match="no speaker named 'tv': choose one of built-in, hall, headset"):
        system.candidates(Direction.OUTPUT, "tv")


def test_a_missing_library_is_said_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_library(name: str) -> None:
        raise OSError("PortAudio library not found")

    monkeypatch.setattr(devices, "import_module", no_library)
    with pytest.raises(DeviceError, match=r"PortAudio library is missing .*apt install libportaudio2"):
        SoundSystem().devices()


class PortAudioError(Exception):
    """What sounddevice raises."""


class PickyStream:
    """A stream that accepts stereo at 44.1 kHz only, as some cards do."""

    latency = 0.03

    def __init__(self, samplerate: int, channels: int, blocksize: int, **others: object) -> None:
        if (samplerate, channels) != (44_100, 2):
            raise PortAudioError("Invalid sample rate [PaErrorCode -9997]", -9997)
        assert blocksize in (220, 441)  # captured, played
        self.steps: list[str] = []

    def start(self) -> None:
        self.steps.append("start")

    def abort(self, ignore_errors: bool) -> None:
        self.steps.append("abort")

    def close(self, ignore_errors: bool) -> None:
        self.steps.append("close")


@pytest.fixture
def port_audio(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    library = SimpleNamespace(
        InputStream=PickyStream, OutputStream=PickyStream, PortAudioError=PortAudioError, _initialized=1
    )
    library.default = SimpleNamespace(device=(0, 0))
    library.server_runs = True

    def started(by: int) -> None:
        if by < 0 and not library._initialized:
            raise PortAudioError("PortAudio not initialized", -10000)
        if by > 0 and not library.server_runs:
            raise PortAudioError("Error initializing PortAudio: Unanticipated host error [PaErrorCode -9999]", -9999)
        library._initialized += by

    def query(entry: dict[str, object]) -> list[dict[str, object]]:
        if not library._initialized:
            raise PortAudioError("Error querying device: PortAudio not initialized [PaErrorCode -10000]", -10000)
        return [entry]

    library._terminate = lambda: started(-1)
    library._initialize = lambda: started(1)
    library.query_hostapis = lambda: query({"name": "ALSA"})
    library.query_devices = lambda: query(
        {
            "index": 0, "name": "card", "hostapi": 0, "default_samplerate": 44_100.0,
            "max_input_channels": 2, "max_output_channels": 2,
        }
    )  # fmt: skip
    monkeypatch.setattr(devices, "import_module", lambda _: library)
    return library


CARD = Device(3, "card", "ALSA", 2, 2, 44_100, default_input=True, default_output=True)


def test_takes_the_rate_and_channels_a_card_accepts(port_audio: SimpleNamespace) -> None:
    stream = SoundSystem().open(CARD, StreamOptions(Direction.INPUT, "low"), lambda *_: None)
    assert (stream.rate_hz, stream.latency_s) == (44_100, 0.03)


def test_says_why_a_card_refuses(port_audio: SimpleNamespace) -> None:
    with pytest.raises(DeviceError) as caught:
        SoundSystem().open(CARD, StreamOptions(Direction.OUTPUT, 0.08, 48_000), lambda *_: None)
    assert str(caught.value) == (
        "The speaker 'card' cannot be opened (Invalid sample rate [PaErrorCode -9997]): "
        "close the programs that use it, or choose another."
    )


def test_looks_for_new_devices_only_while_no_stream_is_open(port_audio: SimpleNamespace) -> None:
    system = SoundSystem()
    stream = system.open(CARD, StreamOptions(Direction.INPUT, "low"), lambda *_: None)
    assert not system.refresh()
    stream.start()
    stream.close()
    stream.close()
    assert system.refresh()
    assert port_audio._initialized == 1


def test_a_sound_server_that_dies_is_told_and_found_again(port_audio: SimpleNamespace) -> None:
    system = SoundSystem()
    port_audio.server_runs = False
    for ask in (system.refresh, system.devices, system.refresh):
        with pytest.raises(DeviceError, match=r"^The sound system cannot be asked \(Error .*\): check .*\.$"):
            ask()
    port_audio.server_runs = True
    assert system.refresh()
    assert [device.name for device in system.devices()] == ["card"]


def test_a_device_plugged_in_during_a_call_is_for_the_next_one(port_audio: SimpleNamespace) -> None:
    system = SoundSystem()
    with pytest.raises(DeviceError, match=r"^There is no microphone named 'headset': choose one of card\.$"):
        system.candidates(Direction.INPUT, "headset")
    system.open(CARD, StreamOptions(Direction.INPUT, "low"), lambda *_: None)
    with pytest.raises(DeviceError, match=r"choose one of card, or hang up and call again if it is new\.$"):
        system.candidates(Direction.INPUT, "headset")
