"""The preset under the designer's hands: its content, undo and redo, and its file, which follows by itself.

Those that come with the studio are copied at the first edit. Knows files through `studio.app`; must not know widgets.
"""

import time

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from studio.app import preset_files, presets
from studio.app.design import Content
from studio.app.folders import own_presets_folder
from studio.app.presets import Listed
from studio.model.errors import PresetError
from studio.ui import words

SAVE_MS = 1000
"""An edit is on disk after this time, in milliseconds, however many follow it."""
_TOGETHER_S = 1.5
"""Edits of the same thing within this time are undone at once, as typing is."""


class Draft(QObject):
    """One preset at a time; each keeps its own undo history while the window is open."""

    changed = Signal()
    """The content is another one: by an edit, by undo or redo, or because another preset was opened."""
    listed = Signal()
    """There are other presets than before, or one has another title."""
    stepped = Signal()
    """There is something else to undo or to redo than before."""
    saved = Signal()
    failed = Signal(str)
    """A file cannot be read or written: one sentence."""

    def __init__(self) -> None:
        super().__init__()
        self.entry: Listed | None = None
        self.content: Content = {}
        self.stack = QUndoStack()
        self._stacks: dict[str, tuple[Content, QUndoStack]] = {}
        self._text = ""
        self.unsaved = False
        """Whether an edit is not on disk yet."""
        self._given: Listed | None = None
        self._timer = QTimer(self, singleShot=True, interval=SAVE_MS)
        self._timer.timeout.connect(self.save_now)

    @property
    def removable(self) -> bool:
        """Whether the preset is one that the user made here."""
        return self.entry is not None and self.entry.path.parent == own_presets_folder()

    def listing(self) -> list[Listed]:
        """Every preset there is; first, one that was given by its path."""
        return [*([self._given] if self._given is not None else []), *presets.listing()]

    def open(self, name: str) -> None:
        """Work on the preset of that name or file."""
        self.save_now()
        try:
            path = presets.path_of(name)
            self._text, content = presets.read_content(path)
        except PresetError as error:
            self.failed.emit(str(error))
            return
        own = name in presets.own_names()
        if given := path.suffix == ".toml" and name.endswith(".toml"):
            self._given = presets.listed(name, path, own=True)
        self.entry = presets.listed(name, path, own or given)
        before, stack = self._stacks.get(name, ({}, QUndoStack()))
        self.stack = stack if before == content else QUndoStack()
        self.content = content
        self._remember()
        self.changed.emit()

    def edit(self, content: Content, step: str = "") -> None:
        """Another content; edits with the same `step` that follow each other closely are undone together."""
        if self.entry is None or content == self.content:
            return
        if not self.entry.own:
            copied = self._copy(str(content.get("title") or ""))
            if copied is None:
                return
            content = {**content, "title": copied}
        self.stack.push(_Edit(self, self.content, content, step))
        self.stepped.emit()

    def undo(self) -> None:
        """Take the last edit back."""
        self.stack.undo()
        self.stepped.emit()

    def redo(self) -> None:
        """Do again what was taken back."""
        self.stack.redo()
        self.stepped.emit()

    def show(self, content: Content) -> None:
        """Take over a content; for `edit`, undo and redo."""
        retitled = content.get("title") != self.content.get("title")
        self.content = content
        self._remember()
        self.unsaved = True
        if not self._timer.isActive():
            self._timer.start()
        if retitled:
            self.save_now()
            self.listed.emit()
        self.changed.emit()

    def create(self, title: str, template: str = "embedded") -> None:
        """A new preset of the user's, made from another, and work on it."""
        self._make(title, template)

    def duplicate(self) -> None:
        """A copy of the preset, and work on that."""
        if self.entry is not None:
            self.save_now()
            self._make(self._copied_title(str(self.content.get("title") or self.entry.title)), self.entry.name)

    def remove(self) -> tuple[Listed, str] | None:
        """Take away the user's preset and open another; returns what `restore` brings back."""
        entry = self.entry
        if entry is None or not self.removable:
            return None
        self.save_now()
        try:
            text = preset_files.remove(entry.path)
        except PresetError as error:
            self.failed.emit(str(error))
            return None
        self._stacks.pop(entry.name, None)
        self.entry = None
        self.listed.emit()
        self.open(presets.names()[0])
        return entry, text

    def restore(self, entry: Listed, text: str) -> None:
        """Bring back a preset that was removed."""
        try:
            preset_files.write(entry.path, text)
        except PresetError as error:
            self.failed.emit(str(error))
            return
        self.listed.emit()
        self.open(entry.name)

    def save_now(self) -> None:
        """Put what is not on disk yet there."""
        if not self.unsaved or self.entry is None:
            return
        self._timer.stop()
        try:
            text = preset_files.edited(self._text, self.content)
            preset_files.write(self.entry.path, text)
        except PresetError as error:
            self.failed.emit(str(error))
            return
        self._text, self.unsaved = text, False
        self.entry = presets.listed(self.entry.name, self.entry.path, own=True)
        self.saved.emit()

    def _make(self, title: str, template: str) -> None:
        try:
            text, _ = presets.read_content(presets.path_of(template))
            path = preset_files.create(title, text)
        except PresetError as error:
            self.failed.emit(str(error))
            return
        self.listed.emit()
        self.open(path.stem)

    def _copy(self, title: str) -> str | None:
        """Go on with a copy of a preset that comes with the studio; returns its title."""
        assert self.entry is not None
        if title == self.content.get("title"):
            title = self._copied_title(title)
        try:
            path = preset_files.create(title, self._text)
            self._text, self.content = presets.read_content(path)
        except PresetError as error:
            self.failed.emit(str(error))
            return None
        self.entry = presets.listed(path.stem, path, own=True)
        self.stack = QUndoStack()
        self._remember()
        self.listed.emit()
        return title

    def _copied_title(self, title: str) -> str:
        """`Fastest (copy)`, and with a number where there is one already."""
        taken = {listed.title for listed in self.listing()}
        copied, number = words.translate("Draft", "{title} (copy)").format(title=title), 2
        while copied in taken:
            copied = words.translate("Draft", "{title} (copy {number})").format(title=title, number=number)
            number += 1
        return copied

    def _remember(self) -> None:
        if self.entry is not None:
            self._stacks[self.entry.name] = (self.content, self.stack)


class _Edit(QUndoCommand):
    def __init__(self, draft: Draft, before: Content, after: Content, step: str) -> None:
        super().__init__()
        self._draft, self._before, self._after, self._step = draft, before, after, step
        self._moment = time.monotonic()

    def redo(self) -> None:
        self._draft.show(self._after)

    def undo(self) -> None:
        self._draft.show(self._before)

    def id(self) -> int:
        return 1 if self._step else -1

    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, _Edit) or other._step != self._step or other._moment - self._moment > _TOGETHER_S:  # noqa: SLF001
            return False
        self._after, self._moment = other._after, other._moment  # noqa: SLF001
        return True
