"""The Design screen: gallery at the side, budget, pipeline and persona in the middle, properties at the right.

Puts the panels together around one `Draft`. What blocks runs in the background; must not know calls.
"""

from collections.abc import Sequence
from datetime import date
from functools import partial

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QScrollArea, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from studio.app import design, design_facts
from studio.app.design import Content
from studio.app.design_facts import Facts, KeyNeed, health
from studio.app.plan import PlannedSpan
from studio.model.errors import StudioError
from studio.model.measures import SpanName
from studio.model.preset import CASCADE, Agent, Role
from studio.ui import words
from studio.ui.background import Background
from studio.ui.design import labels
from studio.ui.design.budget import Budget
from studio.ui.design.draft import Draft
from studio.ui.design.fields import FormKeys
from studio.ui.design.gallery import Gallery
from studio.ui.design.persona import PersonaCard
from studio.ui.design.pipeline import BoxLook, BoxName, Pipeline
from studio.ui.design.properties import Properties
from studio.ui.design.voices import Voices
from studio.ui.key_dialog import KeyDialog
from studio.ui.keys import release_focus
from studio.ui.notices import Notices, Remedy
from studio.ui.panels.agent import PresetChoice
from studio.ui.panels.tools import name_button
from studio.ui.theme import Theme

_ROOMY = 900
"""From this width on, in pixels, the properties have all the room they like."""
LOOK_MS = 120
"""After an edit facts are looked up anew when this time has passed without another, in milliseconds."""


_SPANS = {
    Role.VAD: SpanName.ENDPOINTING_WAIT,
    Role.STT: SpanName.TRANSCRIPTION,
    Role.TURN: SpanName.TURN_DETECTION,
    Role.LLM: SpanName.LLM_FIRST_TOKEN,
    Role.TTS: SpanName.SPEECH_SYNTHESIS,
}
"""The piece of the wait that each role is planned for."""


class DesignScreen(QWidget):
    """One preset as a form."""

    presets_changed = Signal(object)
    """The presets there are now, as a list of `PresetChoice`."""
    chosen = Signal(str)
    """The name of the preset that is worked on now."""

    def __init__(
        self,
        draft: Draft,
        background: Background,
        base_urls: Sequence[tuple[str, str]],
        notices: Notices,
        theme: Theme,
    ) -> None:
        """Whether keys are there and which voices there are is asked at `base_urls`, as calls reach them."""
        super().__init__()
        self.draft, self._background, self._notices, self._theme = draft, background, notices, theme
        self._base_urls = base_urls
        self._facts: Facts | None = None
        self._looking = False
        self._name = ""
        self.dialog: KeyDialog | None = None
        keys = FormKeys(self)
        self.gallery = Gallery()
        self.side: QWidget = self.gallery
        self.budget, self.pipeline = Budget(theme), Pipeline(theme)
        self.persona = PersonaCard(keys, str(Agent.model_fields["apology"].default))
        self.properties = Properties(keys, theme)
        self.voices = Voices(self.properties.provider, background)
        self._title, self._state = QLabel(), QLabel()
        self.undo_button, self.redo_button = QToolButton(), QToolButton()
        self._timer = QTimer(self, singleShot=True, interval=LOOK_MS)
        self._timer.timeout.connect(self._look)
        self._lay_out()
        self._connect()
        self.pipeline.choose(self.properties.box)

    def _lay_out(self) -> None:
        self._title.setProperty("role", "heading")
        self._title.setTextFormat(Qt.TextFormat.PlainText)
        self._state.setProperty("role", "muted")
        names = QVBoxLayout()
        names.setSpacing(0)
        for label in (self._title, self._state):
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            names.addWidget(label)
        head = QHBoxLayout()
        head.setSpacing(4)
        head.addLayout(names, 1)
        for button in (self.undo_button, self.redo_button):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setIconSize(QSize(18, 18))
            head.addWidget(button)
        inside = QWidget()
        inside.setObjectName("page")
        column = QVBoxLayout(inside)
        column.setContentsMargins(20, 12, 20, 16)
        column.setSpacing(14)
        column.addLayout(head)
        column.addWidget(self.budget)
        column.addWidget(self.pipeline)
        column.addWidget(self.persona, 1)
        self.scroll_area = QScrollArea()
        self.scroll_area.setWidgetResizable(True)
        self.scroll_area.setWidget(inside)
        self.scroll_area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.scroll_area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.scroll_area, 1)
        row.addWidget(self.properties)

    def _connect(self) -> None:
        draft, gallery = self.draft, self.gallery
        draft.changed.connect(self._show)
        draft.listed.connect(self._list)
        draft.saved.connect(self._show_state)
        draft.stepped.connect(self._show_state)
        draft.failed.connect(lambda sentence: self._notices.warn(sentence))
        gallery.chosen.connect(self.open)
        gallery.renamed.connect(self._rename)
        gallery.new.connect(lambda: draft.create(words.translate("DesignScreen", "New agent")))
        gallery.duplicate.connect(draft.duplicate)
        gallery.remove.connect(self._remove)
        self.pipeline.chosen.connect(lambda name: self.choose_box(BoxName(name)))
        self.properties.edited.connect(self._edit)
        self.persona.entered.connect(self._edit_agent)
        self.properties.key.set_wanted.connect(self._ask_key)
        self.properties.key.test_wanted.connect(self._test_key)
        self.undo_button.clicked.connect(lambda: self.undo())
        self.redo_button.clicked.connect(lambda: self.redo())

    # --- what the window asks -----------------------------------------------------------------------

    @property
    def known(self) -> bool:
        """Whether everything about what is shown has been looked up."""
        return self._facts is not None and self._facts.content is self.draft.content

    def open(self, name: str) -> None:
        """Work on this preset; one that is open already stays as it is."""
        if self.draft.entry is None or self.draft.entry.name != name:
            self.draft.open(name)

    def choose_box(self, name: BoxName) -> None:
        """Show the properties of a box."""
        release_focus(self.properties)
        self.pipeline.choose(name)
        self._show_properties(name)

    def undo(self) -> None:
        """Take the last edit back."""
        if self.isVisible():
            self.draft.undo()

    def redo(self) -> None:
        """Do again what was taken back."""
        if self.isVisible():
            self.draft.redo()

    def save_now(self) -> None:
        """Put every edit on disk."""
        self.draft.save_now()

    def look_again(self) -> None:
        """Something outside the preset has changed, such as a key."""
        self._timer.start()

    def restyle(self, theme: Theme) -> None:
        """Show everything in this theme and in the current language."""
        self._theme = theme
        self.gallery.restyle(theme)
        for panel in (self.budget, self.pipeline, self.properties):
            panel.restyle(theme)
        self.persona.restyle()
        self.undo_button.setIcon(theme.icon("undo-2"))
        self.redo_button.setIcon(theme.icon("redo-2"))
        name_button(self.undo_button, words.translate("DesignScreen", "Undo"), "Ctrl+Z")
        name_button(self.redo_button, words.translate("DesignScreen", "Redo"), "Ctrl+Shift+Z")
        self.scroll_area.setAccessibleName(words.translate("DesignScreen", "Agent"))
        if self.draft.entry is not None:
            self._show()

    # --- edits --------------------------------------------------------------------------------------

    def _edit(self, content: Content, step: str) -> None:
        self.draft.edit(content, step)

    def _edit_agent(self, key: str, text: str) -> None:
        value: str | None = text if text or key == "persona" else None
        self.draft.edit(design.put(self.draft.content, ("agent", key), value), f"agent.{key}")

    def _rename(self, title: str) -> None:
        if title:
            self.draft.edit(design.put(self.draft.content, ("title",), title))
        self._list()

    def _remove(self) -> None:
        removed = self.draft.remove()
        if removed is not None:
            entry, text = removed
            gone = words.translate("DesignScreen", "Deleted: {title}").format(title=entry.title)
            back = Remedy(words.translate("DesignScreen", "Undo"), lambda: self.draft.restore(entry, text))
            self._notices.offer(gone, back)

    # --- showing ------------------------------------------------------------------------------------

    def _show(self) -> None:
        """The draft has another content."""
        entry = self.draft.entry
        if entry is None:
            return
        if entry.name != self._name:
            self._name = entry.name
            self._facts = None
            self.budget.show_plan(None)
            self._list()
            self.chosen.emit(entry.name)
        content = self.draft.content
        self._title.setText(str(content.get("title") or entry.title))
        self.persona.show_content(content, self._facts.problems.get("agent", "") if self._facts else "")
        self._show_state()
        self._show_looks()
        self._show_properties(self.properties.box)
        if self.isVisible():
            self._timer.start(LOOK_MS if self._facts is not None else 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A small window leaves the properties less room."""
        self.properties.make_narrow(self.width() < _ROOMY)
        super().resizeEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        """What was not needed while hidden is looked up now."""
        if self.draft.entry is not None:
            self._timer.start(0)

    def _show_state(self) -> None:
        entry = self.draft.entry
        if entry is None:
            return
        if not entry.own:
            text = words.translate("DesignScreen", "Comes with the studio: an edit makes a copy")
        elif self.draft.unsaved:
            text = words.translate("DesignScreen", "Saving…")
        else:
            text = words.translate("DesignScreen", "Saved")
        self._state.setText(text)
        self._state.setToolTip(str(entry.path))
        self.undo_button.setEnabled(self.draft.stack.canUndo())
        self.redo_button.setEnabled(self.draft.stack.canRedo())
        self.gallery.show_removable(self.draft.removable)

    def _list(self) -> None:
        listing = self.draft.listing()
        self.gallery.show_presets(listing, self.draft.entry.name if self.draft.entry else None)
        self.presets_changed.emit([PresetChoice(each.name, each.title, each.description) for each in listing])

    def _show_looks(self) -> None:
        looks = {BoxName(role.value): self._look_of(role) for role in CASCADE}
        self.pipeline.show_looks({BoxName.MICROPHONE: BoxLook(), **looks, BoxName.SPEAKER: BoxLook()})

    def _look_of(self, role: Role) -> BoxLook:
        title, model = design.titles(self.draft.content, role)
        state = health(role, self._reached(), self._facts, date.today())
        piece = self._planned(role)
        planned = words.milliseconds(piece.whole_ms) if piece is not None and piece.whole_ms is not None else ""
        source = labels.source(piece.source) if piece is not None else ""
        return BoxLook(title, model, planned, source, state, labels.health(state))

    def _planned(self, role: Role) -> PlannedSpan | None:
        plan = self._facts.plan if self._facts is not None else None
        return next((span for span in plan.spans if span.name is _SPANS[role]), None) if plan is not None else None

    def _show_properties(self, box: BoxName) -> None:
        role = self.properties.role_of(box)
        state = health(role, self._reached(), self._facts, date.today()) if role is not None else None
        self.properties.show_box(box, self.draft.content, self._facts, state)
        self.voices.show(design.part_of(self._reached(), role) if role is Role.TTS else None, self._facts)

    def _reached(self) -> Content:
        return design.reached(self.draft.content, self._base_urls)

    # --- facts --------------------------------------------------------------------------------------

    def _look(self) -> None:
        """Look up what is known of the content; one look at a time."""
        if self._looking:
            return
        self._looking = True
        self._background("facts", partial(design_facts.facts, self.draft.content), self._learn, self._fail)

    def _learn(self, facts: Facts) -> None:
        self._looking = False
        if facts.content is not self.draft.content:  # an edit came between
            self._timer.start()
            return
        self._facts = facts
        self.budget.show_plan(facts.plan)
        self.persona.show_content(self.draft.content, facts.problems.get("agent", ""))
        self._show_looks()
        self._show_properties(self.properties.box)

    def _fail(self, error: StudioError) -> None:
        self._looking = False
        self._notices.warn(str(error))

    # --- keys ---------------------------------------------------------------------------------------

    def _ask_key(self, need: KeyNeed) -> None:
        self.dialog = KeyDialog(need, self._background, self.window())
        self.dialog.kept.connect(lambda _name: self.look_again())
        self.dialog.open()

    def _test_key(self, need: KeyNeed) -> None:
        part = design.part_of(self._reached(), self.properties.role) if self.properties.role else None
        if part is not None:
            show = partial(self.properties.key.show_outcome, need.provider)
            self._background(
                "check",
                partial(design_facts.check, part),
                lambda said: show(self._checked(said)),
                lambda e: show(str(e)),
            )

    @staticmethod
    def _checked(milliseconds: float) -> str:
        works = words.translate("DesignScreen", "The key works; {time} for the answer.")
        return works.format(time=words.milliseconds(milliseconds))
