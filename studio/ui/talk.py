"""The Talk screen: one call at a time, seen as it happens. Sends requests to the call and shows its messages.

Knows the call only through a `VoiceLink`; must not know asyncio, devices, providers or the other screens.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QSettings, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFrame, QSplitter, QVBoxLayout, QWidget

from studio.app.call_state import CallState
from studio.app.voice_link import UNALLOWED, CallFailed, CallOver, CallRequest, Message, Priced, Progress, VoiceLink
from studio.model.errors import ErrorCategory
from studio.model.events import AgentSpeaking, DeviceChanged, Trouble
from studio.model.provider_events import FellBack, Retried
from studio.model.terms import Track
from studio.timeline.live import LiveTimeline
from studio.ui import words
from studio.ui.keys import release_focus
from studio.ui.notices import Notices, Remedy
from studio.ui.panels.agent import AgentPanel, PresetChoice
from studio.ui.panels.devices import DevicePanel
from studio.ui.panels.loading import StagePanel
from studio.ui.panels.status import StatusBar
from studio.ui.panels.transcript import Transcript
from studio.ui.strip.view import LiveStrip
from studio.ui.theme import Theme
from studio.ui.waterfall import Waterfall

FRAME_MS = 33
"""Messages are drained and the screen is brought up to date this often."""


@dataclass(frozen=True, slots=True)
class TalkParts:
    """What the screen is given by the program around it."""

    link: VoiceLink
    demo: Path
    """The recording of the demo caller."""
    new_session: Callable[[str], Path]
    """From a preset's name to the folder for a session that begins now."""
    settings: QSettings
    """Where the user's choices are kept."""
    base_urls: tuple[tuple[str, str], ...] = ()
    """Provider and the server to reach it at, for every call of this window."""


class TalkScreen(QWidget):
    """The conversation, the live strip and the waterfall; `side` holds what stands at the side."""

    starting = Signal()
    """A call is about to begin: what it reads must be on disk."""
    failed = Signal(str, str)
    """What to tell, and the sentence in it with which a provider or the whole call failed."""

    def __init__(
        self, parts: TalkParts, presets: Sequence[PresetChoice], status: StatusBar, notices: Notices, theme: Theme
    ) -> None:
        super().__init__()
        self._parts = parts
        self._link = parts.link
        self._settings = parts.settings
        self._state = CallState()
        self._timeline = LiveTimeline()
        self._request: CallRequest | None = None
        self._calls_again = self._allows_tools = False
        self._recording = self._settings.value("record", True, type=bool) is True
        self.status, self.notices = status, notices
        self.agent = AgentPanel(presets)
        self.devices = DevicePanel(theme)
        self.stages = StagePanel(theme)
        self.transcript = Transcript(theme)
        self.strip = LiveStrip(theme)
        self.waterfall = Waterfall(theme)
        self.side = self._side()
        self._lay_out()
        self._connect()

    def _side(self) -> QWidget:
        panels = QWidget()
        panels.setObjectName("panels")
        column = QVBoxLayout(panels)
        column.setContentsMargins(0, 0, 14, 0)
        column.setSpacing(14)
        for panel in (self.agent, self.devices, self.stages):
            column.addWidget(panel)
        column.addStretch(1)
        return panels

    def _lay_out(self) -> None:
        below = QFrame()
        below.setObjectName("pane")
        live = QVBoxLayout(below)
        live.setContentsMargins(0, 0, 0, 0)
        live.setSpacing(0)
        live.addWidget(self.strip, 1)
        live.addWidget(self.waterfall)
        split = QSplitter(Qt.Orientation.Vertical)
        split.addWidget(self.transcript)
        split.addWidget(below)
        split.setChildrenCollapsible(False)
        split.setStretchFactor(0, 1)
        split.setHandleWidth(6)
        split.setSizes([300, 460])
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(split)

    def _connect(self) -> None:
        self.status.talk.connect(self.toggle_call)
        self.status.demo.connect(self.start_demo)
        self.status.mute.connect(self._link.mute)
        self.status.record.connect(self._record)
        self.transcript.demo.connect(self.start_demo)
        self.transcript.chosen.connect(self.waterfall.show_turn)
        self.devices.microphone.chosen.connect(self._link.use_microphone)
        self.devices.speaker.chosen.connect(self._link.use_speaker)

    @property
    def in_call(self) -> bool:
        """Whether a call is under way or being set up."""
        return self._request is not None

    def toggle_call(self) -> None:
        """Start talking, or hang up."""
        if self.in_call:
            self._link.hang_up()
        else:
            self._start(None)

    def start_demo(self) -> None:
        """Let the demo caller talk to the agent."""
        if not self.in_call:
            self._start(self._parts.demo)

    def call_again(self) -> None:
        """Start talking anew, after the call under way where there is one."""
        self._calls_again = self.in_call
        self.toggle_call()

    def toggle_record(self) -> None:
        """Record, or no longer."""
        self._record(not self._recording)

    def toggle_mute(self) -> None:
        """Let the agent hear silence, or the microphone again."""
        if self.in_call:
            self._link.mute(not self._state.muted)

    def silence(self) -> None:
        """Cut off what the agent is saying."""
        if self.in_call:
            self._link.stop_agent()

    def draw_frame(self) -> None:
        """Take in what has happened and bring the screen up to date."""
        messages = self._link.poll()
        for message in messages:
            self._take_in(message)
        peaks = self._state.take_peaks()
        self.devices.microphone.meter.hear(peaks.get(Track.USER, 0.0), FRAME_MS / 1000)
        self.devices.speaker.meter.hear(peaks.get(Track.PLAYED, 0.0), FRAME_MS / 1000)
        if not messages:
            return
        for turn, interim in self._state.take_changed():
            self.transcript.show_turn(turn, interim)
            self.transcript.show_cost(turn.index, self._state.cost_of(turn.index))
        self.status.show_cost(self._state.usd_per_minute if self._state.cost.usd else None)
        self._show_state()
        self.strip.update()

    def close_call(self) -> None:
        """End the call with the window."""
        self._settings.setValue("preset", self.agent.preset)
        self._link.close()

    def restyle(self, theme: Theme) -> None:
        """Show everything in this theme and in the current language."""
        for panel in (self.devices, self.stages, self.transcript, self.strip, self.waterfall):
            panel.restyle(theme)
        self.agent.restyle()
        self.status.show_figures(self._state)
        self._show_state()

    def _start(self, recording: Path | None) -> None:
        self.starting.emit()
        self._request = CallRequest(
            preset=self.agent.preset,
            base_urls=self._parts.base_urls,
            recording=recording,
            record_to=self._parts.new_session(self.agent.preset) if self._recording else None,
            microphone=self.devices.microphone.device,
            speaker=self.devices.speaker.device,
            allow_tools=self._allows_tools,
        )
        self._allows_tools = False
        self._state, self._timeline = CallState(), LiveTimeline()
        self.notices.clear()
        self.transcript.clear()
        self.waterfall.show_turn(None)
        self.strip.show_timeline(self._timeline)
        self.status.show_call(True)
        self.status.show_figures(self._state)
        self.status.show_cost(None)
        release_focus(self.agent)
        self.agent.setEnabled(False)
        self.devices.show_demo(recording is not None)
        self._link.start(self._request)
        self._take_in(Progress(words.translate("TalkScreen", "waiting"), None, None))
        self._show_state()

    def _show_state(self) -> None:
        self.status.show_state(self._state)
        self.stages.show_state(self._state)
        self.transcript.show_activity(self._state.activity)
        recorded = self._request is not None and self._request.record_to is not None and self._timeline.now > 0
        self.status.show_recording(self._recording, self._timeline.now if recorded else None)

    def _take_in(self, message: Message) -> None:
        self._state.on_message(message)
        match message:
            case Progress() | Priced():
                pass
            case CallFailed():
                self.failed.emit(message.message, message.message)
                self._call_ended()
            case CallOver():
                self._call_ended()
                self._tell_end(message)
            case Trouble():
                self._tell_trouble(message)
                self._timeline.on_event(message)
            case Retried():
                again = words.translate("TalkScreen", "{stage}: {reason} It is asked again.")
                self.notices.say(again.format(stage=words.stage(message.stage), reason=message.reason))
                self._timeline.on_event(message)
            case FellBack():
                over = words.translate("TalkScreen", "{stage}: {reason} Now in use: {provider}")
                told = over.format(stage=words.stage(message.stage), reason=message.reason, provider=message.to)
                self._tell_failure(told, message.reason, message.category)
                self._timeline.on_event(message)
            case DeviceChanged():
                self._show_device(message)
                self._timeline.on_event(message)
            case _:
                self._timeline.on_event(message)
                if isinstance(message, AgentSpeaking):
                    self.status.show_figures(self._state)

    def _call_ended(self) -> None:
        self._request = None
        self.status.show_call(False)
        self.agent.setEnabled(True)
        self.devices.show_demo(False)
        self._show_state()

    def _tell_end(self, message: CallOver) -> None:
        if message.session is not None:
            self._offer_session(Path(message.session))
        if message.dropped_updates:
            slow = words.translate("TalkScreen", "The window was too slow to draw {count} updates of the call.")
            self.notices.warn(slow.format(count=message.dropped_updates))
        if self._calls_again:
            self._calls_again = False
            self._start(None)

    def _tell_trouble(self, trouble: Trouble) -> None:
        told = f"{words.stage(trouble.stage)}: {trouble.message}"
        if trouble.category == UNALLOWED:
            self.notices.warn(told, Remedy(words.translate("TalkScreen", "Allow and call again"), self._allow_tools))
        else:
            self._tell_failure(told, trouble.message, trouble.category)

    def _tell_failure(self, told: str, sentence: str, category: str) -> None:
        if category == ErrorCategory.AUTHENTICATION:
            self.failed.emit(told, sentence)
        else:
            self.notices.warn(told)

    def _allow_tools(self) -> None:
        """The next call may use the preset's tools; from then on they are allowed."""
        self._allows_tools = True
        self.call_again()

    def _offer_session(self, folder: Path) -> None:
        saved = words.translate("TalkScreen", "Session saved: {name}")
        look = Remedy(words.translate("TalkScreen", "Open folder"), lambda: self._open(folder), str(folder))
        self.notices.offer(saved.format(name=folder.name), look)

    def _open(self, folder: Path) -> None:
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder))):
            failed = words.translate("TalkScreen", "No program here opens folders. The session is in {folder}")
            self.notices.warn(failed.format(folder=folder))

    def _show_device(self, event: DeviceChanged) -> None:
        picker = self.devices.microphone if event.track is Track.USER else self.devices.speaker
        if event.reason == "lost":
            text = words.translate("TalkScreen", "A sound device was lost. Now in use: {device}")
            self.notices.warn(text.format(device=event.device))
            picker.choose(event.device)

    def _record(self, on: bool) -> None:
        self._recording = on
        self._settings.setValue("record", on)
        self._link.record_audio(on)
        if on and self._request is not None and self._request.record_to is None:
            self.notices.say(words.translate("TalkScreen", "Recording starts with the next call."))
        self._show_state()
