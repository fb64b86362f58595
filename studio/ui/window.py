"""The Talk screen: puts the panels together, sends requests to the call and shows its messages.

Knows the call only through a `VoiceLink`; must not know asyncio, devices or providers.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QEvent, QSettings, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QCloseEvent, QDesktopServices, QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMainWindow, QScrollArea, QSplitter, QVBoxLayout, QWidget

from studio.app.call_state import CallState
from studio.app.devices import Devices
from studio.app.voice_link import CallFailed, CallOver, CallRequest, Message, Progress, VoiceLink
from studio.model.events import AgentSpeaking, DeviceChanged, Track, Trouble
from studio.timeline.live import LiveTimeline
from studio.ui import words
from studio.ui.keys import K, Key, KeysOverlay, Mod, key, release_focus
from studio.ui.language import Translation
from studio.ui.notices import Notices, Remedy
from studio.ui.panels.agent import AgentPanel, PresetChoice
from studio.ui.panels.devices import DevicePanel
from studio.ui.panels.loading import StagePanel
from studio.ui.panels.status import StatusBar
from studio.ui.panels.tools import Tools
from studio.ui.panels.transcript import Transcript
from studio.ui.strip.view import LiveStrip
from studio.ui.theme import Theme, ThemeName
from studio.ui.waterfall import Waterfall

FRAME_MS = 33
"""Messages are drained and the screen is brought up to date this often."""


@dataclass(frozen=True, slots=True)
class WindowParts:
    """What the window is given by the program around it."""

    link: VoiceLink
    presets: tuple[PresetChoice, ...]
    demo: Path
    """The recording of the demo caller."""
    new_session: Callable[[str], Path]
    """From a preset's name to the folder for a session that begins now."""
    settings: QSettings
    """Where the user's choices are kept."""


class TalkWindow(QMainWindow):
    """One call at a time, seen as it happens."""

    devices_wanted = Signal()
    """The user turns to the window and may be about to choose a device: the list should be fresh."""

    def __init__(self, parts: WindowParts, translation: Translation) -> None:
        super().__init__()
        self._link = parts.link
        self._parts = parts
        self._settings = parts.settings
        self._translation = translation
        self._theme = Theme.load(ThemeName(str(self._settings.value("theme", ThemeName.of_system()))))
        self._state = CallState()
        self._timeline = LiveTimeline()
        self._request: CallRequest | None = None
        self._recording = self._settings.value("record", True, type=bool) is True
        self._make_panels(parts)
        self._keys = self._all_keys()
        self.keys_overlay = KeysOverlay(self._keys, self)
        self._lay_out()
        self._connect()
        self._restyle()
        self.resize(1280, 820)
        self.setMinimumSize(1000, 640)
        self.setFocus()  # else Qt gives it to a control as soon as the window is in front
        self._frame = QTimer(self, interval=FRAME_MS, timerType=Qt.TimerType.PreciseTimer)
        self._frame.timeout.connect(self.draw_frame)
        self._frame.start()

    def _make_panels(self, parts: WindowParts) -> None:
        self.status = StatusBar(self._theme)
        self.agent = AgentPanel(parts.presets)
        self.devices = DevicePanel(self._theme)
        self.stages = StagePanel(self._theme)
        self.transcript = Transcript(self._theme)
        self.tools = Tools()
        self.strip = LiveStrip(self._theme)
        self.waterfall = Waterfall(self._theme)
        self._page = QWidget()
        self._page.setObjectName("page")
        self.notices = Notices(self._theme, self._page)

    def _lay_out(self) -> None:
        side = QFrame()
        side.setObjectName("side")
        side.setFixedWidth(264)
        column = QVBoxLayout(side)
        column.setContentsMargins(16, 14, 2, 10)
        column.addWidget(self._side_panels(), 1)
        column.addWidget(self.tools)
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
        main = QVBoxLayout()
        main.setSpacing(0)
        main.addWidget(self.notices)
        main.addWidget(split, 1)
        middle = QHBoxLayout()
        middle.setSpacing(0)
        middle.addWidget(side)
        middle.addLayout(main, 1)
        rows = QVBoxLayout(self._page)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addWidget(self.status)
        rows.addLayout(middle, 1)
        self.setCentralWidget(self._page)

    def _side_panels(self) -> QScrollArea:
        """What stands at the side; a low window scrolls it."""
        panels = QWidget()
        panels.setObjectName("panels")
        column = QVBoxLayout(panels)
        column.setContentsMargins(0, 0, 14, 0)
        column.setSpacing(14)
        for panel in (self.agent, self.devices, self.stages):
            column.addWidget(panel)
        column.addStretch(1)
        scroll_area = QScrollArea()
        scroll_area.setWidgetResizable(True)
        scroll_area.setWidget(panels)
        scroll_area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll_area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        return scroll_area

    def _connect(self) -> None:
        self.status.talk.connect(self.toggle_call)
        self.status.demo.connect(self.start_demo)
        self.status.mute.connect(self._link.mute)
        self.status.record.connect(self._record)
        self.tools.theme.connect(self.switch_theme)
        self.tools.language.connect(self.switch_language)
        self.tools.keys.connect(self.keys_overlay.toggle)
        self.transcript.demo.connect(self.start_demo)
        self.transcript.chosen.connect(self.waterfall.show_turn)
        self.devices.microphone.chosen.connect(self._link.use_microphone)
        self.devices.speaker.chosen.connect(self._link.use_speaker)

    def _all_keys(self) -> tuple[Key, ...]:
        ctrl_shift = Mod.ControlModifier | Mod.ShiftModifier
        return (
            key(Mod.NoModifier, K.Key_Space, lambda: words.translate("Keys", "Talk or stop"), self.toggle_call),
            key(Mod.NoModifier, K.Key_Escape, lambda: words.translate("Keys", "Silence the agent"), self._escape),
            key(Mod.ShiftModifier, K.Key_M, lambda: words.translate("Keys", "Mute or unmute"), self._toggle_mute),
            key(Mod.ControlModifier, K.Key_R, lambda: words.translate("Keys", "Record or not"), self._toggle_record),
            key(ctrl_shift, K.Key_D, lambda: words.translate("Keys", "Dark or light"), self.switch_theme),
            key(ctrl_shift, K.Key_L, lambda: words.translate("Keys", "Korean or English"), self.switch_language),
            key(Mod.NoModifier, K.Key_F1, lambda: words.translate("Keys", "Show the keys"), self._show_keys),
            key(Mod.ShiftModifier, K.Key_Question, lambda: words.translate("Keys", "Show the keys"), self._show_keys),
        )

    @property
    def in_call(self) -> bool:
        """Whether a call is under way or being set up."""
        return self._request is not None

    def offer_devices(self, devices: Devices) -> None:
        """The sound devices there are."""
        self.devices.offer(devices)

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

    def switch_theme(self) -> None:
        """Dark to light and back."""
        self._theme = Theme.load(self._theme.name.other)
        self._settings.setValue("theme", self._theme.name.value)
        self._restyle()

    def switch_language(self) -> None:
        """English to Korean and back."""
        self._translation.speak(self._translation.language.other)
        self._settings.setValue("language", self._translation.language.value)

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
        self._show_state()
        self.strip.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keys that no focused control wanted, so that typing and pressing buttons go first."""
        for entry in self._keys:
            if entry.combination == event.keyCombination():
                entry.do()
                return
        super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Another language: say everything again. In front again: look for devices."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.LanguageChange:
            self._restyle()
        elif event.type() is QEvent.Type.ActivationChange and self.isActiveWindow():
            self.devices_wanted.emit()

    def closeEvent(self, event: QCloseEvent) -> None:
        """End the call with the window, which goes at once; ending may take a moment."""
        self._frame.stop()
        self.hide()
        self._settings.setValue("preset", self.agent.preset)
        self._link.close()
        super().closeEvent(event)

    def _start(self, recording: Path | None) -> None:
        self._request = CallRequest(
            preset=self.agent.preset,
            recording=recording,
            record_to=self._parts.new_session(self.agent.preset) if self._recording else None,
            microphone=self.devices.microphone.device,
            speaker=self.devices.speaker.device,
        )
        self._state, self._timeline = CallState(), LiveTimeline()
        self.notices.clear()
        self.transcript.clear()
        self.waterfall.show_turn(None)
        self.strip.show_timeline(self._timeline)
        self.status.show_call(True)
        self.status.show_figures(self._state)
        release_focus(self.agent)
        self.agent.setEnabled(False)
        self.devices.show_demo(recording is not None)
        self._link.start(self._request)
        self._take_in(Progress(words.translate("TalkWindow", "waiting"), None, None))
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
            case Progress():
                pass
            case CallFailed():
                again = Remedy(words.translate("TalkWindow", "Try again"), self.toggle_call)
                self.notices.warn(message.message, again)
                self._call_ended()
            case CallOver():
                self._call_ended()
                if message.session is not None:
                    self._offer_session(Path(message.session))
                if message.dropped_updates:
                    slow = words.translate("TalkWindow", "The window was too slow to draw {count} updates of the call.")
                    self.notices.warn(slow.format(count=message.dropped_updates))
            case Trouble():
                self.notices.warn(f"{words.stage(message.stage)}: {message.message}")
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

    def _offer_session(self, folder: Path) -> None:
        saved = words.translate("TalkWindow", "Session saved: {name}")
        look = Remedy(words.translate("TalkWindow", "Open folder"), lambda: self._open(folder), str(folder))
        self.notices.offer(saved.format(name=folder.name), look)

    def _open(self, folder: Path) -> None:
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder))):
            failed = words.translate("TalkWindow", "No program here opens folders. The session is in {folder}")
            self.notices.warn(failed.format(folder=folder))

    def _show_device(self, event: DeviceChanged) -> None:
        picker = self.devices.microphone if event.track is Track.USER else self.devices.speaker
        if event.reason == "lost":
            text = words.translate("TalkWindow", "A sound device was lost. Now in use: {device}")
            self.notices.warn(text.format(device=event.device))
            picker.choose(event.device)

    def _record(self, on: bool) -> None:
        self._recording = on
        self._settings.setValue("record", on)
        self._link.record_audio(on)
        if on and self._request is not None and self._request.record_to is None:
            self.notices.say(words.translate("TalkWindow", "Recording starts with the next call."))
        self._show_state()

    def _toggle_record(self) -> None:
        self._record(not self._recording)

    def _toggle_mute(self) -> None:
        if self.in_call:
            self._link.mute(not self._state.muted)

    def _escape(self) -> None:
        if self.keys_overlay.isVisible():
            self.keys_overlay.hide()
        elif self.in_call:
            self._link.stop_agent()

    def _show_keys(self) -> None:
        self.keys_overlay.toggle()

    def _restyle(self) -> None:
        self.setWindowTitle(words.translate("TalkWindow", "Voice Agent Studio"))
        self.setStyleSheet(self._theme.style_sheet())
        above = (self.status, self.devices, self.stages, self.tools, self.notices)
        for panel in (*above, self.transcript, self.strip, self.waterfall):
            panel.restyle(self._theme)
        self.agent.restyle()
        self.keys_overlay.restyle()
        self.status.show_figures(self._state)
        self._show_state()
