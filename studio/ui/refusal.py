"""A vendor refused a key in a call: a notice that asks for the key once, and then offers to try again."""

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from studio.app import presets
from studio.app.design import refused_key
from studio.app.design_facts import KeyNeed, key_need
from studio.model.errors import PresetError
from studio.ui import words
from studio.ui.background import Background
from studio.ui.key_dialog import KeyDialog
from studio.ui.notices import Notices, Remedy


class RefusedKey(QObject):
    """Tells a failure; where it is about a key of the preset, with the way to set it."""

    again = Signal()
    """The call is wanted once more."""
    kept = Signal(str)
    """The name of a key that is in the keyring now."""

    def __init__(self, notices: Notices, background: Background, parent: QWidget) -> None:
        super().__init__(parent)
        self._notices, self._background, self._over = notices, background, parent
        self._asked: set[str] = set()
        self.dialog: KeyDialog | None = None

    def tell(self, preset: str, told: str, sentence: str) -> None:
        """Show `told`, in which a provider of `preset` said `sentence`."""
        need = _need(preset, sentence)
        if need is None or need.name in self._asked:
            self._notices.warn(told, Remedy(words.translate("RefusedKey", "Try again"), self.again.emit))
        else:
            ask = Remedy(words.translate("RefusedKey", "Set key…"), lambda: self._ask(need, told))
            self._notices.warn(told, ask)

    def _ask(self, need: KeyNeed, told: str) -> None:
        self._asked.add(need.name)
        self.dialog = KeyDialog(need, self._background, self._over)
        self.dialog.kept.connect(lambda name: self._keep(need, name))
        self.dialog.rejected.connect(lambda: self.tell("", told, ""))
        self.dialog.open()

    def _keep(self, need: KeyNeed, name: str) -> None:
        self._asked.discard(name)
        self.kept.emit(name)
        text = words.translate("RefusedKey", "The key for {provider} is kept.").format(provider=need.title)
        self._notices.offer(text, Remedy(words.translate("RefusedKey", "Try again"), self.again.emit))


def _need(preset: str, sentence: str) -> KeyNeed | None:
    try:
        _, content = presets.read_content(presets.path_of(preset))
    except PresetError:
        return None
    found = refused_key(content, sentence)
    return key_need(*found) if found is not None else None
