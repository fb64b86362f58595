import asyncio
import resource
import tracemalloc
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import soundfile

from studio.audio.wav_file import WavCopy, WavSink, WavSource, read_recording
from studio.model.audio import LISTENING_RATE_HZ, AudioBlock, Samples
from studio.model.errors import AudioFileError
from studio.model.terms import Track
from studio.model.time import Instant, later, milliseconds, of_samples, to_ms
from studio.pipeline.clock import Clock, VirtualTimeLoop
from studio.pipeline.ports import PlayedBlock


def tone(rate_hz: int, seconds: float = 0.5, hz: float = 440) -> Samples:
    return (0.5 * np.sin(2 * np.pi * hz * np.arange(round(rate_hz * seconds)) / rate_hz)).astype(np.float32)


def saved(path: Path, samples: Samples, rate_hz: int = LISTENING_RATE_HZ, subtype: str = "FLOAT") -> Path:
    soundfile.write(path, samples, rate_hz, subtype=subtype)
    return path


def virtually(work: Coroutine[None, None, None]) -> None:
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(work)


@contextmanager
def disk_with_room_for(size: int) -> Iterator[None]:
    """No file of this process grows beyond `size` bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("rate_hz", [8_000, 11_025, 16_000, 22_050, 44_100, 48_000, 96_000, 192_000])
@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"])
@pytest.mark.parametrize("channels", [1, 2, 6])
def test_reads_every_usual_wav_as_mono(tmp_path: Path, rate_hz: int, subtype: str, channels: int) -> None:
    sound = tone(rate_hz)
    path = saved(tmp_path / "caller.wav", np.stack([sound] * channels, axis=1), rate_hz, subtype)
    recording = read_recording(path)
    assert recording.rate_hz == rate_hz
    assert recording.samples.dtype == np.float32
    assert np.abs(recording.samples - sound).max() < 1 / 30_000


def test_mixes_channels_down_and_clips(tmp_path: Path) -> None:
    two = np.array([[0.5, 0.0], [1.0, -1.0], [3.0, 3.0]], dtype=np.float32)
    assert read_recording(saved(tmp_path / "two.wav", two)).samples.tolist() == [0.25, 0.0, 1.0]


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_samples_that_are_no_numbers_are_refused(tmp_path: Path, bad: float) -> None:
    with pytest.raises(AudioFileError, match="not numbers"):
        read_recording(saved(tmp_path / "nan.wav", np.array([0, bad, 0], dtype=np.float32)))


def test_a_codec_nobody_reads_is_refused(tmp_path: Path) -> None:
    path = saved(tmp_path / "odd.wav", tone(16_000), subtype="PCM_16")
    content = bytearray(path.read_bytes())
    content[20:22] = b"\x99\x99"  # the format tag
    path.write_bytes(content)
    with pytest.raises(AudioFileError, match="cannot be read as WAV"):
        read_recording(path)


def test_reading_takes_little_more_memory_than_the_sound(tmp_path: Path) -> None:
    rate_hz, seconds = 48_000, 60
    path = saved(tmp_path / "long.wav", np.zeros((rate_hz * seconds, 2), dtype=np.float32), rate_hz, "PCM_16")
    tracemalloc.start()
    read_recording(path)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 1.5 * rate_hz * seconds * 4


def test_source_plays_in_real_time_and_then_stays_silent(tmp_path: Path) -> None:
    sound = tone(LISTENING_RATE_HZ, 0.105)

    async def call() -> None:
        clock = Clock(asyncio.get_running_loop())
        source = WavSource(saved(tmp_path / "caller.wav", sound), clock, Instant(milliseconds(3)))
        blocks: list[AudioBlock] = []
        async for block in source.blocks():
            blocks.append(block)
            count = len(blocks)
            assert to_ms(clock.now()) == pytest.approx(3 + 10 * count, abs=0.001)
            assert to_ms(block.at) == 3 + 10 * (count - 1)
            assert block.position == 160 * (count - 1)
            assert source.exhausted == (count >= 11)
            if count == 20:
                await source.close()
        heard = np.concatenate([block.samples for block in blocks])
        assert len(heard) == 20 * 160
        assert heard[: len(sound)].tolist() == sound.tolist()
        assert not heard[len(sound) :].any()

    virtually(call())


def test_source_is_resampled_to_the_listening_rate(tmp_path: Path) -> None:
    async def call() -> None:
        clock = Clock(asyncio.get_running_loop())
        source = WavSource(saved(tmp_path / "caller.wav", tone(44_100, 1.0), 44_100), clock)
        heard: list[Samples] = []
        async for block in source.blocks():
            heard.append(block.samples)
            if source.exhausted:
                await source.close()
        assert np.abs(np.concatenate(heard)[500:-500] - tone(16_000, 1.0)[500:-500]).max() < 1e-3

    virtually(call())


def test_a_late_consumer_catches_up_without_drift(tmp_path: Path) -> None:
    async def call() -> None:
        clock = Clock(asyncio.get_running_loop())
        source = WavSource(saved(tmp_path / "caller.wav", tone(16_000, 2.0)), clock, Instant(0))
        count = 0
        async for block in source.blocks():
            count += 1
            if count == 10:
                await asyncio.sleep(0.5)
            if count == 150:
                assert (to_ms(block.at), to_ms(clock.now())) == (1490, 1500)
                await source.close()

    virtually(call())


def test_sink_plays_on_the_clock_and_keeps_it_in_a_file(tmp_path: Path) -> None:
    path, sound = tmp_path / "out.wav", tone(48_000, 0.2)

    async def call() -> None:
        clock = Clock(asyncio.get_running_loop())
        sink = WavSink(path, clock)
        played: list[PlayedBlock] = []
        async for block in sink.blocks():
            played.append(block)
            assert to_ms(clock.now()) == to_ms(block.block.at) == 10 * (len(played) - 1)
            if len(played) == 30:
                assert sink.write(sound) == 0
            if len(played) == 40:
                sink.clear()
                assert sink.write(sound[:480]) == len(sound)
            if len(played) == 50:
                await sink.close()
        assert not path.with_name("out.wav.partial").exists()
        assert [(block.written_start, block.written_count) for block in played[29:43]] == [
            (0, 0), *((480 * k, 480) for k in range(10)), (4800, 240), (len(sound), 480), (len(sound) + 480, 0)
        ]  # fmt: skip

    virtually(call())
    kept = read_recording(path)
    assert (kept.rate_hz, len(kept.samples)) == (48_000, 50 * 480)
    assert np.abs(kept.samples[30 * 480 : 40 * 480] - sound[: 10 * 480]).max() < 1 / 30_000
    assert not kept.samples[: 30 * 480].any()
    assert not kept.samples[40 * 480 + 240 : 41 * 480].any()
    assert np.abs(kept.samples[41 * 480 : 42 * 480] - sound[:480]).max() < 1 / 30_000


def test_sink_appears_under_its_name_only_when_whole(tmp_path: Path) -> None:
    path = tmp_path / "out.wav"
    path.write_bytes(b"the last call")

    async def call() -> None:
        sink = WavSink(path, Clock(asyncio.get_running_loop()))
        async for block in sink.blocks():
            assert path.read_bytes() == b"the last call"
            if block.block.position > 4800:
                await sink.close()
                await sink.close()

    virtually(call())
    assert soundfile.info(path).frames == 12 * 480


def test_sink_says_where_it_cannot_write(tmp_path: Path) -> None:
    async def call() -> None:
        clock = Clock(asyncio.get_running_loop())
        with pytest.raises(AudioFileError, match="does not exist"):
            WavSink(tmp_path / "nowhere" / "out.wav", clock)
        with pytest.raises(AudioFileError, match="is a folder"):
            WavSink(tmp_path, clock)

    virtually(call())


def test_source_and_sink_share_one_clock_to_the_sample(tmp_path: Path) -> None:
    """What is written as soon as it is heard appears in the output one block later, for a whole minute."""
    clicks = np.zeros(60 * 16_000, dtype=np.float32)
    clicks[160 * 7 :: 16_000] = 0.9
    out = tmp_path / "out.wav"

    async def call() -> None:
        clock = Clock(asyncio.get_running_loop())
        source = WavSource(saved(tmp_path / "in.wav", clicks), clock, Instant(0))
        sink = WavSink(out, clock, 16_000)

        async def echo() -> None:
            async for block in source.blocks():
                sink.write(block.samples)
                if source.exhausted:
                    await source.close()
                    await sink.close()

        async def play() -> None:
            async for _ in sink.blocks():
                pass

        await asyncio.gather(echo(), play())

    virtually(call())
    heard, said = np.flatnonzero(read_recording(out).samples > 0.5), np.flatnonzero(clicks)
    assert set(heard - said[: len(heard)]) <= {160, 320}
    assert len(set(heard - said[: len(heard)])) == 1
    assert len(heard) == 60


def test_a_copy_begins_with_the_session_and_holds_only_what_was_played(tmp_path: Path) -> None:
    path, sound = tmp_path / "copy.wav", tone(48_000, 0.05)
    troubles: list[str] = []
    copy = WavCopy(path, 48_000, report=troubles.append)
    copy.on_audio(Track.USER, AudioBlock(tone(16_000, 0.01), 0, Instant(0)), 16_000)
    for position in range(0, len(sound), 480):
        at = later(milliseconds(30), of_samples(position, 48_000))
        copy.on_audio(Track.PLAYED, AudioBlock(sound[position : position + 480], position, at), 48_000)
    asyncio.run(copy.close())
    kept = read_recording(path).samples
    assert not kept[: 30 * 48].any()
    assert np.abs(kept[30 * 48 :] - sound).max() < 1 / 30_000
    assert troubles == []


def test_a_copy_that_cannot_grow_says_so_once_and_never_looks_whole(tmp_path: Path) -> None:
    path, troubles = tmp_path / "copy.wav", list[str]()
    path.write_bytes(b"the last call")
    copy = WavCopy(path, 48_000, report=troubles.append)
    with disk_with_room_for(4_000):
        for position in range(0, 96_000, 480):
            at = later(Instant(0), of_samples(position, 48_000))
            copy.on_audio(Track.PLAYED, AudioBlock(tone(48_000, 0.01), position, at), 48_000)
    asyncio.run(copy.close())
    asyncio.run(copy.close())
    partial = tmp_path / "copy.wav.partial"
    assert troubles == [f"{path} cannot be written (System error): is the disk full? What fitted is in {partial}."]
    assert path.read_bytes() == b"the last call"
    assert soundfile.info(partial).frames >= 3 * 480


def test_an_end_that_does_not_fit_is_told_when_the_file_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "copy.wav"
    copy = WavCopy(path, 48_000, report=lambda sentence: pytest.fail(sentence))
    copy.on_audio(Track.PLAYED, AudioBlock(tone(48_000, 0.1), 0, Instant(0)), 48_000)
    with disk_with_room_for(4_000), pytest.raises(AudioFileError, match="is the disk full"):
        asyncio.run(copy.close())
    asyncio.run(copy.close())
    assert not path.exists()


def test_a_sink_that_cannot_grow_never_looks_whole(tmp_path: Path) -> None:
    path = tmp_path / "out.wav"

    async def call() -> None:
        sink = WavSink(path, Clock(asyncio.get_running_loop()))
        with disk_with_room_for(4_000), pytest.raises(AudioFileError, match=r"is the disk full\? What fitted is in"):
            async for _ in sink.blocks():
                pass
        await sink.close()

    virtually(call())
    assert not path.exists()
    assert soundfile.info(tmp_path / "out.wav.partial").frames >= 3 * 480
