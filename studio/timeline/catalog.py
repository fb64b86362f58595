"""The lanes there are, from top to bottom. A new lane is one file in `lanes/` and one line here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from studio.model.events import AgentAudio, Event, UserAudio
from studio.model.time import Instant
from studio.timeline.lanes import stages
from studio.timeline.lanes.endpointing_wait import EndpointingWait
from studio.timeline.lanes.interruptions import Interruptions
from studio.timeline.lanes.turn_end import TurnEnd
from studio.timeline.lanes.understood import Understanding
from studio.timeline.lanes.vad import VoiceActivity
from studio.timeline.lanes.waveform import Waveform
from studio.timeline.marks import Mark


class Lane(Protocol):
    """Collects events and tells the marks to show."""

    def on_event(self, event: Event) -> None:
        """Take in the next event; those it does not show are passed over."""

    def forget(self, before: Instant) -> None:
        """Drop what was over by then."""

    def marks(self) -> Sequence[Mark]:
        """What is to be shown, valid until the next event."""


class LaneName(StrEnum):
    """What a lane is about; its colour and its title hang on it."""

    USER = "user"
    AGENT = "agent"
    VOICE_ACTIVITY = "voice_activity"
    TURN_END = "turn_end"
    ENDPOINTING_WAIT = "endpointing_wait"
    TURN_DETECTION = "turn_detection"
    TRANSCRIPTION = "transcription"
    UNDERSTOOD = "understood"
    SPECULATION = "speculation"
    LANGUAGE_MODEL = "language_model"
    TOOL_CALL = "tool_call"
    CLAUSE_WAIT = "clause_wait"
    SPEECH_SYNTHESIS = "speech_synthesis"
    PLAYOUT = "playout"
    INTERRUPTIONS = "interruptions"


class Size(StrEnum):
    """How much room a lane takes."""

    TALL = "tall"
    FLAT = "flat"
    OVERLAY = "overlay"
    """No room of its own: drawn across all the others."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One lane."""

    name: LaneName
    size: Size
    make: Callable[[], Lane]


LANES: tuple[Entry, ...] = (
    Entry(LaneName.USER, Size.TALL, lambda: Waveform(UserAudio)),
    Entry(LaneName.AGENT, Size.TALL, lambda: Waveform(AgentAudio)),
    Entry(LaneName.VOICE_ACTIVITY, Size.TALL, VoiceActivity),
    Entry(LaneName.TURN_END, Size.TALL, TurnEnd),
    Entry(LaneName.ENDPOINTING_WAIT, Size.FLAT, EndpointingWait),
    Entry(LaneName.TURN_DETECTION, Size.FLAT, lambda: stages.StageLane(stages.turn_detection)),
    Entry(LaneName.TRANSCRIPTION, Size.FLAT, lambda: stages.StageLane(stages.transcription)),
    Entry(LaneName.UNDERSTOOD, Size.FLAT, Understanding),
    Entry(LaneName.SPECULATION, Size.FLAT, lambda: stages.StageLane(stages.speculation)),
    Entry(LaneName.LANGUAGE_MODEL, Size.FLAT, lambda: stages.StageLane(stages.language_model)),
    Entry(LaneName.TOOL_CALL, Size.FLAT, lambda: stages.StageLane(stages.tool_call)),
    Entry(LaneName.CLAUSE_WAIT, Size.FLAT, lambda: stages.StageLane(stages.clause_wait)),
    Entry(LaneName.SPEECH_SYNTHESIS, Size.FLAT, lambda: stages.StageLane(stages.speech_synthesis)),
    Entry(LaneName.PLAYOUT, Size.FLAT, lambda: stages.StageLane(stages.playout)),
    Entry(LaneName.INTERRUPTIONS, Size.OVERLAY, Interruptions),
)
