"""Whole calls with scripted parts on the virtual clock: what was said when is given, what happened comes back."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import numpy as np
import soundfile

from studio.app import presets
from studio.audio.wav_file import WavSink, WavSource
from studio.model.audio import LISTENING_RATE_HZ, AudioBlock, Samples, silence
from studio.model.conversation import Message
from studio.model.errors import StudioError
from studio.model.events import AgentSilent, CallEnded, Event, TurnCommitted
from studio.model.measures import Turn, turns
from studio.model.preset import Preset, Role
from studio.model.terms import Track
from studio.model.time import NS_PER_MS, NS_PER_S, Instant
from studio.pipeline.bus import Bus
from studio.pipeline.clock import Clock, VirtualTimeLoop
from studio.pipeline.conversation import Conversation
from studio.pipeline.ports import Parts
from studio.pipeline.tasks import Tasks
from studio.providers import catalog

PRESET = Path(__file__).with_name("scripted.toml")
_E = TypeVar("_E", bound=Event)

Act = Callable[[Conversation], None]
Setting = str | float | list[str]
"""A value of a preset's setting."""
Changes = Mapping[str, Mapping[str, Setting]]
"""Settings of the scripted preset, by table."""


def caller(path: Path, speech_ms: Sequence[tuple[int, int]], length_ms: int | None = None) -> Path:
    """A recording that is loud from each first to each second moment and silent between."""
    end = max([length_ms or 0, *(stop for _, stop in speech_ms)])
    samples = silence(end * LISTENING_RATE_HZ // 1000)
    for start, stop in speech_ms:
        times = np.arange((stop - start) * 16) / LISTENING_RATE_HZ
        samples[start * 16 : stop * 16] = 0.3 * np.cos(2 * np.pi * 200 * times)
    soundfile.write(path, samples, LISTENING_RATE_HZ, subtype="FLOAT")
    return path


def scripted(changes: Changes | None = None) -> Preset:
    """The scripted preset with some settings of its tables changed."""
    content = presets.read(PRESET).model_dump(mode="json")
    for table, settings in (changes or {}).items():
        content[table] = {**content[table], **settings}
    return Preset.model_validate(content)


@dataclass(repr=False)
class Held:
    """A call that is over."""

    events: list[Event] = field(default_factory=list)
    blocks: dict[Track, list[AudioBlock]] = field(default_factory=lambda: {track: [] for track in Track})
    history: tuple[Message, ...] = ()
    error: StudioError | None = None
    tasks_left: int = 0

    def on_event(self, event: Event) -> None:
        self.events.append(event)

    def on_audio(self, track: Track, block: AudioBlock, rate_hz: int) -> None:
        self.blocks[track].append(block)

    def of(self, kind: type[_E]) -> list[_E]:
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def turns(self) -> list[Turn]:
        return turns(self.events)

    @property
    def said(self) -> list[tuple[str, str]]:
        """The history without the persona."""
        return [(message.role, message.text) for message in self.history[1:]]

    @property
    def heard(self) -> list[str]:
        return [event.heard for event in self.of(AgentSilent)]

    @property
    def committed(self) -> list[tuple[int, str]]:
        return [(event.turn, event.text) for event in self.of(TurnCommitted)]

    @property
    def reason(self) -> str:
        last = self.events[-1]
        assert isinstance(last, CallEnded)
        return last.reason

    @cached_property
    def sound(self) -> Samples:
        """All that was played."""
        return np.concatenate([block.samples for block in self.blocks[Track.PLAYED]]).astype(np.float32, copy=False)

    def played(self, start: int, end: int) -> Samples:
        """What was played between two instants."""
        return self.sound[start * 48_000 // NS_PER_S : end * 48_000 // NS_PER_S]


@dataclass(frozen=True)
class Script:
    """A call to hold. Moments are milliseconds from its start."""

    speech_ms: Sequence[tuple[int, int]] = ()
    changes: Changes = field(default_factory=dict)
    acts: Mapping[int, Act] = field(default_factory=dict)
    parts: Callable[[Parts], Parts] = lambda parts: parts
    """Puts other parts in."""
    ends_ms: int | None = None
    """When it is hung up; None: eight seconds after the last speech."""


def hold(script: Script, folder: Path) -> Held:
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(_hold(script, folder))


def _no_failure(name: str, error: Exception) -> None:
    raise AssertionError(name) from error


async def _hold(script: Script, folder: Path) -> Held:
    clock, bus, held = Clock(asyncio.get_running_loop()), Bus(), Held()
    bus.subscribe(held)
    preset = scripted(script.changes)
    engines = {role: catalog.build(role, preset.part(role)) for role in Role if role is not Role.S2S}
    parts = Parts(
        source=WavSource(caller(folder / "caller.wav", script.speech_ms, 10), clock, Instant(0)),
        sink=WavSink(None, clock),
        echo=None,
        vad=engines[Role.VAD],
        turn=engines[Role.TURN],
        stt=engines[Role.STT],
        llm=engines[Role.LLM],
        tts=engines[Role.TTS],
    )
    conversation = Conversation(script.parts(parts), preset, clock, bus)
    tasks = Tasks(_no_failure)
    tasks.start("act", _act(script, conversation, clock))
    try:
        await conversation.run()
    except StudioError as error:
        held.error = error
    await asyncio.sleep(0)
    await tasks.close()
    held.history = conversation.history
    held.tasks_left = len(asyncio.all_tasks()) - 1
    return held


async def _act(script: Script, conversation: Conversation, clock: Clock) -> None:
    for moment, act in sorted(script.acts.items()):
        await clock.sleep_until(moment * NS_PER_MS)
        act(conversation)
    ends_ms = script.ends_ms or max([stop for _, stop in script.speech_ms], default=0) + 8000
    await clock.sleep_until(ends_ms * NS_PER_MS)
    await conversation.hang_up()
