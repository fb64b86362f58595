"""Everything about the chosen box: provider, model, voice, server, key, settings, and who takes over."""

import html
import re
from collections.abc import Sequence
from datetime import date

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from studio.app import design
from studio.app.design import GUESSING, PLACED, PLAYING, ROUTING, TAKING, WORKING_AHEAD, Content
from studio.app.design_facts import Facts, Health
from studio.app.setting_fields import Kind, SettingField
from studio.model.measures import Band
from studio.model.preset import Role
from studio.ui import words
from studio.ui.design import labels
from studio.ui.design.eagerness import Eagerness
from studio.ui.design.fallback_list import FallbackList
from studio.ui.design.fields import FieldControl, FormKeys
from studio.ui.design.free_choice import Option
from studio.ui.design.key_box import KeyBox
from studio.ui.design.pipeline import BoxName
from studio.ui.design.provider_box import ProviderBox
from studio.ui.theme import Theme

WIDTH, NARROW = 348, 300
"""In pixels, in a roomy window and in a small one."""
_OF_VOICE = frozenset(
    {
        "speech_ms",
        "vad_threshold",
        "barge_in_ms",
        "interruption_ms",
        "barge_in_words",
        "resume_ms",
        "protect_greeting",
    }
)
"""Of turn taking, what is about the user's voice and the agent's giving way; the rest is about the turn's end."""
_OF_BOX = {
    BoxName.MICROPHONE: [("playout", field) for field in PLAYING if field.key == "echo_cancellation"],
    BoxName.SPEAKER: [("playout", field) for field in PLAYING if field.key != "echo_cancellation"],
    BoxName.VAD: [("turn_taking", field) for field in TAKING if field.key in _OF_VOICE],
    BoxName.TURN: [("turn_taking", field) for field in TAKING if field.key not in {*_OF_VOICE, "eagerness"}],
    BoxName.STT: [("intent", field) for field in GUESSING],
    BoxName.LLM: [
        *(("speculation", field) for field in WORKING_AHEAD),
        *(("router", field) for field in ROUTING),
    ],
}
"""Settings of the preset itself that belong to a box, each with its table."""
_FOR_ENGINEERS = frozenset({"always", "by_intent", "own", "fillers"})
_SIGNS = {Health.READY: "●", Health.KEY_MISSING: "▲", Health.RETIRING: "▲", Health.UNKNOWN: "○"}


class Properties(QFrame):
    """A form for one box; every edit comes out as a new content of the preset."""

    edited = Signal(object, str)
    """The content after the edit, and a name for what was edited."""

    def __init__(self, keys: FormKeys, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("properties")
        self._form_keys, self._theme = keys, theme
        self.box = BoxName.STT
        self._content: Content = {}
        self._facts: Facts | None = None
        self._state: Health | None = None
        self._title, self._health, self._note = QLabel(), QLabel(), QLabel()
        self._title.setProperty("role", "figure")
        self._note.setProperty("role", "muted")
        for label in (self._health, self._note):
            label.setWordWrap(True)
        self.provider, self.key = ProviderBox(keys, theme), KeyBox(theme)
        self.eagerness, self.fallbacks = Eagerness(keys), FallbackList(keys, theme)
        self.advanced = QPushButton()
        self.advanced.setProperty("role", "fold")
        self.advanced.setCheckable(True)
        self.advanced.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.controls: dict[tuple[str, str], FieldControl] = {}
        self._headings: dict[str, QLabel] = {}
        """By the setting they stand above."""
        self._built: object = None
        self._fields, self._more = QWidget(), QWidget()
        for place in (self._fields, self._more):
            column = QVBoxLayout(place)
            column.setContentsMargins(0, 0, 0, 0)
            column.setSpacing(16)
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        self.setFixedWidth(WIDTH)
        inside = QWidget()
        inside.setObjectName("panels")
        column = QVBoxLayout(inside)
        column.setContentsMargins(16, 14, 16, 16)
        column.setSpacing(16)
        head = QVBoxLayout()
        head.setSpacing(2)
        for label in (self._title, self._health):
            head.addWidget(label)
        column.addLayout(head)
        for widget in (
            self._note,
            self.provider,
            self.key,
            self.eagerness,
            self._fields,
            self.fallbacks,
            self.advanced,
            self._more,
        ):
            column.addWidget(widget)
        column.addStretch(1)
        self.scroll_area = QScrollArea()
        self.scroll_area.setWidgetResizable(True)
        self.scroll_area.setWidget(inside)
        self.scroll_area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.scroll_area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.scroll_area)

    def _connect(self) -> None:
        self.provider.provider_entered.connect(
            lambda name: self._edit(design.choose_provider(self._content, self._role, name), "")
        )
        self.provider.model_entered.connect(
            lambda name: self._edit(design.choose_model(self._content, self._role, name), "")
        )
        self.provider.use_entered.connect(self._use)
        self.provider.setting_entered.connect(lambda key, value: self._set((self._role.value, key), value))
        self.fallbacks.added.connect(lambda use: self._edit(design.add_fallback(self._content, self._role, use), ""))
        self.fallbacks.removed.connect(
            lambda index: self._edit(design.remove_fallback(self._content, self._role, index), "")
        )
        self.fallbacks.moved.connect(
            lambda index, to: self._edit(design.move_fallback(self._content, self._role, index, to), "")
        )
        self.eagerness.entered.connect(lambda value: self._set(("turn_taking", "eagerness"), value))
        self.advanced.toggled.connect(self._show_more)

    @property
    def role(self) -> Role | None:
        """The role of the chosen box; None for the microphone and the speaker."""
        return self.role_of(self.box)

    @staticmethod
    def role_of(box: BoxName) -> Role | None:
        """The role of a box; None for the microphone and the speaker."""
        return Role(box.value) if box.value in {role.value for role in Role} else None

    @property
    def _role(self) -> Role:
        role = self.role
        assert role is not None
        return role

    def make_narrow(self, on: bool) -> None:
        """Leave more room to the rest of a small window."""
        self.setFixedWidth(NARROW if on else WIDTH)

    def restyle(self, theme: Theme) -> None:
        """Show everything in this theme and in the current language."""
        self._theme = theme
        self.setAccessibleName(words.translate("Properties", "Properties"))
        for panel in (self.provider, self.key, self.fallbacks):
            panel.restyle(theme)
        for control in self.controls.values():
            control.restyle()
        for key, heading in self._headings.items():
            heading.setText(labels.heading(key))
        self.eagerness.restyle()
        self._show_more(self.advanced.isChecked())
        self.show_box(self.box, self._content, self._facts, self._state)

    def show_box(self, box: BoxName, content: Content, facts: Facts | None, state: Health | None) -> None:
        """Show the form of a box and how its provider is; `facts` are of this content or of one before it."""
        if box is not self.box:
            self.scroll_area.verticalScrollBar().setValue(0)
        self.box, self._content, self._facts, self._state = box, content, facts, state
        role = self.role
        self._title.setText(labels.box(box))
        self._note.setVisible(role is None)
        self._note.setText(words.translate("Properties", "Which device it is, is chosen on the Talk screen."))
        for widget in (self.provider, self.fallbacks):
            widget.setVisible(role is not None)
        if role is not None:
            self.provider.show_role(role, content, date.today())
            self.fallbacks.offer(_uses(role))
            self.fallbacks.show_uses(design.fallbacks(content, role))
        self._show_health(role)
        self._show_key(role)
        self._show_fields(role)

    def _show_health(self, role: Role | None) -> None:
        state = self._state
        self._health.setVisible(role is not None)
        if role is None or state is None:
            return
        problem = (self._facts.problems.get(role.value) if self._facts else None) or labels.health(state)
        color = self._theme["muted" if state is Health.UNKNOWN else "danger"]
        if state is Health.READY:
            color = self._theme.band[Band.NATURAL]
        sign = f'<span style="color:{color.name()}">{_SIGNS.get(state, "■")}</span>'
        self._health.setText(f"{sign} {html.escape(problem)}")
        self._health.setProperty("role", "muted" if state in (Health.READY, Health.UNKNOWN) else "problem")
        self._health.style().polish(self._health)

    def _show_key(self, role: Role | None) -> None:
        part = design.part_of(self._content, role) if role is not None else None
        name = design.key_name(role, part) if role is not None and part is not None else ""
        self.key.setVisible(bool(name))
        if name and part is not None:
            known = self._facts is not None and name in self._facts.keys
            self.key.show_key(part.provider, name, self._facts.keys[name] if known and self._facts else "")

    # --- settings ---------------------------------------------------------------------------------

    def _show_fields(self, role: Role | None) -> None:
        own = _OF_BOX.get(self.box, [])
        theirs = self._provider_fields(role)
        if theirs is not None:
            provided = [(self.box.value, field) for field in theirs]
            group = next((n for n, (_, field) in enumerate(own) if labels.heading(field.key)), len(own))
            paths = [*own[:group], *provided, *own[group:]]
            built = (self.box, *((table, field) for table, field in paths))
            if built != self._built:
                self._built = built
                self._build(paths)
        self.eagerness.setVisible(self.box is BoxName.TURN)
        self.eagerness.show_taking(design.taking_of(self._content))
        moved = design.follows(self._content)
        for (place, key), control in self.controls.items():
            default = moved.get(key) if place == "turn_taking" else None
            control.show_value(design.at(self._content, (place, key)), default)
        for table in dict.fromkeys(place for place, _ in self.controls):
            problem = self._facts.problems.get(table, "") if self._facts else ""
            named = (self.controls.get((table, word)) for word in re.findall(r"\w+", problem))
            if (wrong := next(filter(None, named), None)) is not None:
                wrong.show_problem(problem)

    def _provider_fields(self, role: Role | None) -> Sequence[SettingField] | None:
        """Those of the chosen provider; None while they are being looked up."""
        if role is None:
            return ()
        if self._facts is None:
            return None
        use = design.use_of(self._content, role)
        if use != design.use_of(self._facts.content, role):
            return None
        fields = self._facts.fields.get(role, ())
        self.provider.show_fields(fields)
        return [field for field in fields if field.key not in PLACED or field.key == "key_env"]

    def _build(self, paths: Sequence[tuple[str, SettingField]]) -> None:
        for control in self.controls.values():
            control.setParent(None)
            control.deleteLater()
        for heading in self._headings.values():
            heading.setParent(None)
            heading.deleteLater()
        self.controls, self._headings = {}, {}
        for table, field in paths:
            control = self.controls[table, field.key] = FieldControl(field, self._form_keys)
            if field.kind is Kind.PART:
                control.offer(_uses(Role.LLM))
            control.entered.connect(lambda value, path=(table, field.key): self._set(path, value))
            place = self._more if _is_advanced(table, field, self.box) else self._fields
            column = place.layout()
            assert column is not None
            if table != self.box.value and (title := labels.heading(field.key)):
                heading = self._headings[field.key] = QLabel(title)
                heading.setProperty("role", "strong")
                column.addWidget(heading)
            column.addWidget(control)
        more = any(control.parent() is self._more for control in self.controls.values())
        self._fields.setVisible(any(control.parent() is self._fields for control in self.controls.values()))
        self.advanced.setVisible(more)
        self._more.setVisible(more and self.advanced.isChecked())

    def _show_more(self, on: bool) -> None:
        self.advanced.setText(words.translate("Properties", "Advanced"))
        self.advanced.setIcon(self._theme.icon("chevron-down" if on else "chevron-right", "muted"))
        self._more.setVisible(on and not self.advanced.isHidden())

    # --- edits ------------------------------------------------------------------------------------

    def _use(self, use: str) -> None:
        provider, _, model = use.partition("/")
        self._edit(
            design.choose_model(design.choose_provider(self._content, self._role, provider), self._role, model), ""
        )

    def _set(self, path: tuple[str, str], value: object) -> None:
        content = self._content
        if self.role is not None and path[0] == self.box.value:  # a table without `use` would be no part
            content = design.put(content, (path[0], "use"), design.use_of(content, self._role))
        self._edit(design.put(content, path, value), ".".join(path))

    def _edit(self, content: Content, step: str) -> None:
        self._content = content
        self.edited.emit(content, step)


def _is_advanced(table: str, field: SettingField, box: BoxName) -> bool:
    if table != box.value:  # designers have the slider, engineers every threshold
        return box is BoxName.TURN or field.key in _FOR_ENGINEERS
    return field.inherited or field.key in ("key_env", "request") or field.key.endswith("_timeout_s")


def _uses(role: Role) -> list[Option]:
    """Every model of every provider that is still there, for the list of those that can take over."""
    return [
        Option(f"{option.name}/{each.model.name}")
        for option in design.provider_options(role)
        if option.closed is None
        for each in design.model_options(role, option.name, date.today())
        if each.fate is not design.Fate.RETIRED
    ]
