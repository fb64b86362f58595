"""Every provider there is, as data (`catalog.toml`); reading it loads none. A new one is one file and one table.

Must not know how a provider works, only where it is, what it is called and what is known of it.
"""

import tomllib
from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, Field, JsonValue, ValidationError

from studio.model.errors import PresetError
from studio.model.preset import CASCADE, Part, Preset, Role
from studio.model.price import Price
from studio.model.strict import Strict
from studio.providers.settings import ProviderSettings

FILE = Path(__file__).with_suffix(".toml")
WARN_BEFORE = timedelta(days=60)
"""A model that retires within this time warns."""


class _Data(Strict):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)


class Model(_Data):
    """One model of one provider in one role."""

    role: Role
    name: str
    """MODEL in PROVIDER/MODEL: the vendor's own name for it."""
    target: str
    """MODULE:CLASS, imported when it is first needed."""
    title: str = ""
    """How people call it; empty: as its name."""
    weights: str | None = None
    """The name of the weights it needs on disk."""
    languages: tuple[str, ...] = ()
    """Two letters each; `*`: dozens. Empty: not known."""
    capabilities: tuple[str, ...] = ()
    """What it can do beyond its role's least: the words are in `CAPABILITIES`."""
    voice: str | None = None
    """For TTS: the voice that is used where the preset names none."""
    first_ms: float | None = None
    """Published time to the final words (STT), the first token (LLM) or the first sound (TTS), in milliseconds."""
    price: Price | None = None
    retires_on: date | None = None
    successor: str | None = None
    """The model of the same provider and role to use instead."""
    alternatives: tuple[str, ...] = ()
    """For one that retires without a successor: PROVIDER/MODEL to use instead."""
    settings: dict[str, JsonValue] = Field(default_factory=dict)
    """What this model wants set where the preset says nothing, beside its provider's."""


class Provider(_Data):
    """A vendor, or an engine on this machine."""

    title: str
    base_url: str = ""
    """Where the vendor's own server is; empty: there is none."""
    env_key: str | None = None
    """The name of its API key; None: it wants none."""
    key_required: bool = True
    """False: its servers may do without a key, such as those on this machine."""
    key_header: str = "Authorization: Bearer {key}"
    """The header that carries the key."""
    headers: dict[str, str] = Field(default_factory=dict)
    """Those that every request needs beside the key's, such as the version of the protocol."""
    sign_up: str = ""
    """The page where a key is to be had."""
    check: str = ""
    """The path of the cheapest GET that tells whether a key is accepted."""
    discontinued: date | None = None
    """The day the vendor closed for good."""
    alternatives: tuple[str, ...] = ()
    """For a discontinued one: PROVIDER/MODEL to use instead."""
    settings: dict[Role, dict[str, JsonValue]] = Field(default_factory=dict)
    """What all its models of a role want set where the preset says nothing."""
    models: tuple[Model, ...] = Field(default=())

    @property
    def hosted(self) -> bool:
        """Whether it runs at somebody's server, which `base_url` can replace."""
        return bool(self.base_url)

    def of_role(self, role: Role) -> tuple[Model, ...]:
        """Its models for a role, the default first."""
        return tuple(model for model in self.models if model.role is role)


CAPABILITIES = {
    "interim": "says words while the user still speaks",
    "words": "tells when each word is spoken",
    "finalize": "gives the final words at once when told that the user has paused",
    "turn_end": "judges by itself that the user's turn is over",
    "eager_end": "tells early that the turn may be over, and takes it back",
    "tools": "asks for tools",
    "cache": "keeps the beginning of a prompt, and says how much of it",
    "streams_text": "begins to speak before the text is complete",
    "voices": "lists its voices",
    "heard": "tells which words were spoken when it is interrupted",
}


@cache
def providers() -> dict[str, Provider]:
    """Every provider by its name in presets."""
    return {name: Provider.model_validate(table) for name, table in tomllib.loads(FILE.read_text("utf-8")).items()}


def provider(name: str) -> Provider:
    """The provider of that name, which the catalog has."""
    return providers()[name]


def find(role: Role, name: str) -> Provider:
    """The provider of that name, for a role.

    Raises:
        PresetError: there is none, with those that exist; or it has closed for good, with what to use instead.
    """
    found = providers().get(name)
    if found is not None and found.discontinued is not None:
        others = "; ".join(map(_offer, found.alternatives))
        raise PresetError(f"{role}: {found.title} closed for good on {found.discontinued}; use instead: {others}.")
    if found is not None and found.of_role(role):
        return found
    there = [each for each, about in providers().items() if about.of_role(role)]
    if not there:
        raise PresetError(f"{role}: this version of the studio has no provider for {role} yet; leave it out.")
    raise PresetError(f"{role}: unknown provider {name!r}; there are: {', '.join(there)}.")


def known(role: Role, part: Part) -> Model:
    """What is known of a preset's choice; a model that is not listed has its provider's target and nothing else.

    Raises:
        PresetError: as `find`.
    """
    models = find(role, part.provider).of_role(role)
    if part.model is None:
        return models[0]
    listed = next((model for model in models if model.name == part.model), None)
    return listed or Model(role=role, name=part.model, target=models[0].target)


def settings(role: Role, part: Part) -> ProviderSettings:
    """A preset's choice checked against the provider's settings. Loads no model and no heavy library.

    Raises:
        PresetError: unknown provider, unknown key or wrong type; names the key and what is allowed.
    """
    model = known(role, part)
    schema: type[ProviderSettings] = _engine(model).Settings
    keys = [name for name in schema.model_fields if name not in {"model", "provider"}]
    for key in part.settings:
        if key not in keys:
            raise PresetError(
                f"{role}: unknown key {key!r} for {part.provider}; it knows: {', '.join(keys) or 'none'}."
            )
    own = {"provider": part.provider} if "provider" in schema.model_fields else {}
    voice = {"voice": model.voice} if model.voice is not None and "voice" in schema.model_fields else {}
    usual = voice | provider(part.provider).settings.get(role, {}) | model.settings
    try:
        return schema.model_validate({**own, **usual, **part.settings, "model": model.name})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(str(step) for step in first["loc"]) or "settings"
        raise PresetError(f"{role}: {key!r} for {part.provider}: {first['msg']}.") from error


def build(role: Role, part: Part) -> Any:
    """The provider itself, not yet open: it has the port of `role` in `studio.pipeline.ports`.

    Raises:
        PresetError: as `settings`.
    """
    return _engine(known(role, part))(settings(role, part))


def weights_of(preset: Preset, roles: Sequence[Role] = CASCADE) -> list[str]:
    """Names of the weights the preset's parts in these roles need on disk, in the order of the pipeline."""
    names = [known(role, part).weights for role in roles for part in preset.parts(role)]
    return [name for name in dict.fromkeys(names) if name is not None]


def retiring(role: Role, part: Part, today: date) -> str | None:
    """A sentence where the chosen model retires within 60 days; None where it does not.

    Raises:
        PresetError: it has retired already; names its successor.
    """
    model = known(role, part)
    if model.retires_on is None or model.retires_on > today + WARN_BEFORE:
        return None
    instead = f"; use {part.provider}/{model.successor}" if model.successor else ""
    if model.alternatives:
        instead = f"; use instead: {'; '.join(map(_offer, model.alternatives))}"
    if model.retires_on <= today:
        raise PresetError(f"{role}: {part.provider}/{model.name} was retired on {model.retires_on}{instead}.")
    return f"{part.provider}/{model.name} retires on {model.retires_on}{instead}."


def _offer(use: str) -> str:
    """`cartesia/sonic-3.5 ($0.038 for 1000 characters, 90 ms)`."""
    part = Part(use=use)
    model = next((m for m in providers()[part.provider].models if m.name == part.model), None)
    facts = []
    if model is not None and model.price is not None and model.price.characters_1k is not None:
        facts.append(f"${model.price.characters_1k:g} for 1000 characters")
    if model is not None and model.first_ms is not None:
        facts.append(f"first sound after {model.first_ms:g} ms as published")
    return f"{use} ({', '.join(facts)})" if facts else use


def _engine(model: Model) -> Any:
    module, _, name = model.target.partition(":")
    return getattr(import_module(module), name)
