"""What the Design screen must ask for: where keys are, what a preset is planned to take, what a vendor offers.

Everything here may block on files, the keyring or the network: call it in a thread. Must not know Qt.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from studio.app import design
from studio.app.design import Content, Fate
from studio.app.folders import voices_folder
from studio.app.measured import medians
from studio.app.plan import Plan, plan
from studio.app.prices import prices
from studio.app.setting_fields import SettingField
from studio.model.errors import PresetError
from studio.model.preset import CASCADE, Part, Role
from studio.providers import catalog, keys

if TYPE_CHECKING:
    from studio.providers.voices import Listing

_VOICES_LAST = timedelta(days=1)


class Health(StrEnum):
    """Whether a box of the pipeline can do its work."""

    READY = "ready"
    """Its key is there, or it wants none."""
    KEY_MISSING = "key_missing"
    RETIRING = "retiring"
    RETIRED = "retired"
    CLOSED = "closed"
    WRONG = "wrong"
    """A setting is."""
    UNKNOWN = "unknown"
    """It is being looked up."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one state of a preset."""

    content: Content = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)
    """One sentence for each key of the preset that is wrong."""
    fields: Mapping[Role, tuple[SettingField, ...]] = field(default_factory=dict)
    """What each chosen provider can be told."""
    keys: Mapping[str, str | None] = field(default_factory=dict)
    """By the name of a key: `environment` or `keyring`, None where it is not set."""
    plan: Plan | None = None
    """None while something is wrong."""


@dataclass(frozen=True, slots=True)
class KeyNeed:
    """A key that a provider wants."""

    provider: str
    title: str
    """What people call the provider."""
    name: str
    """The key's, in the environment or the keyring."""
    sign_up: str
    """The page where one is to be had; empty: not known."""
    place: str | None = None
    """`environment` or `keyring`; None: it is not set, or not known whether."""


def key_need(provider: str, name: str, place: str | None = None) -> KeyNeed:
    """What is known of a key that a provider of the catalog wants."""
    about = catalog.provider(provider)
    return KeyNeed(provider, about.title, name, about.sign_up, place)


def keep_key(name: str, key: str) -> None:
    """Put a key into this system's keyring.

    Raises:
        StudioError: there is no keyring, or it refuses.
    """
    keys.keep(name, key)


def facts(content: Content) -> Facts:
    """Look up everything about a preset as it stands. Imports providers, asks the keyring and reads files."""
    parts = {role: part for role in CASCADE if (part := design.part_of(content, role)) is not None}
    fields = {}
    for role, part in parts.items():
        try:
            fields[role] = design.provider_fields(role, part)
        except PresetError:
            continue  # it is among the problems
    names = {name for role, part in design.asked(content) if (name := design.key_name(role, part))}
    places = {name: keys.place_of(name) for name in sorted(names)}
    return Facts(content, design.problems(content), fields, places, _plan(content))


def _plan(content: Content) -> Plan | None:
    preset = design.preset_of(content)
    try:
        return plan(preset, medians(), prices(preset)) if preset is not None else None
    except PresetError:  # it is among the problems
        return None


def voices(part: Part, fresh: bool) -> "Listing":
    """The voices of a part's provider; those that were listed within a day will do unless `fresh` ones are wanted.

    Raises:
        StudioError: it cannot be asked, and nothing is kept.
    """
    from studio.providers.voices import list_voices

    age = timedelta() if fresh else _VOICES_LAST
    return asyncio.run(list_voices(part.provider, part, voices_folder(), age))


def check(part: Part) -> float:
    """Make the cheapest request that shows whether a part's key is accepted; returns what it took, in milliseconds.

    Raises:
        StudioError: it is not, or the server cannot be reached.
    """
    from studio.providers.check import check as ask

    settings = part.settings
    key_env = settings.get("key_env")
    base_url = str(settings.get("base_url") or "")
    return asyncio.run(ask(part.provider, base_url, key_env if isinstance(key_env, str) else None))


def health(role: Role, content: Content, known: Facts | None, today: date) -> Health:
    """How a role's chosen provider is."""
    part = design.part_of(content, role)
    if part is None:
        return Health.WRONG
    about = catalog.providers().get(part.provider)
    if about is not None and about.discontinued is not None:
        return Health.CLOSED
    if about is None or not about.of_role(role):
        return Health.WRONG
    fate = design.fate(catalog.known(role, part), today)
    if fate is Fate.RETIRED:
        return Health.RETIRED
    if known is None:
        return Health.UNKNOWN
    if role.value in known.problems:
        return Health.WRONG
    if _lacks_key(role, part, known):
        return Health.KEY_MISSING
    return Health.RETIRING if fate is Fate.RETIRING else Health.READY


def _lacks_key(role: Role, part: Part, known: Facts) -> bool:
    name = design.key_name(role, part)
    return bool(name) and design.wants_key(part) and known.keys.get(name, "") is None
