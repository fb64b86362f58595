"""The voices of the chosen vendor, as it lists them: asked once, kept while the window is open, fresh on demand."""

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from studio.app import design, design_facts
from studio.app.design_facts import Facts
from studio.model.errors import StudioError
from studio.model.preset import Part, Role
from studio.ui import words
from studio.ui.background import Background
from studio.ui.design.free_choice import Option
from studio.ui.design.provider_box import ProviderBox

if TYPE_CHECKING:
    from studio.providers.voices import Listing, Voice


class Voices(QObject):
    """Fills the choice of voices."""

    def __init__(self, box: ProviderBox, background: Background) -> None:
        super().__init__(box)
        self._box, self._background = box, background
        self._known: dict[str, Listing] = {}
        self._failed: dict[str, str] = {}
        self._asking: set[str] = set()
        self._part: Part | None = None
        box.voices_wanted.connect(self.refresh)

    def show(self, part: Part | None, facts: Facts | None) -> None:
        """Show the voices for this part of a preset, None for one without voices; asks where they are not known."""
        self._part = part
        if part is None or facts is None:
            return
        place = _place(part)
        has_voices = any(field.key == "voice" for field in facts.fields.get(Role.TTS, ()))
        if has_voices and place not in self._known and place not in self._failed:
            name = design.key_name(Role.TTS, part)
            if not name or facts.keys.get(name) is not None or not design.wants_key(part):
                self._ask(part, fresh=False)
        self._show()

    def refresh(self) -> None:
        """Ask the vendor again."""
        if self._part is not None:
            self._failed.pop(_place(self._part), None)
            self._ask(self._part, fresh=True)
            self._show()

    def _ask(self, part: Part, fresh: bool) -> None:
        place = _place(part)
        if place not in self._asking:
            self._asking.add(place)
            work = partial(design_facts.voices, part, fresh)
            self._background("voices", work, partial(self._learn, place), partial(self._fail, place))

    def _learn(self, place: str, listing: "Listing") -> None:
        self._asking.discard(place)
        self._known[place] = listing
        self._show()

    def _fail(self, place: str, error: StudioError) -> None:
        self._asking.discard(place)
        self._failed[place] = str(error)
        self._show()

    def _show(self) -> None:
        if self._part is None:
            return
        place = _place(self._part)
        listing = self._known.get(place)
        told = self._failed.get(place, "")
        if place in self._asking:
            told = words.translate("Voices", "asking for the voices…")
        elif listing is not None and not told:
            count = words.translate("Voices", "{count} voices, as listed on {day}")
            day = listing.as_of.astimezone().date()
            told = listing.trouble or count.format(count=len(listing.voices), day=day)
        voices = listing.voices if listing is not None else ()
        self._box.show_voices([Option(voice.id, _label(voice), voice.id) for voice in voices], told)


def _place(part: Part) -> str:
    """Whose voices they are."""
    return f"{part.provider} {part.settings.get('base_url', '')}"


def _label(voice: "Voice") -> str:
    return voice.title or voice.id
