"""How the window and the call talk to each other: requests one way, messages the other.

The call runs in a process of its own (see `voice_process.py`), so that a stalled window cannot touch
audio. The window knows only what is written here; must not know Qt.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from studio.model.events import Event
from studio.model.preset import Role
from studio.model.price import Price
from studio.model.terms import Stage

UNALLOWED = "unallowed"
"""The category of a `Trouble` whose tools wait until a request says `allow_tools`."""


@dataclass(frozen=True, slots=True)
class CallRequest:
    """What to call with."""

    preset: str
    """Name of a preset or path of its file."""
    overrides: tuple[tuple[Role, str], ...] = ()
    """PROVIDER/MODEL instead of the preset's choice."""
    base_urls: tuple[tuple[str, str], ...] = ()
    """Provider and the server to reach it at."""
    recording: Path | None = None
    """A WAV file as the caller; None: the microphone."""
    output: Path | None = None
    """A WAV file as the speaker; None: the sound device."""
    record_to: Path | None = None
    """The session's own folder, new or empty; None: the call is not recorded."""
    microphone: str | None = None
    """The device's name; None: the system's default."""
    speaker: str | None = None
    virtual: bool = False
    """Run on the virtual clock instead of in real time."""
    allow_tools: bool = False
    """The user allows whatever the preset's tools reach, from now on."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Something that takes over a second is under way before the call."""

    label: str
    """What is being done, for example a file's name; not yet in the user's language."""
    stage: Stage | None
    """The stage it is done for; None when it is done for all."""
    fraction: float | None
    """0 to 1; None where the end cannot be told."""


@dataclass(frozen=True, slots=True)
class Priced:
    """What the call's providers cost."""

    prices: dict[str, Price]
    """By PROVIDER/MODEL; what is missing has no known price."""


@dataclass(frozen=True, slots=True)
class CallFailed:
    """The call could not start, or broke off."""

    message: str
    """One sentence: what happened and what to do."""


@dataclass(frozen=True, slots=True)
class CallOver:
    """The call has ended and everything it took is free again."""

    session: str | None
    """The session's folder; None when it was not recorded."""
    dropped_updates: int
    """Drawing updates that were dropped because the window was slower than the call."""


Message = Event | Progress | Priced | CallFailed | CallOver


class VoiceLink(Protocol):
    """The window's end. No method waits for the call."""

    def start(self, request: CallRequest) -> None:
        """Begin a call; its progress, events and end come through `poll`."""

    def hang_up(self) -> None:
        """End the call; `CallOver` follows."""

    def mute(self, on: bool) -> None:
        """Let the agent hear silence, or the microphone again."""

    def stop_agent(self) -> None:
        """Cut off what the agent is saying."""

    def record_audio(self, on: bool) -> None:
        """Record the call from now on, or no longer."""

    def use_microphone(self, name: str | None) -> None:
        """Listen to this device from now on; None: the system's default."""

    def use_speaker(self, name: str | None) -> None:
        """Speak through this device from now on; None: the system's default."""

    def poll(self) -> list[Message]:
        """What has happened since the last time, in order. Never blocks and does bounded work."""

    def close(self) -> None:
        """End everything, also a call under way."""
