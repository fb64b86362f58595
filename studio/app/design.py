"""Designing an agent: what can be chosen, edits of a preset's content, and what is wrong with it.

Everything here is a pure function of a preset's content (a file's tables as plain data) and the catalog.
What blocks (keys, vendors) is `app/design_facts.py`; must not know Qt, files or the network.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any

from pydantic import ValidationError

from studio.app.presets import EVERY_PROVIDER
from studio.app.setting_fields import SettingField, as_written, fields_of
from studio.model.errors import PresetError
from studio.model.intent_settings import IntentSettings
from studio.model.preset import CASCADE, Part, Playout, Preset, Role, Routing, Speculation, TurnTaking, at_eagerness
from studio.model.terms import Level
from studio.providers import catalog
from studio.providers.catalog import Model

Content = dict[str, Any]
"""A preset as its file has it; may be wrong in any way while it is being edited."""

OF_PARTS = frozenset({"use", "fallback"})
"""Keys of a part that are no settings of its provider."""
PLACED = frozenset({"model", "provider", "voice", "base_url", "key_env"})
"""Settings that have a place of their own in a form, outside the list of the rest."""


class Fate(StrEnum):
    """Whether there is still somebody at the other end."""

    FINE = "fine"
    RETIRING = "retiring"
    RETIRED = "retired"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class ProviderOption:
    """A provider that has something for a role, or had."""

    name: str
    title: str
    hosted: bool
    closed: date | None
    """The day it closed for good."""
    instead: tuple[str, ...] = ()
    """PROVIDER/MODEL to use instead of a closed one."""


@dataclass(frozen=True, slots=True)
class ModelOption:
    """A model of a provider for a role."""

    model: Model
    fate: Fate


def provider_options(role: Role) -> list[ProviderOption]:
    """Those on this machine, then those at a vendor's, then those that have closed."""
    options = [
        ProviderOption(name, about.title, about.hosted, about.discontinued, about.alternatives)
        for name, about in catalog.providers().items()
        if about.of_role(role) or role in _roles_of(about.alternatives)
    ]
    return sorted(options, key=lambda option: (option.closed is not None, option.hosted))


def model_options(role: Role, provider: str, today: date) -> list[ModelOption]:
    """What the catalog lists of a provider; whatever else its vendor has can be typed."""
    about = catalog.providers().get(provider)
    return [ModelOption(model, fate(model, today)) for model in about.of_role(role)] if about else []


def fate(model: Model, today: date) -> Fate:
    """Whether a model is about to retire, or has."""
    if model.retires_on is None or model.retires_on > today + catalog.WARN_BEFORE:
        return Fate.FINE
    return Fate.RETIRED if model.retires_on <= today else Fate.RETIRING


def server_of(provider: str) -> str:
    """A vendor's own server; empty where there is none."""
    about = catalog.providers().get(provider)
    return about.base_url if about is not None else ""


def _roles_of(alternatives: Sequence[str]) -> set[Role]:
    """What a closed provider did, which the catalog tells by those to use instead."""
    uses = [use.partition("/")[::2] for use in alternatives]
    return {
        model.role
        for name, wanted in uses
        if (about := catalog.providers().get(name)) is not None
        for model in about.models
        if model.name == wanted
    }


# --- edits --------------------------------------------------------------------------------------


def put(content: Content, path: Sequence[str], value: Any) -> Content:
    """`content` with the value at `path`; None takes it away, and its table where nothing is left in it."""
    key, *rest = path
    if not rest:
        return {k: v for k, v in content.items() if k != key} if value is None else {**content, key: value}
    inner = put(content.get(key, {}), rest, value)
    return put(content, [key], inner or None)


def at(content: Content, path: Sequence[str]) -> Any:
    """The value at `path`; None where there is none."""
    value: Any = content
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def use_of(content: Content, role: Role) -> str:
    """PROVIDER or PROVIDER/MODEL of a role; where the preset names none, the default's."""
    use = at(content, (role.value, "use"))
    if isinstance(use, str):
        return use
    default = Preset.model_fields[role.value].default
    return default.use if isinstance(default, Part) else ""


def titles(content: Content, role: Role) -> tuple[str, str]:
    """What people call the provider of a role, and its model's own name."""
    name, _, model = use_of(content, role).partition("/")
    about = catalog.providers().get(name)
    if about is None:
        return name, model
    models = about.of_role(role)
    return about.title, model or (models[0].name if models else "")


def choose_provider(content: Content, role: Role, provider: str) -> Content:
    """Another provider with its default model; the settings of the one before mean nothing to it."""
    about = catalog.providers().get(provider)
    models = about.of_role(role) if about else ()
    fallback = at(content, (role.value, "fallback"))
    part = {"use": f"{provider}/{models[0].name}" if models else provider}
    return {**content, role.value: part if fallback is None else {**part, "fallback": fallback}}


def choose_model(content: Content, role: Role, model: str) -> Content:
    """Another model of the same provider, which keeps its settings; empty: the provider's default."""
    provider = use_of(content, role).partition("/")[0]
    return put(content, (role.value, "use"), f"{provider}/{model}" if model else provider)


def fallbacks(content: Content, role: Role) -> list[str]:
    """PROVIDER/MODEL of those that take over, in order."""
    parts = at(content, (role.value, "fallback")) or []
    return [str(part.get("use", "")) for part in parts if isinstance(part, dict)]


def add_fallback(content: Content, role: Role, use: str) -> Content:
    """One more, after those there are."""
    return _with_fallbacks(content, role, [*(at(content, (role.value, "fallback")) or []), {"use": use}])


def remove_fallback(content: Content, role: Role, index: int) -> Content:
    """One less."""
    parts = list(at(content, (role.value, "fallback")) or [])
    return _with_fallbacks(content, role, parts[:index] + parts[index + 1 :])


def move_fallback(content: Content, role: Role, index: int, to: int) -> Content:
    """Another order."""
    parts = list(at(content, (role.value, "fallback")) or [])
    parts.insert(to, parts.pop(index))
    return _with_fallbacks(content, role, parts)


def _with_fallbacks(content: Content, role: Role, parts: list[Content]) -> Content:
    with_use = put(content, (role.value, "use"), use_of(content, role))
    return put(with_use, (role.value, "fallback"), parts or None)


# --- fields and problems ------------------------------------------------------------------------


def part_of(content: Content, role: Role) -> Part | None:
    """A role's part as the pipeline reads it; None while it is no part at all."""
    try:
        return Part.model_validate({"use": use_of(content, role), **(at(content, (role.value,)) or {})})
    except (ValidationError, TypeError):
        return None


def preset_of(content: Content) -> Preset | None:
    """The preset; None while it breaks a rule."""
    try:
        return Preset.model_validate(content)
    except ValidationError:
        return None


def provider_fields(role: Role, part: Part) -> tuple[SettingField, ...]:
    """What a provider can be told, with what holds for this model where the preset says nothing.

    Imports the provider's module, which may take a while the first time.

    Raises:
        PresetError: there is no such provider for the role.
    """
    try:
        usual = catalog.settings(role, Part(use=part.use))
    except PresetError:  # a model it does not know: its fields are the same
        usual = catalog.settings(role, Part(use=part.provider))
    return tuple(
        replace(field, default=as_written(getattr(usual, field.key)))
        for field in fields_of(type(usual))
        if field.key not in {"model", "provider"}
    )


TAKING = fields_of(TurnTaking)
"""Each timer and threshold, with what the usual eagerness makes of it."""
PLAYING = fields_of(Playout)
WORKING_AHEAD = fields_of(Speculation)
ROUTING = fields_of(Routing)
GUESSING = fields_of(IntentSettings)


def taking_of(content: Content) -> TurnTaking:
    """Turn taking as a call would have it; the usual one while something in it is wrong."""
    try:
        return TurnTaking.model_validate(at(content, ("turn_taking",)) or {})
    except ValidationError:
        return TurnTaking()


def follows(content: Content) -> dict[str, int | float]:
    """What the eagerness makes of the timers and thresholds that are not set by hand."""
    return at_eagerness(taking_of({"turn_taking": {"eagerness": at(content, ("turn_taking", "eagerness"))}}).eagerness)


def problems(content: Content) -> dict[str, str]:
    """What is wrong, one sentence for each key of the preset it is under, such as `agent` or `stt`.

    Imports the modules of the providers.
    """
    found: dict[str, str] = {}
    try:
        Preset.model_validate(content)
    except ValidationError as error:
        for each in error.errors(include_url=False):
            place, *rest = map(str, each["loc"])
            found.setdefault(place, f"{'.'.join(rest) or place}: {each['msg']}.")
    for role in CASCADE:
        if role.value not in found and (part := part_of(content, role)) is not None and (wrong := _wrong(role, part)):
            found[role.value] = wrong.removeprefix(f"{role}: ")
    for level, part in router_parts(content).items():
        if wrong := _wrong(Role.LLM, part):
            found.setdefault("router", wrong.replace(Role.LLM, level, 1))
    return found


def _wrong(role: Role, part: Part) -> str:
    """What is wrong with the settings of a part or of who takes over for it; empty: nothing."""
    try:
        for candidate in part.candidates:
            catalog.settings(role, candidate)
    except PresetError as error:
        return str(error)
    return ""


def router_parts(content: Content) -> dict[Level, Part]:
    """The models of the levels that have one of their own; none while the table is wrong."""
    try:
        return Routing.model_validate(content.get("router", {})).own
    except ValidationError:
        return {}


def asked(content: Content) -> list[tuple[Role, Part]]:
    """Every part that a call may ask, with its role: fallbacks and the levels' models, too."""
    chosen = [(role, part) for role in CASCADE if (part := part_of(content, role)) is not None]
    chosen += [(Role.LLM, part) for part in router_parts(content).values()]
    return [(role, candidate) for role, part in chosen for candidate in part.candidates]


def reached(content: Content, base_urls: Sequence[tuple[str, str]]) -> Content:
    """`content` with the servers that this program was told to reach its providers at."""
    for role in CASCADE:
        provider = use_of(content, role).partition("/")[0]
        about = catalog.providers().get(provider)
        for name, url in base_urls:
            if name == provider or (name == EVERY_PROVIDER and about is not None and about.hosted):
                content = put(content, (role.value, "base_url"), url.replace("{provider}", provider))
    return content


def key_name(role: Role, part: Part) -> str:
    """The name of the key a part wants; empty where it wants none."""
    about = catalog.providers().get(part.provider)
    own = part.settings.get("key_env")
    if isinstance(own, str):
        return own
    return (about.env_key or "") if about is not None and about.of_role(role) else ""


def wants_key(part: Part) -> bool:
    """Whether a part is of no use without its key: a vendor's own server is asked."""
    about = catalog.providers().get(part.provider)
    base_url = str(part.settings.get("base_url") or "").rstrip("/")
    return about is not None and about.key_required and base_url in ("", about.base_url.rstrip("/"))


def refused_key(content: Content, sentence: str) -> tuple[str, str] | None:
    """Provider and key that an error speaks of; None where it names none that the preset uses."""
    for role, part in asked(content):
        if (name := key_name(role, part)) and name in sentence:
            return part.provider, name
    return None


def as_text(value: object) -> str:
    """A value of a setting on one line."""
    if isinstance(value, Mapping):
        return ", ".join(f"{key} = {as_text(inner)}" for key, inner in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(as_text, value))
    return str(value).lower() if isinstance(value, bool) else str(value)
