"""Which agent is called: a choice of presets with their descriptions."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QComboBox, QLabel, QVBoxLayout, QWidget

from studio.ui import words


@dataclass(frozen=True, slots=True)
class PresetChoice:
    """A preset that can be chosen."""

    name: str
    """Its name or file, as a call request wants it."""
    title: str
    description: str


class AgentPanel(QWidget):
    """The chosen preset."""

    def __init__(self, presets: Sequence[PresetChoice]) -> None:
        super().__init__()
        self._presets: tuple[PresetChoice, ...] = ()
        self._title, self._description = QLabel(), QLabel()
        self._title.setProperty("role", "title")
        self._description.setProperty("role", "muted")
        self._description.setWordWrap(True)
        self.choice = QComboBox()
        self.choice.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.choice.currentIndexChanged.connect(self._describe)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        for widget in (self._title, self.choice, self._description):
            layout.addWidget(widget)
        self.offer(presets)

    @property
    def preset(self) -> str:
        """The chosen preset's name."""
        return str(self.choice.currentData())

    def offer(self, presets: Sequence[PresetChoice]) -> None:
        """Offer these presets; the choice stays where it is still there."""
        before = self.preset
        self._presets = tuple(presets)
        with QSignalBlocker(self.choice):
            self.choice.clear()
            for preset in self._presets:
                self.choice.addItem(preset.title, preset.name)
            self.choose(before)
        self._describe()

    def choose(self, name: str) -> None:
        """Select a preset by its name."""
        self.choice.setCurrentIndex(max(0, self.choice.findData(name)))

    def restyle(self) -> None:
        """Show everything in the current language."""
        self._title.setText(words.translate("AgentPanel", "Agent"))
        self.choice.setAccessibleName(words.translate("AgentPanel", "Agent"))

    def _describe(self) -> None:
        if 0 <= (index := self.choice.currentIndex()) < len(self._presets):
            self._description.setText(self._presets[index].description)
