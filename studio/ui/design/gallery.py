"""The presets at the side: the user's own and those that come with the studio; new, duplicate, rename, delete."""

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from studio.app.presets import Listed
from studio.ui import words
from studio.ui.theme import Theme

_NAME = Qt.ItemDataRole.UserRole


class Gallery(QWidget):
    """Shows a list of presets and asks for another one, or for changes of the list."""

    chosen = Signal(str)
    renamed = Signal(str)
    """The new title of the chosen preset."""
    new = Signal()
    duplicate = Signal()
    remove = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("panels")
        self._listing: Sequence[Listed] = ()
        self._current: str | None = None
        self._title, self._description = QLabel(), QLabel()
        self._title.setProperty("role", "title")
        self._description.setProperty("role", "muted")
        self._description.setWordWrap(True)
        self.items = QListWidget()
        self.items.setEditTriggers(
            QAbstractItemView.EditTrigger.EditKeyPressed | QAbstractItemView.EditTrigger.DoubleClicked
        )
        self.items.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.items.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.new_button, self.duplicate_button = QToolButton(), QToolButton()
        self.rename_button, self.remove_button = QToolButton(), QToolButton()
        self._buttons = (self.new_button, self.duplicate_button, self.rename_button, self.remove_button)
        self._lay_out()
        self.items.currentItemChanged.connect(self._choose)
        self.items.itemChanged.connect(lambda item: self.renamed.emit(item.text().strip()))
        self.new_button.clicked.connect(lambda: self.new.emit())
        self.duplicate_button.clicked.connect(lambda: self.duplicate.emit())
        self.rename_button.clicked.connect(self.rename)
        self.remove_button.clicked.connect(lambda: self.remove.emit())

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(2)
        row.addWidget(self._title)
        row.addStretch(1)
        for button in self._buttons:
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setIconSize(QSize(16, 16))
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 14, 0)
        column.setSpacing(6)
        column.addLayout(row)
        column.addWidget(self.items, 1)
        column.addWidget(self._description)

    def restyle(self, theme: Theme) -> None:
        """Show everything in this theme and in the current language."""
        self._title.setText(words.translate("Gallery", "Presets"))
        self.items.setAccessibleName(words.translate("Gallery", "Presets"))
        for button, picture, name in (
            (self.new_button, "plus", words.translate("Gallery", "New preset")),
            (self.duplicate_button, "copy", words.translate("Gallery", "Duplicate")),
            (self.rename_button, "pencil", words.translate("Gallery", "Rename (F2)")),
            (self.remove_button, "trash-2", words.translate("Gallery", "Delete")),
        ):
            button.setIcon(theme.icon(picture))
            button.setAccessibleName(name)
            button.setToolTip(name)
        self.show_presets(self._listing, self._current)

    def show_presets(self, listing: Sequence[Listed], current: str | None) -> None:
        """Show these presets, and which one is being worked on."""
        self._listing, self._current = listing, current
        with QSignalBlocker(self.items):
            self.items.clear()
            for own, heading in (
                (True, words.translate("Gallery", "Yours")),
                (False, words.translate("Gallery", "Come with the studio")),
            ):
                presets = [listed for listed in listing if listed.own is own]
                if presets:
                    self._add_heading(heading)
                for listed in presets:
                    self._add(listed)
        self._describe()

    def show_removable(self, on: bool) -> None:
        """Whether the chosen preset can be deleted."""
        self.remove_button.setEnabled(on)

    def rename(self) -> None:
        """Let the user type another title."""
        if (item := self.items.currentItem()) is not None:
            self.items.editItem(item)

    def _add_heading(self, text: str) -> None:
        item = QListWidgetItem(text, self.items)
        item.setFlags(Qt.ItemFlag.NoItemFlags)
        font = item.font()
        font.setPixelSize(13)
        item.setFont(font)

    def _add(self, listed: Listed) -> None:
        item = QListWidgetItem(listed.title, self.items)
        item.setData(_NAME, listed.name)
        item.setToolTip(listed.problem or listed.description)
        item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEditable)
        if listed.name == self._current:
            self.items.setCurrentItem(item)

    def _choose(self, item: QListWidgetItem | None) -> None:
        if item is not None and (name := item.data(_NAME)):
            self._current = str(name)
            self._describe()
            self.chosen.emit(self._current)

    def _describe(self) -> None:
        shown = next((listed for listed in self._listing if listed.name == self._current), None)
        self._description.setText((shown.problem or shown.description) if shown else "")
