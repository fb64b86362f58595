"""Who does a job: provider, model, voice and server address, from the catalog or typed. Must not know keys."""

from collections.abc import Sequence
from datetime import date

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from studio.app import design
from studio.app.design import Content, Fate, ModelOption, ProviderOption
from studio.app.setting_fields import SettingField
from studio.model.preset import Role
from studio.ui import words
from studio.ui.design.fields import FormKeys, as_in_forms
from studio.ui.design.free_choice import FreeChoice, Option
from studio.ui.theme import Theme


class ProviderBox(QWidget):
    """Shows the chosen provider of a role and asks for another one."""

    provider_entered = Signal(str)
    model_entered = Signal(str)
    use_entered = Signal(str)
    """PROVIDER/MODEL: both at once."""
    setting_entered = Signal(str, object)
    """`voice` or `base_url`, and its value; None: the default."""
    voices_wanted = Signal()
    """The list of voices, fresh from the vendor."""

    def __init__(self, keys: FormKeys, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._role, self._content, self._today = Role.STT, Content(), date.today()
        self._names = {key: QLabel() for key in ("provider", "model", "voice", "base_url")}
        self.provider, self.model, self.voice = QComboBox(), FreeChoice(), FreeChoice()
        self.provider.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.base_url, self.refresh = QLineEdit(), QToolButton()
        self.facts, self._told, self.voices_told = QLabel(), QLabel(), QLabel()
        for label in (self.facts, self.voices_told):
            label.setProperty("role", "muted")
            label.setWordWrap(True)
        self._told.setWordWrap(True)
        self.instead = QFrame()
        self.instead.setObjectName("told")
        for control in (self.provider, self.model, self.voice, self.base_url):
            as_in_forms(control, keys)
        self._lay_out()
        self.provider.activated.connect(lambda index: self._choose(str(self.provider.itemData(index))))
        self.model.entered.connect(self.model_entered)
        self.voice.entered.connect(lambda voice: self.setting_entered.emit("voice", voice or None))
        self.base_url.textEdited.connect(lambda text: self.setting_entered.emit("base_url", text.strip() or None))
        self.refresh.clicked.connect(lambda: self.voices_wanted.emit())

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        self._places: dict[str, QWidget] = {}
        voices = QWidget()
        row = QHBoxLayout(voices)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self.voice, 1)
        row.addWidget(self.refresh)
        self.refresh.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.refresh.setIconSize(QSize(16, 16))
        buttons = QVBoxLayout(self.instead)
        buttons.setContentsMargins(12, 10, 12, 10)
        buttons.addWidget(self._told)
        self._buttons = QVBoxLayout()
        self._buttons.setSpacing(6)
        buttons.addLayout(self._buttons)
        for key, rows in (
            ("provider", (self.provider, self.instead)),
            ("model", (self.model, self.facts)),
            ("voice", (voices, self.voices_told)),
            ("base_url", (self.base_url,)),
        ):
            place = self._places[key] = QWidget()
            inner = QVBoxLayout(place)
            inner.setContentsMargins(0, 0, 0, 10)
            inner.setSpacing(4)
            self._names[key].setProperty("role", "title")
            inner.addWidget(self._names[key])
            for widget in rows:
                inner.addWidget(widget)
            column.addWidget(place)
        for key in ("voice", "base_url"):
            self._places[key].hide()

    def restyle(self, theme: Theme) -> None:
        """Show everything in this theme and in the current language."""
        self._theme = theme
        names = {
            "provider": words.translate("ProviderBox", "Provider"),
            "model": words.translate("ProviderBox", "Model"),
            "voice": words.translate("ProviderBox", "Voice"),
            "base_url": words.translate("ProviderBox", "Server address"),
        }
        controls = {"provider": self.provider, "model": self.model, "voice": self.voice, "base_url": self.base_url}
        for key, name in names.items():
            self._names[key].setText(name)
            controls[key].setAccessibleName(name)
        fresh = words.translate("ProviderBox", "Ask the vendor for its voices")
        self.refresh.setIcon(theme.icon("refresh-cw"))
        self.refresh.setAccessibleName(fresh)
        self.refresh.setToolTip(fresh)
        self.show_role(self._role, self._content, self._today)

    def show_role(self, role: Role, content: Content, today: date) -> None:
        """Show who does this job in a preset."""
        self._role, self._content, self._today = role, content, today
        provider, _, model = design.use_of(content, role).partition("/")
        options = design.provider_options(role)
        self._fill_providers(options, provider)
        models = design.model_options(role, provider, today)
        self.model.offer([Option(each.model.name, _label(each), each.model.title) for each in models])
        self.model.set_hint(models[0].model.name if models else "")
        self.model.show_value(model)
        chosen = next((each for each in models if each.model.name == (model or models[0].model.name)), None)
        self._show_facts(chosen)
        self._show_instead(next((option for option in options if option.name == provider), None), chosen)
        self.voice.show_value(str(design.at(content, (role.value, "voice")) or ""))
        if chosen is not None and chosen.model.voice:
            self.voice.set_hint(chosen.model.voice)
        url = str(design.at(content, (role.value, "base_url")) or "")
        if self.base_url.text().strip() != url:
            self.base_url.setText(url)

    def show_fields(self, fields: Sequence[SettingField]) -> None:
        """Whether the provider can be told a voice and a server, and which ones it has by itself."""
        known = {field.key: field for field in fields}
        for key in ("voice", "base_url"):
            self._places[key].setVisible(key in known)
        if (voice := known.get("voice")) is not None and voice.default:
            self.voice.set_hint(str(voice.default))
        if (url := known.get("base_url")) is not None:
            provider = design.use_of(self._content, self._role).partition("/")[0]
            self.base_url.setPlaceholderText(str(url.default or design.server_of(provider)))

    def show_voices(self, voices: Sequence[Option], told: str) -> None:
        """List these voices, and say where they come from or why there are none."""
        self.voice.offer(voices)
        self.voices_told.setText(told)
        self.voices_told.setVisible(bool(told))

    def _choose(self, provider: str) -> None:
        if provider != design.use_of(self._content, self._role).partition("/")[0]:
            self.provider_entered.emit(provider)

    def _fill_providers(self, options: Sequence[ProviderOption], chosen: str) -> None:
        headings = (
            (words.translate("ProviderBox", "On this machine"), [o for o in options if not o.hosted and not o.closed]),
            (words.translate("ProviderBox", "At a vendor's"), [o for o in options if o.hosted and not o.closed]),
            (words.translate("ProviderBox", "Closed for good"), [o for o in options if o.closed]),
        )
        with QSignalBlocker(self.provider):
            self.provider.clear()
            for heading, group in headings:
                if group:
                    self._add_heading(heading)
                for option in group:
                    closed = words.translate("ProviderBox", "{title}: closed {day}")
                    label = closed.format(title=option.title, day=option.closed) if option.closed else option.title
                    self.provider.addItem(label, option.name)
            if chosen and self.provider.findData(chosen) < 0:
                self.provider.addItem(chosen, chosen)
            self.provider.setCurrentIndex(self.provider.findData(chosen))

    def _add_heading(self, text: str) -> None:
        self.provider.addItem(text)
        self.provider.setItemData(self.provider.count() - 1, 0, Qt.ItemDataRole.UserRole - 1)  # cannot be chosen

    def _show_facts(self, chosen: ModelOption | None) -> None:
        facts = []
        if chosen is not None:
            model = chosen.model
            if model.languages:
                many = words.translate("ProviderBox", "many languages")
                facts.append(many if "*" in model.languages else ", ".join(model.languages))
            if model.first_ms is not None:
                published = words.translate("ProviderBox", "{time} as published")
                facts.append(published.format(time=words.milliseconds(model.first_ms)))
            if model.price is not None:
                facts.extend(words.prices(model.price))
        self.facts.setText(" · ".join(facts))
        self.facts.setVisible(bool(facts))

    def _show_instead(self, provider: ProviderOption | None, chosen: ModelOption | None) -> None:
        """What is gone or going, and what to use instead."""
        told, uses = "", tuple[str, ...]()
        if provider is not None and provider.closed is not None:
            gone = words.translate("ProviderBox", "{title} closed for good on {day}. Use instead:")
            told, uses = gone.format(title=provider.title, day=provider.closed), provider.instead
        elif provider is not None and chosen is not None and chosen.fate is not Fate.FINE:
            retired = words.translate("ProviderBox", "{model} was retired on {day}.")
            retires = words.translate("ProviderBox", "{model} retires on {day}.")
            text = retired if chosen.fate is Fate.RETIRED else retires
            told = text.format(model=chosen.model.name, day=chosen.model.retires_on)
            uses = (f"{provider.name}/{chosen.model.successor}",) if chosen.model.successor else ()
        self.instead.setVisible(bool(told))
        self._told.setText(told)
        while (item := self._buttons.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.setParent(None)
                old.deleteLater()
        for use in uses:
            button = QPushButton(use)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(lambda _on=False, use=use: self.use_entered.emit(use))
            self._buttons.addWidget(button)


def _label(option: ModelOption) -> str:
    """A model in a list, with its end where it has one."""
    day = option.model.retires_on
    if option.fate is Fate.FINE or day is None:
        return option.model.name
    retired = words.translate("ProviderBox", "{model} (retired {day})")
    retires = words.translate("ProviderBox", "{model} (retires {day})")
    return (retired if option.fate is Fate.RETIRED else retires).format(model=option.model.name, day=day)
