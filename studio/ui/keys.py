"""The keys of the window: one list, looked up by the window and shown by the overlay; and who must not take them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QKeyCombination, QObject, Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QWidget

from studio.ui import words

Mod, K = Qt.KeyboardModifier, Qt.Key


@dataclass(frozen=True, slots=True)
class Key:
    """A key and what it does."""

    combination: QKeyCombination
    title: Callable[[], str]
    """In the current language."""
    do: Callable[[], None]


def key(modifiers: Qt.KeyboardModifier, code: Qt.Key, title: Callable[[], str], do: Callable[[], None]) -> Key:
    """A `Key` from its parts."""
    return Key(QKeyCombination(modifiers, code), title, do)


def release_focus(widget: QWidget) -> None:
    """Take the focus from `widget`, which is about to be disabled or hidden, or from what is in it.

    Qt would hand it to the next control, and that would take Space from the window.
    """
    focused = widget.window().focusWidget()
    if focused is not None and (focused is widget or widget.isAncestorOf(focused)):
        widget.window().setFocus()


class KeysOverlay(QFrame):
    """Shows every key in the middle of the window until a key or a click."""

    def __init__(self, keys: Sequence[Key], over: QWidget) -> None:
        super().__init__(over)
        self.setObjectName("keys")
        self._keys = keys
        self._over = over
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(28, 22, 28, 24)
        self._grid.setHorizontalSpacing(24)
        self._grid.setVerticalSpacing(10)
        self._heading = QLabel()
        self._heading.setProperty("role", "heading")
        self._grid.addWidget(self._heading, 0, 0, 1, 2)
        self._rows = [(QLabel(), QLabel()) for _ in keys]
        for place, (name, title) in enumerate(self._rows, start=1):
            name.setProperty("role", "key")
            self._grid.addWidget(name, place, 0, Qt.AlignmentFlag.AlignLeft)
            self._grid.addWidget(title, place, 1)
        over.installEventFilter(self)
        self.hide()

    def restyle(self) -> None:
        """Show everything in the current language."""
        self._heading.setText(words.translate("KeysOverlay", "Keys"))
        self.setAccessibleName(words.translate("KeysOverlay", "Keys"))
        for (name, title), entry in zip(self._rows, self._keys, strict=True):
            name.setText(words.key(entry.combination))
            title.setText(entry.title())

    def toggle(self) -> None:
        """Show the keys, or hide them again."""
        if self.isVisible():
            self.hide()
            return
        self.restyle()
        self.adjustSize()
        self._center()
        self.show()
        self.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A click anywhere closes; a new size of the window centres."""
        if event.type() is QEvent.Type.MouseButtonPress:
            self.hide()
        elif event.type() is QEvent.Type.Resize:
            self._center()
        return super().eventFilter(watched, event)

    def _center(self) -> None:
        self.move((self._over.width() - self.width()) // 2, (self._over.height() - self.height()) // 2)
