"""Microphone and speaker: which one, and how loud. Knows names only, no sound system."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QLabel, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from studio.app.devices import Devices
from studio.ui import words
from studio.ui.keys import release_focus
from studio.ui.panels.meters import LevelMeter
from studio.ui.theme import Theme


class DevicePicker(QWidget):
    """One direction: title, choice, level."""

    chosen = Signal(object)
    """The device's name; None for the system's default."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._title = QLabel()
        self._title.setProperty("role", "title")
        self.choice = QComboBox()
        self.choice.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.choice.setMinimumContentsLength(12)
        self.choice.addItem("", None)
        self.choice.activated.connect(lambda index: self.chosen.emit(self.choice.itemData(index)))
        self._instead = QLabel()
        self._instead.setProperty("role", "muted")
        self._place = QStackedWidget()
        self._place.addWidget(self.choice)
        self._place.addWidget(self._instead)
        self._place.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.meter = LevelMeter(theme)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        for widget in (self._title, self._place, self.meter):
            layout.addWidget(widget)

    @property
    def device(self) -> str | None:
        """The device that is chosen; None for the system's default."""
        name = self.choice.currentData()
        return name if isinstance(name, str) else None

    def rename(self, title: str, instead: str, theme: Theme) -> None:
        """Show everything in this theme and in the current language; `instead` stands where there is no choice."""
        if instead:
            release_focus(self.choice)
        self._instead.setText(instead)
        self._place.setCurrentWidget(self._instead if instead else self.choice)
        self._title.setText(title)
        self.choice.setAccessibleName(title)
        self.choice.setItemText(0, words.translate("DevicePicker", "System default"))
        self.meter.describe(words.translate("DevicePicker", "{device} level").format(device=title))
        self.meter.restyle(theme)

    def offer(self, names: Sequence[str]) -> None:
        """Offer these devices; the choice stays where it is still there."""
        before = self.device
        while self.choice.count() > 1:
            self.choice.removeItem(1)
        for name in names:
            self.choice.addItem(name, name)
            self.choice.setItemData(self.choice.count() - 1, name, Qt.ItemDataRole.ToolTipRole)
        self.choose(before)

    def choose(self, name: str | None) -> None:
        """Select a device without telling anyone; the default where it is gone."""
        self.choice.setCurrentIndex(max(0, self.choice.findData(name)))


class DevicePanel(QWidget):
    """Both directions."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._demo = False
        self.microphone, self.speaker = DevicePicker(theme), DevicePicker(theme)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(14)
        layout.addWidget(self.microphone)
        layout.addWidget(self.speaker)

    def restyle(self, theme: Theme) -> None:
        """Show everything in this theme and in the current language."""
        self._theme = theme
        caller = words.translate("DevicePanel", "Demo caller")
        instead = words.translate("DevicePanel", "instead of the microphone")
        microphone = words.translate("DevicePanel", "Microphone")
        self.microphone.rename(*((caller, instead) if self._demo else (microphone, "")), theme)
        self.speaker.rename(words.translate("DevicePanel", "Speaker"), "", theme)

    def show_demo(self, on: bool) -> None:
        """Whether the demo caller is heard, not the microphone."""
        self._demo = on
        self.restyle(self._theme)

    def offer(self, devices: Devices) -> None:
        """Offer what the system has."""
        self.microphone.offer(devices.microphones)
        self.speaker.offer(devices.speakers)
