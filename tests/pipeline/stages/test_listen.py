import asyncio
from collections.abc import AsyncIterator, Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.model.audio import LISTENING_RATE_HZ, AudioBlock, Samples, silence
from studio.model.events import Muted, TrackStarted, UserAudio
from studio.model.terms import Track
from studio.model.time import NS_PER_MS, Instant, later, milliseconds, of_samples
from studio.pipeline.bus import Bus
from studio.pipeline.clock import Clock
from studio.pipeline.stages.listen import HeardFrame, Listen
from studio.providers.scripted import ScriptedVad, VadSettings
from tests.pipeline.stages.readers import Reader, tone, virtually

BLOCK = 160
FRAME_NS = 32 * NS_PER_MS


class Blocks:
    """A microphone that says these blocks at these times."""

    name = "blocks"
    exhausted = False

    def __init__(self, blocks: list[AudioBlock], before: Callable[[int], None] = lambda _number: None) -> None:
        self._blocks = blocks
        self._before = before

    async def blocks(self) -> AsyncIterator[AudioBlock]:
        for number, block in enumerate(self._blocks):
            self._before(number)
            yield block

    async def close(self) -> None:
        pass


class Half:
    """An echo canceller that can be told from none."""

    def __init__(self) -> None:
        self.heard = silence(0)

    def far(self, samples: Samples, rate_hz: int) -> None:
        pass

    def near(self, samples: Samples) -> Samples:
        self.heard = np.concatenate((self.heard, samples))
        return np.asarray(samples / 2, dtype=np.float32)


def cut(sound: Samples, start: int = 0, jumps: dict[int, int] | None = None) -> list[AudioBlock]:
    """Blocks of 10 ms from `start` (ns); `jumps` are pauses of the device before a block, by its number, in ns."""
    blocks, offset = [], start
    for number in range(sound.size // BLOCK):
        offset += (jumps or {}).get(number, 0)
        at = later(of_samples(number * BLOCK, LISTENING_RATE_HZ), offset)
        blocks.append(AudioBlock(sound[number * BLOCK : (number + 1) * BLOCK], number * BLOCK, at))
    return blocks


def listen(
    blocks: list[AudioBlock],
    use: Callable[[Listen, int], None] = lambda _listen, _number: None,
    echo: Half | None = None,
) -> tuple[list[HeardFrame], Listen, Reader]:
    async def run() -> tuple[list[HeardFrame], Listen, Reader]:
        bus, reader = Bus(), Reader()
        bus.subscribe(reader)
        source = Blocks(blocks, lambda number: use(stage, number))
        stage = Listen(source, ScriptedVad(VadSettings()), 0.5, Clock(asyncio.get_running_loop()), bus)
        if echo is not None:
            stage.cancel_echo(echo)
        return [frame async for frame in stage.frames()], stage, reader

    return virtually(run())


def test_frames_have_the_times_of_their_first_samples() -> None:
    start = 123_456_789
    frames, stage, reader = listen(cut(tone(LISTENING_RATE_HZ, 1.0), start))
    assert [frame.start for frame in frames] == [start + number * FRAME_NS for number in range(31)]
    assert stage.end == start + 31 * FRAME_NS
    assert np.array_equal(np.concatenate([frame.samples for frame in frames]), tone(LISTENING_RATE_HZ, 1.0)[: 31 * 512])
    assert [event.start for event in reader.of(UserAudio)] == [frame.start for frame in frames]
    assert [(event.track, event.at) for event in reader.of(TrackStarted)] == [
        (Track.USER, start),
        (Track.USER_CLEAN, start),
    ]


def test_each_block_is_told_without_its_echo_before_the_frame_is_full() -> None:
    told: list[AudioBlock] = []

    def tell(stage: Listen, number: int) -> None:
        assert len(told) == number
        stage.tell_blocks(told.append)

    sound = cut(tone(LISTENING_RATE_HZ, 0.1))
    listen(sound, tell, echo=Half())
    assert [(block.at, block.position) for block in told] == [(block.at, block.position) for block in sound]
    assert np.array_equal(told[0].samples, sound[0].samples / 2)


@given(st.integers(2, 60), st.integers(1, 10_000))
def test_after_a_pause_of_the_device_frames_have_the_right_times_again(number: int, pause_ms: int) -> None:
    """The frame across the pause keeps the time of its end, which is what waiting is counted from."""
    frames, _, _ = listen(cut(silence(BLOCK * 80), jumps={number: milliseconds(pause_ms)}))
    for index, frame in enumerate(frames):
        first, last = index * 512 // BLOCK, ((index + 1) * 512 - 1) // BLOCK
        if last < number:
            assert frame.start == index * FRAME_NS
        elif first >= number or last >= number:
            assert frame.start == index * FRAME_NS + milliseconds(pause_ms)


def test_speech_is_what_the_vad_says() -> None:
    sound = np.concatenate([silence(5120), tone(LISTENING_RATE_HZ, 0.32), silence(5120)])
    frames, _, reader = listen(cut(sound))
    assert [frame.speech for frame in frames] == [False] * 10 + [True] * 10 + [False] * 10
    assert {event.speech_probability for event in reader.of(UserAudio)} == {0.01, 0.99}
    assert {event.peak for event in reader.of(UserAudio)} == {0.0, 0.3}


def test_a_muted_microphone_is_silent_from_the_next_block_on_every_track() -> None:
    def switch(stage: Listen, number: int) -> None:
        if number in (32, 33):
            stage.mute(True)  # twice is once
        if number == 64:
            stage.mute(False)

    frames, _, reader = listen(cut(tone(LISTENING_RATE_HZ, 0.96)), switch)
    assert [frame.speech for frame in frames] == [True] * 10 + [False] * 10 + [True] * 10
    for track in (Track.USER, Track.USER_CLEAN):
        assert not reader.sound(track)[32 * BLOCK : 64 * BLOCK].any()
        assert reader.sound(track)[64 * BLOCK :].any()
    assert [event.on for event in reader.of(Muted)] == [True, False]


def test_the_stages_hear_what_the_echo_canceller_leaves() -> None:
    sound = tone(LISTENING_RATE_HZ, 0.32)
    frames, _, reader = listen(cut(sound), echo=Half())
    assert np.array_equal(reader.sound(Track.USER), sound)
    assert np.array_equal(reader.sound(Track.USER_CLEAN), sound / 2)
    assert np.array_equal(np.concatenate([frame.samples for frame in frames]), sound / 2)


def test_the_echo_canceller_hears_a_muted_microphone_too() -> None:
    sound, echo = tone(LISTENING_RATE_HZ, 0.96), Half()
    _, _, reader = listen(cut(sound), lambda stage, _: stage.mute(True), echo)
    assert np.array_equal(echo.heard, sound)
    assert not reader.sound(Track.USER_CLEAN)[BLOCK:].any()


def test_the_past_is_there_from_the_frame_that_holds_a_moment() -> None:
    _, stage, _ = listen(cut(tone(LISTENING_RATE_HZ, 0.96)))
    assert stage.since(Instant(0)).size == 30 * 512
    assert stage.since(Instant(FRAME_NS * 10)).size == 20 * 512
    assert stage.since(Instant(FRAME_NS * 10 - 1)).size == 21 * 512
    assert stage.since(stage.end).size == 0
    assert stage.audible_since(stage.end) is None


def test_the_past_is_no_longer_than_half_a_minute() -> None:
    frames, stage, _ = listen(cut(silence(LISTENING_RATE_HZ * 31)))
    assert len(frames) > 950
    assert 29.9 < stage.since(Instant(0)).size / LISTENING_RATE_HZ <= 30


def test_before_the_first_frame_there_is_no_past() -> None:
    _, stage, _ = listen([])
    assert stage.end == 0
    assert stage.audible_since(Instant(0)) is None


@pytest.mark.parametrize(("first_ms", "length_ms"), [(100, 300), (410, 90), (0, 500)])
def test_audible_sound_is_found_within_ten_milliseconds(first_ms: int, length_ms: int) -> None:
    sound = silence(LISTENING_RATE_HZ)
    start = first_ms * 16
    sound[start : start + length_ms * 16] = tone(LISTENING_RATE_HZ, length_ms / 1000)
    _, stage, _ = listen(cut(sound))
    span = stage.audible_since(Instant(0))
    assert span is not None
    assert abs(span[0] - first_ms * NS_PER_MS) <= 10 * NS_PER_MS
    assert abs(span[1] - (first_ms + length_ms) * NS_PER_MS) <= 10 * NS_PER_MS


def test_a_noisy_microphone_does_not_stretch_speech() -> None:
    noise = np.random.default_rng(1).normal(0, 0.003, LISTENING_RATE_HZ * 2).astype(np.float32)
    noise[16_000:20_800] += tone(LISTENING_RATE_HZ, 0.3, 0.1)
    _, stage, _ = listen(cut(noise))
    span = stage.audible_since(Instant(0))
    assert span is not None
    assert abs(span[0] - 1000 * NS_PER_MS) <= 10 * NS_PER_MS
    assert abs(span[1] - 1300 * NS_PER_MS) <= 10 * NS_PER_MS
