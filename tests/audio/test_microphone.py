import time
from pathlib import Path

import numpy as np
import pytest

from studio.audio.device_feed import DeviceBlock, DeviceSettings
from studio.audio.microphone import CaptureTrack
from studio.model.audio import LISTENING_RATE_HZ, AudioBlock, Samples
from studio.model.time import Instant, milliseconds, to_ms
from tests.audio.device_client import Heard, session
from tests.virtual_sound_card import RATE_HZ, VirtualSoundCard, delay_and_likeness, noise


def captured(sound: Samples, start_ms: float, rate_hz: int, segment: int) -> DeviceBlock:
    """A block of a device whose clock is 7000 s ahead, told 20 ms after its first sample."""
    now_s = (start_ms + 20) / 1000
    return DeviceBlock(
        segment, sound, rate_hz, 0.01, Instant(milliseconds(start_ms + 20)), 7000 + now_s, 7000 + start_ms / 1000,
        False, None,
    )  # fmt: skip


class Track:
    """A capture track and all it gave and told."""

    def __init__(self) -> None:
        self.lost: list[tuple[int, str]] = []
        self.blocks: list[AudioBlock] = []
        self._track = CaptureTrack(DeviceSettings(on_lost=lambda samples, reason: self.lost.append((samples, reason))))

    def add(self, sound: Samples, begin_ms: int, end_ms: int, rate_hz: int, segment: int = 1) -> None:
        """What the device captured from `begin_ms` to `end_ms`, block by block."""
        for start_ms in range(begin_ms, end_ms, 10):
            part = sound[start_ms * rate_hz // 1000 : (start_ms + 10) * rate_hz // 1000]
            self.blocks += self._track.add(captured(part, start_ms, rate_hz, segment))

    @property
    def sound(self) -> Samples:
        assert [block.position for block in self.blocks] == list(range(0, 160 * len(self.blocks), 160))
        assert {len(block.samples) for block in self.blocks} == {160}
        return np.concatenate([block.samples for block in self.blocks])


def tone(rate_hz: int, seconds: float) -> Samples:
    return (0.5 * np.sin(2 * np.pi * 100 * np.arange(round(seconds * rate_hz)) / rate_hz)).astype(np.float32)


@pytest.mark.parametrize("rate_hz", [16_000, 44_100, 48_000, 96_000])
def test_the_track_is_what_was_captured_at_its_time(rate_hz: int) -> None:
    track = Track()
    track.add(tone(rate_hz, 2), 0, 2000, rate_hz)
    expected = tone(LISTENING_RATE_HZ, 2)[: len(track.sound)]
    assert len(expected) >= 1.98 * LISTENING_RATE_HZ
    assert np.abs(track.sound - expected)[200:].max() < 0.06  # the resampler's delay of less than 0.5 ms
    assert all(to_ms(block.at) == block.position / 16 for block in track.blocks)
    assert track.lost == []


@pytest.mark.parametrize("rate_hz", [44_100, 48_000])
def test_what_a_swap_misses_is_silence_and_told(rate_hz: int) -> None:
    track, sound = Track(), tone(48_000, 3)
    track.add(sound, 0, 1000, 48_000)
    track.add(tone(rate_hz, 3), 1230, 3000, rate_hz, segment=2)
    ((missing, reason),) = track.lost
    assert reason == "device"
    assert missing == pytest.approx(230 * 16, abs=1)
    expected = tone(LISTENING_RATE_HZ, 3)[: len(track.sound)]
    assert not track.sound[16_000 + 40 : 16_000 + 3640].any()
    after = slice(16_000 + 3680 + 200, None)
    assert np.abs(track.sound - expected)[after].max() < 0.06
    assert abs(track.blocks[-1].at - milliseconds(track.blocks[-1].position / 16)) < milliseconds(0.1)


def test_an_overflow_is_filled_and_told() -> None:
    track, sound = Track(), tone(48_000, 3)
    track.add(sound, 0, 1000, 48_000)
    track.add(sound, 1100, 2000, 48_000)
    assert track.lost == [(1600, "overflow")]


def bursts(seconds: float) -> Samples:
    """Noise of 0.3 s each half second."""
    sound = noise(seconds)
    for begin in range(0, len(sound), RATE_HZ // 2):
        sound[begin + RATE_HZ * 3 // 10 : begin + RATE_HZ // 2] = 0
    return sound


def test_hears_what_is_said_when_it_is_said(sound_card: VirtualSoundCard, tmp_path: Path) -> None:
    truth = sound_card.record("vmic_sink.monitor")
    running = session(sound_card, tmp_path / "heard.npz", seconds=5)
    time.sleep(1)
    sound_card.speak(bursts(2))
    heard = Heard.of(running)
    spoken, spoken_from_s = truth.stop()
    delay_s, likeness, gain = delay_and_likeness(spoken, spoken_from_s, RATE_HZ, heard.user, heard.user_from_s)
    assert likeness > 0.99
    assert gain == pytest.approx(1, abs=0.05)
    assert abs(delay_s) < 0.020
    assert not [line for line in heard.lost if line.startswith("microphone")]
    assert heard.user_blocks_told_within_ms < 500, "as they come, not at the end"


def test_goes_on_with_another_microphone(sound_card: VirtualSoundCard, tmp_path: Path) -> None:
    truth = sound_card.record("vmic2_sink.monitor")
    running = session(sound_card, tmp_path / "heard.npz", seconds=7, use="2.5:microphone:vmic2")
    time.sleep(1)
    sound_card.speak(bursts(4.5), "vmic2")
    heard = Heard.of(running)
    spoken, spoken_from_s = truth.stop()
    assert heard.devices == ["microphone vmic2 chosen"]
    swapped = int(3.5 * LISTENING_RATE_HZ)
    assert np.abs(heard.user[: 2 * LISTENING_RATE_HZ]).max() < 0.001  # the first microphone hears nothing
    delay_s, likeness, _ = delay_and_likeness(
        spoken, spoken_from_s, RATE_HZ, heard.user[swapped:], heard.user_from_s + swapped / LISTENING_RATE_HZ
    )
    assert likeness > 0.99
    assert abs(delay_s) < 0.020  # the silence in between keeps the track on the clock
    assert {line.split()[2] for line in heard.lost} <= {"device"}
