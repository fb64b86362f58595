import time
from pathlib import Path

import numpy as np
import pytest

from studio.audio.device_feed import DeviceBlock, DeviceSettings
from studio.audio.playout_buffer import Playout
from studio.audio.speaker import PlayedTrack
from studio.model.time import Instant, milliseconds, to_ms
from studio.pipeline.ports import PlayedBlock
from tests.audio.device_client import TONE_HZ, Heard, session
from tests.virtual_sound_card import RATE_HZ, VirtualSoundCard, onsets


def played(start_ms: float, value: float, written_start: int, segment: int = 1) -> DeviceBlock:
    samples = np.full(480, value, dtype=np.float32)
    now_s = (start_ms - 90) / 1000
    return DeviceBlock(
        segment, samples, 48_000, 0.08, Instant(milliseconds(start_ms - 90)), 7000 + now_s,
        7000 + start_ms / 1000, False, Playout(samples, written_start, 480, 960),
    )  # fmt: skip


def test_while_no_device_played_it_was_silent() -> None:
    lost: list[tuple[int, str]] = []
    track = PlayedTrack(DeviceSettings(on_lost=lambda samples, reason: lost.append((samples, reason))), 48_000)
    told: list[PlayedBlock] = []
    for block in range(10):
        told += track.add(played(100 + block * 10, 0.5, block * 480))
    for block in range(10):
        told += track.add(played(235 + block * 10, 0.25, (10 + block) * 480, segment=2))
    assert lost == [(35 * 48, "device")]
    positions = [block.block.position for block in told]
    assert positions == [0, *np.cumsum([len(block.block.samples) for block in told])[:-1]]
    assert all(abs(to_ms(block.block.at) - 100 - block.block.position / 48) < 0.001 for block in told)
    whole = np.concatenate([block.block.samples for block in told])
    assert whole.tolist() == [0.5] * 4800 + [0.0] * 35 * 48 + [0.25] * 4800
    assert sum(block.written_count for block in told) == 9600
    gap = [block for block in told if block.written_count == 0]
    assert {(block.written_start, block.buffered) for block in gap} == {(4800, 1440)}


def test_plays_clean_and_tells_when(sound_card: VirtualSoundCard, tmp_path: Path) -> None:
    outside = sound_card.record("vspk.monitor")
    heard = Heard.of(session(sound_card, tmp_path / "heard.npz", seconds=6, tones=True))
    sound, from_s = outside.stop()
    truth, told = onsets(sound, from_s, RATE_HZ), onsets(heard.agent, heard.agent_from_s, RATE_HZ)
    assert len(truth) == len(told) >= 15
    assert np.percentile(np.abs(truth - told), 95) < 0.020
    assert heard.lost == []
    turn = 2 * np.pi * TONE_HZ / RATE_HZ
    for onset in truth:  # a sine obeys x[n+1] + x[n-1] = 2 cos(turn) x[n]; a gap or a click does not
        begin = round((onset - from_s) * RATE_HZ) + 50
        tone = sound[begin : begin + RATE_HZ // 10 - 200]
        assert np.abs(tone).max() == pytest.approx(0.5, abs=0.02)
        assert np.abs(tone[2:] + tone[:-2] - 2 * np.cos(turn) * tone[1:-1]).max() < 0.001


def test_goes_on_with_another_speaker_and_falls_back_when_it_is_lost(
    sound_card: VirtualSoundCard, tmp_path: Path
) -> None:
    first, second = sound_card.record("vspk.monitor"), sound_card.record("vspk2.monitor")
    running = session(sound_card, tmp_path / "heard.npz", seconds=9, tones=True, use="3:speaker:vspk2")
    running.wait_for("chosen")
    time.sleep(2)
    sound_card.freeze("vspk2")
    heard = Heard.of(running)
    sound_card.freeze("vspk2", frozen=False)
    on_first, on_second = onsets(*first.stop(), RATE_HZ), onsets(*second.stop(), RATE_HZ)
    assert [line.rsplit(" ", 1)[1] for line in heard.devices] == ["chosen", "lost"]
    assert heard.devices[0] == "speaker vspk2 chosen"
    assert len(on_second) >= 5
    assert len(on_first) >= 10
    assert on_first[0] < on_second[0] < on_second[-1] < on_first[-1]
    told = onsets(heard.agent, heard.agent_from_s, RATE_HZ)
    truth = np.sort(np.concatenate([on_first, on_second]))
    nearest = np.array([np.abs(told - moment).min() for moment in truth])
    assert np.percentile(nearest, 95) < 0.020
