"""Everything that can be chosen, with what is known of it here and now: key, price, speed, retirement.

Blocks on the keyring and on two small files. Must not know how it is shown.
"""

from dataclasses import dataclass
from datetime import date

from studio.app.measured import medians
from studio.app.plan import Figure, Tier, first, tier
from studio.app.plan_cost import runs_here
from studio.app.prices import merged, own_prices
from studio.model.errors import PresetError
from studio.model.preset import Part, Role
from studio.model.price import Price
from studio.providers import catalog, keys
from studio.providers.catalog import Model, Provider


@dataclass(frozen=True, slots=True)
class Offer:
    """One model of one provider in one role."""

    provider: str
    about: Provider
    model: Model
    key_place: str | None
    """`environment` or `keyring`; None: not set, or none is wanted."""
    price: Price | None
    """The user's own before the catalog's; None: not known, or free."""
    own_price: bool
    """Whether some of it is the user's."""
    free: bool
    """It runs on this machine."""
    speed: Figure
    """To the judgement, the final words, the first token or the first sound."""
    tier: Tier | None
    """Of a language model whose speed is known."""

    @property
    def use(self) -> str:
        """PROVIDER/MODEL."""
        return f"{self.provider}/{self.model.name}"


def offers(role: Role | None = None, provider: str | None = None) -> list[Offer]:
    """What there is, for one role or all, of one provider or all.

    Raises:
        PresetError: there is no such provider.
        StudioError: the user's file of prices is damaged.
    """
    if provider is not None and provider not in catalog.providers():
        raise PresetError(f"There is no provider {provider!r}; there are: {', '.join(catalog.providers())}.")
    names = list(catalog.providers()) if provider is None else [provider]
    own, measured = own_prices(), medians()
    places: dict[str, str | None] = {}
    found = []
    for name in names:
        about = catalog.provider(name)
        if about.env_key:
            places[about.env_key] = keys.place_of(about.env_key)
        for model in about.models:
            if role in (None, model.role):
                found.append(_offer(name, about, model, (own, measured, places)))
    order = list(Role)
    return sorted(found, key=lambda offer: order.index(offer.model.role))


def closed() -> list[tuple[str, Provider]]:
    """The providers that are no more, by name."""
    return [(name, about) for name, about in catalog.providers().items() if about.discontinued is not None]


_Known = tuple[dict[str, Price], dict[str, float], dict[str, str | None]]
"""Own prices by use, medians by name, places of keys by name."""


def _offer(name: str, about: Provider, model: Model, known: _Known) -> Offer:
    own, measured, places = known
    part = Part(use=f"{name}/{model.name}")
    speed = first(model.role, part, measured)
    return Offer(
        provider=name,
        about=about,
        model=model,
        key_place=places.get(about.env_key or ""),
        price=merged(model.price, own.get(part.use)),
        own_price=part.use in own,
        free=runs_here(part),
        speed=speed,
        tier=tier(speed.ms) if model.role is Role.LLM and speed.ms is not None else None,
    )


def fate(offer: Offer, today: date) -> str:
    """When a model ends, or ended, and what to use instead; empty where no end is known."""
    model = offer.model
    if model.retires_on is None:
        return ""
    verb = "retired" if model.retires_on <= today else "retires"
    instead = f", use {offer.provider}/{model.successor}" if model.successor else ""
    return f"{verb} {model.retires_on}{instead}"
