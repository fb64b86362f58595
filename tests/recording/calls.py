"""A synthetic call whose every sample and event can be told from its position, for the recorder's tests."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np

from studio.model.audio import AudioBlock, Samples
from studio.model.events import AgentSilent, CallEnded, Event, ReplyText, TrackStarted, TurnCommitted, UserAudio
from studio.model.price import Price
from studio.model.session import Header
from studio.model.terms import Track, Trigger
from studio.model.time import Instant, milliseconds
from studio.pipeline.bus import Subscriber
from studio.recording.machine import this_machine
from studio.recording.writer import RecordingSettings

RATES_HZ = {Track.USER: 16_000, Track.USER_CLEAN: 16_000, Track.AGENT: 24_000, Track.PLAYED: 48_000}
BLOCK_MS = 10
BLOCKS_PER_TURN = 50


def header(audio: bool = True) -> Header:
    return Header(
        studio="0.1.0",
        started=datetime(2026, 11, 23, 22, 5, 1, tzinfo=UTC),
        preset={"format": 1, "title": "Empfang", "agent": {"persona": "짧게 대답해 주세요."}},
        machine=this_machine(),
        prices={"acme/ears": Price(as_of=date(2026, 11, 23), audio_minute=0.0043)},
        audio=audio,
    )


def settings(folder: Path, report: Callable[[str], None], compress: bool = False) -> RecordingSettings:
    return RecordingSettings(folder, header(), report, compress=compress, low_disk_bytes=0)


def sound(track: Track, position: int, count: int) -> Samples:
    """Samples that 16 bits hold exactly, never silent, different in every track and at every position."""
    index = np.arange(position, position + count, dtype=np.int64) + list(RATES_HZ).index(track) * 7919
    return ((index * 31 % 20_000 + 1) / np.float32(32768)).astype(np.float32)


def block(track: Track, number: int) -> AudioBlock:
    """The `number`-th block of 10 ms."""
    count = RATES_HZ[track] * BLOCK_MS // 1000
    return AudioBlock(sound(track, number * count, count), number * count, at(number))


def at(number: int) -> Instant:
    return Instant(milliseconds(number * BLOCK_MS))


def start_events() -> list[Event]:
    return [TrackStarted(Instant(0), track, rate_hz) for track, rate_hz in RATES_HZ.items()]


def block_events(number: int) -> list[Event]:
    """The events of one block: always the same for the same number."""
    now = at(number)
    events: list[Event] = [UserAudio(now, now, 10.0, 0.1 + number % 9 / 10, 0.5, 0.25)]
    if number % 5 == 0:
        events.append(ReplyText(now, number // BLOCKS_PER_TURN, f"조각 {number}"))
    if number % BLOCKS_PER_TURN == 0:
        turn = number // BLOCKS_PER_TURN
        events.append(TurnCommitted(now, turn, f"turn {turn}", Trigger.SILENCE, now, now, now, now))
        events.append(AgentSilent(now, turn, now, "heard", interrupted=False))
    return events


def end_event(number: int) -> Event:
    return CallEnded(at(number), "hung_up")


def speak(call: Subscriber, number: int) -> int:
    """Publish one block of the call; returns how many events it had."""
    for track, rate_hz in RATES_HZ.items():
        call.on_audio(track, block(track, number), rate_hz)
    events = block_events(number)
    for event in events:
        call.on_event(event)
    return len(events)


def whole_call(call: Subscriber, blocks: int) -> list[Event]:
    """Publish a call from its start to its end; returns its events."""
    for event in start_events():
        call.on_event(event)
    for number in range(blocks):
        speak(call, number)
    call.on_event(end_event(blocks))
    return expected_events(blocks)


def expected_events(blocks: int) -> list[Event]:
    middle = [event for number in range(blocks) for event in block_events(number)]
    return [*start_events(), *middle, end_event(blocks)]
