"""The window: the screens and what they share: header, side, notices, keys, theme and language.

Knows what each screen is for, and nothing of calls or presets; must not know asyncio, devices or providers.
"""

from enum import StrEnum

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMainWindow, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from studio.app.devices import Devices
from studio.ui import words
from studio.ui.background import Background
from studio.ui.design.draft import Draft
from studio.ui.design.screen import DesignScreen
from studio.ui.keys import K, Key, KeysOverlay, Mod, key, release_focus
from studio.ui.language import Translation
from studio.ui.notices import Notices
from studio.ui.panels.agent import PresetChoice
from studio.ui.panels.status import StatusBar
from studio.ui.panels.switch import Switch
from studio.ui.panels.tools import Tools
from studio.ui.refusal import RefusedKey
from studio.ui.talk import FRAME_MS, TalkParts, TalkScreen
from studio.ui.theme import Theme, ThemeName


class ScreenName(StrEnum):
    """The screens there are, in the order of the switch."""

    DESIGN = "design"
    TALK = "talk"


class StudioWindow(QMainWindow):
    """One screen at a time; a call goes on whichever is shown."""

    devices_wanted = Signal()
    """The user turns to the window and may be about to choose a device: the list should be fresh."""

    def __init__(
        self, parts: TalkParts, presets: tuple[PresetChoice, ...], background: Background, translation: Translation
    ) -> None:
        super().__init__()
        self._settings = parts.settings
        self._translation = translation
        self._theme = Theme.load(ThemeName(str(self._settings.value("theme", ThemeName.of_system()))))
        self._page = QWidget()
        self._page.setObjectName("page")
        self.notices = Notices(self._theme, self._page)
        self.status = StatusBar(self._theme)
        self.switch = Switch()
        self.tools = Tools()
        self.talk = TalkScreen(parts, presets, self.status, self.notices, self._theme)
        self.design = DesignScreen(Draft(), background, parts.base_urls, self.notices, self._theme)
        self.refusal = RefusedKey(self.notices, background, self)
        self._screens: dict[ScreenName, DesignScreen | TalkScreen] = {
            ScreenName.DESIGN: self.design,
            ScreenName.TALK: self.talk,
        }
        self._keys = self._all_keys()
        self.keys_overlay = KeysOverlay(self._keys, self)
        self._lay_out()
        self._connect()
        self.show_screen(ScreenName.TALK)
        self._restyle()
        self.resize(1280, 820)
        self.setMinimumSize(1000, 640)
        self.setFocus()  # else Qt gives it to a control as soon as the window is in front
        self._frame = QTimer(self, interval=FRAME_MS, timerType=Qt.TimerType.PreciseTimer)
        self._frame.timeout.connect(self.talk.draw_frame)
        self._frame.start()

    def _lay_out(self) -> None:
        side = QFrame()
        side.setObjectName("side")
        side.setFixedWidth(264)
        column = QVBoxLayout(side)
        column.setContentsMargins(16, 12, 2, 10)
        column.setSpacing(12)
        above = QHBoxLayout()
        above.setContentsMargins(0, 0, 14, 0)
        above.addWidget(self.switch)
        column.addLayout(above)
        self._sides, self._pages = QStackedWidget(), QStackedWidget()
        for screen in self._screens.values():
            self._sides.addWidget(_scrolled(screen.side))
            self._pages.addWidget(screen)
        column.addWidget(self._sides, 1)
        column.addWidget(self.tools)
        main = QVBoxLayout()
        main.setSpacing(0)
        main.addWidget(self.notices)
        main.addWidget(self._pages, 1)
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

    def _connect(self) -> None:
        self.tools.theme.connect(self.switch_theme)
        self.tools.language.connect(self.switch_language)
        self.tools.keys.connect(self.keys_overlay.toggle)
        self.switch.chosen.connect(lambda name: self.show_screen(ScreenName(name)))
        self.talk.starting.connect(self._before_call)
        self.talk.failed.connect(self._failed)
        self.refusal.again.connect(self.talk.call_again)
        self.refusal.kept.connect(lambda _name: self.design.look_again())
        self.design.presets_changed.connect(self.talk.agent.offer)
        self.design.chosen.connect(self._use_preset)

    def _all_keys(self) -> tuple[Key, ...]:
        ctrl, ctrl_shift = Mod.ControlModifier, Mod.ControlModifier | Mod.ShiftModifier
        none, shift = Mod.NoModifier, Mod.ShiftModifier
        talk, design = self.talk, self.design
        return (
            key(ctrl, K.Key_1, lambda: words.translate("Keys", "Design"), lambda: self.show_screen(ScreenName.DESIGN)),
            key(ctrl, K.Key_2, lambda: words.translate("Keys", "Talk"), lambda: self.show_screen(ScreenName.TALK)),
            key(none, K.Key_Space, lambda: words.translate("Keys", "Talk or stop"), talk.toggle_call),
            key(none, K.Key_Escape, lambda: words.translate("Keys", "Silence the agent"), self._escape),
            key(shift, K.Key_M, lambda: words.translate("Keys", "Mute or unmute"), talk.toggle_mute),
            key(ctrl, K.Key_R, lambda: words.translate("Keys", "Record or not"), talk.toggle_record),
            key(ctrl, K.Key_Z, lambda: words.translate("Keys", "Undo in Design"), design.undo),
            key(ctrl_shift, K.Key_Z, lambda: words.translate("Keys", "Redo in Design"), design.redo),
            key(ctrl_shift, K.Key_D, lambda: words.translate("Keys", "Dark or light"), self.switch_theme),
            key(ctrl_shift, K.Key_L, lambda: words.translate("Keys", "Korean or English"), self.switch_language),
            key(none, K.Key_F1, lambda: words.translate("Keys", "Show the keys"), self._show_keys),
            key(shift, K.Key_Question, lambda: words.translate("Keys", "Show the keys"), self._show_keys),
        )

    @property
    def screen_name(self) -> ScreenName:
        """The screen that is shown."""
        return next(name for name, screen in self._screens.items() if screen is self._pages.currentWidget())

    def show_screen(self, name: ScreenName) -> None:
        """Show another screen."""
        for place in (self._sides, self._pages):
            release_focus(place)
            place.setCurrentIndex(list(self._screens).index(name))
        self.switch.show_chosen(name)
        if name is ScreenName.DESIGN:
            self.design.open(self.talk.agent.preset)

    def offer_devices(self, devices: Devices) -> None:
        """The sound devices there are."""
        self.talk.devices.offer(devices)

    def switch_theme(self) -> None:
        """Dark to light and back."""
        self._theme = Theme.load(self._theme.name.other)
        self._settings.setValue("theme", self._theme.name.value)
        self._restyle()

    def switch_language(self) -> None:
        """English to Korean and back."""
        self._translation.speak(self._translation.language.other)
        self._settings.setValue("language", self._translation.language.value)

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
        self.design.save_now()
        self.talk.close_call()
        super().closeEvent(event)

    def _before_call(self) -> None:
        self.design.save_now()
        self.show_screen(ScreenName.TALK)

    def _use_preset(self, name: str) -> None:
        """The agent that is designed is the one that is called, but for a call under way."""
        if not self.talk.in_call:
            self.talk.agent.choose(name)

    def _failed(self, told: str, sentence: str) -> None:
        self.refusal.tell(self.talk.agent.preset, told, sentence)

    def _escape(self) -> None:
        if self.keys_overlay.isVisible():
            self.keys_overlay.hide()
        elif self.screen_name is ScreenName.DESIGN:
            self.setFocus()
        else:
            self.talk.silence()

    def _show_keys(self) -> None:
        self.keys_overlay.toggle()

    def _restyle(self) -> None:
        self.setWindowTitle(words.translate("StudioWindow", "Voice Agent Studio"))
        self.setStyleSheet(self._theme.style_sheet())
        for panel in (self.status, self.tools, self.notices, self.talk, self.design):
            panel.restyle(self._theme)
        self.switch.restyle()
        self.keys_overlay.restyle()


def _scrolled(panels: QWidget) -> QScrollArea:
    """What stands at the side; a low window scrolls it."""
    scroll_area = QScrollArea()
    scroll_area.setWidgetResizable(True)
    scroll_area.setWidget(panels)
    scroll_area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    scroll_area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return scroll_area
