import asyncio
from collections.abc import Coroutine

import pytest

from studio.audio.device_feed import MOST_WAITING, DeviceFeed, DeviceSettings
from studio.audio.devices import Direction, StreamOptions
from studio.model.errors import DeviceError
from studio.pipeline.clock import Clock, VirtualTimeLoop
from tests.fakes.sound_system import FakeSoundSystem

INPUT = StreamOptions(Direction.INPUT, "low")


def virtually(work: Coroutine[None, None, None]) -> None:
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(work)


def feed(system: FakeSoundSystem, settings: DeviceSettings | None = None, options: StreamOptions = INPUT) -> DeviceFeed:
    clock = Clock(asyncio.get_running_loop())
    return DeviceFeed(system, clock, settings or DeviceSettings(), options, lambda data: (data[:, 0].copy(), None))


def test_hands_over_what_the_device_gives() -> None:
    async def call() -> None:
        system = FakeSoundSystem("built-in", "headset")
        subject = feed(system)
        await subject.open()
        assert subject.name == "built-in"
        system.streams[0].tick(1.0, 0.25, lost=True)
        block = await subject.next()
        assert block is not None
        assert (block.samples[0], len(block.samples), block.interrupted) == (0.25, 480, True)
        assert (block.stream_now, block.stream_at) == (1001.0, 1000.99)
        await subject.close()
        assert await subject.next() is None
        assert not system.streams[0].running

    virtually(call())


def test_swaps_to_another_device_and_says_so() -> None:
    async def call() -> None:
        system, told = FakeSoundSystem("built-in", "headset"), list[tuple[str, str]]()
        subject = feed(system, DeviceSettings(on_device=lambda name, why: told.append((name, why))))
        await subject.open()
        system.streams[0].tick(1.0, 0.1)
        await subject.use("headset")
        system.streams[1].tick(1.1, 0.2)
        blocks = [await subject.next(), await subject.next()]
        assert [(block.segment, round(float(block.samples[0]), 3)) for block in blocks if block] == [(1, 0.1), (2, 0.2)]
        assert [stream.running for stream in system.streams] == [False, True]
        assert told == [("headset", "chosen")]
        await subject.close()

    virtually(call())


def test_a_device_that_cannot_be_opened_leaves_the_old_one_running() -> None:
    async def call() -> None:
        system = FakeSoundSystem("built-in", "busy")
        subject = feed(system)
        await subject.open()
        with pytest.raises(DeviceError, match="'busy'"):
            await subject.use("busy")
        with pytest.raises(DeviceError, match="no microphone named 'gone': choose one of built-in, busy"):
            await subject.use("gone")
        assert system.streams[0].running
        assert subject.name == "built-in"
        await subject.close()

    virtually(call())


def test_a_device_chosen_before_opening_is_the_one_opened() -> None:
    async def call() -> None:
        system, told = FakeSoundSystem("built-in", "headset"), list[tuple[str, str]]()
        subject = feed(system, DeviceSettings(on_device=lambda name, why: told.append((name, why))))
        await subject.use("headset")
        assert (system.streams, told, subject.name) == ([], [], "headset")
        await subject.open()
        assert [stream.device.name for stream in system.streams if stream.running] == ["headset"]
        assert told == []
        await subject.close()

    virtually(call())


@pytest.mark.parametrize("was_open", [True, False])
def test_nothing_is_opened_after_closing(was_open: bool) -> None:
    async def call() -> None:
        system, told = FakeSoundSystem("built-in", "headset"), list[tuple[str, str]]()
        subject = feed(system, DeviceSettings(on_device=lambda name, why: told.append((name, why))))
        if was_open:
            await subject.open()
        await asyncio.gather(subject.close(), subject.use("headset"))
        await subject.use("headset")
        assert not any(stream.running for stream in system.streams)
        assert told == []

    virtually(call())


def test_falls_back_when_a_device_falls_silent() -> None:
    async def call() -> None:
        loop, told = asyncio.get_running_loop(), list[tuple[str, str]]()
        system = FakeSoundSystem("built-in", "headset")
        settings = DeviceSettings("headset", on_device=lambda name, why: told.append((name, why)))
        subject = feed(system, settings)
        await subject.open()
        system.streams[0].tick(0.0)
        assert await subject.next()
        began = loop.time()
        loop.call_later(1.0, lambda: system.streams[1].tick(1.0, 0.5))
        block = await subject.next()
        assert block is not None
        assert block.segment > 1
        assert loop.time() - began == pytest.approx(1.0, abs=0.1)
        assert told == [("built-in", "lost")]
        await subject.close()

    virtually(call())


def test_gives_up_when_no_device_works() -> None:
    async def call() -> None:
        system = FakeSoundSystem("built-in", "broken", "busy", "headset")
        subject = feed(system)
        await subject.open()
        with pytest.raises(DeviceError, match="microphone 'headset' is gone and no other works"):
            await subject.next()
        await subject.close()

    virtually(call())


def test_an_unplugged_computer_says_so_in_one_sentence() -> None:
    async def call() -> None:
        with pytest.raises(DeviceError, match="There is no microphone: plug one in"):
            await feed(FakeSoundSystem()).open()

    virtually(call())


def test_a_stalled_loop_loses_nothing_for_ten_seconds_and_never_grows_beyond() -> None:
    async def call() -> None:
        system = FakeSoundSystem("built-in")
        subject = feed(system)
        await subject.open()
        for tick in range(MOST_WAITING + 500):  # no await: the loop cannot run
            system.streams[0].tick(tick / 100)
        for tick in range(MOST_WAITING):
            block = await subject.next()
            assert block is not None
            assert block.stream_now == pytest.approx(1000 + tick / 100)
        system.streams[0].tick(99.0)
        block = await subject.next()
        assert block is not None
        assert block.stream_now == 1099.0
        await subject.close()

    virtually(call())


def test_a_speaker_keeps_its_rate() -> None:
    async def call() -> None:
        system = FakeSoundSystem("built-in", "headset")
        subject = feed(system, options=StreamOptions(Direction.OUTPUT, 0.08, 44_100))
        await subject.open()
        await subject.use("headset")
        assert [stream.rate_hz for stream in system.streams] == [44_100, 44_100]
        await subject.close()

    virtually(call())
