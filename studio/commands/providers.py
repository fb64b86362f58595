"""`studio providers`: what there is, keys, voices and prices."""

import argparse
import asyncio
import json
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from studio.commands.arguments import base_urls, price_words, today
from studio.model.errors import StudioError
from studio.model.preset import Part, Role

if TYPE_CHECKING:
    from studio.app.offers import Offer


def list_providers(chosen: argparse.Namespace) -> int:
    """A line, or an object, for each model of each provider."""
    from studio.app.offers import closed, offers

    found = offers(Role(chosen.role) if chosen.role else None)
    if chosen.json:
        print(json.dumps({"providers": [_as_object(offer) for offer in found]}, indent=2))
        return 0
    rows = [
        (offer.model.role.value, offer.use, _key_words(offer), _speed_words(offer), _price_words(offer), _fate(offer))
        for offer in found
    ]
    widths = [max(len(row[index]) for row in rows) for index in range(5)]
    for row in rows:
        print("  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[5]]).rstrip())
    for name, about in closed():
        others = ", ".join(about.alternatives)
        print(f"{about.title} ({name}) closed for good on {about.discontinued}; use instead: {others}")
    return 0


def show_provider(chosen: argparse.Namespace) -> int:
    """Everything that is known of one."""
    from studio.app.offers import offers
    from studio.providers import catalog

    found = offers(provider=chosen.name)
    if chosen.json:
        print(json.dumps({"providers": [_as_object(offer) for offer in found]}, indent=2))
        return 0
    about = catalog.provider(chosen.name)
    print(about.title)
    if about.discontinued is not None:
        print(f"  closed for good on {about.discontinued}; use instead: {', '.join(about.alternatives)}")
    if about.hosted:
        print(f"  server: {about.base_url}")
        print(f"  key: {about.env_key or 'none'}, {_key_words(found[0]) if found else 'not looked up'}")
        print(f"  get one at: {about.sign_up}" if about.sign_up else "  runs without a key")
    for offer in found:
        print("\n".join(_offer_lines(offer)))
    return 0


def check_provider(chosen: argparse.Namespace) -> int:
    """Whether the key is accepted."""
    from studio.providers.check import check

    took_ms = asyncio.run(check(chosen.name, _url_of(chosen)))
    print(f"{chosen.name}: accepted in {took_ms:.0f} ms")
    return 0


def keep_key(chosen: argparse.Namespace) -> int:
    """Put a key into the keyring, read without showing it, or take it out."""
    from getpass import getpass

    from studio.providers import catalog, keys

    about = catalog.providers().get(chosen.name)
    if about is None or not about.env_key:
        raise StudioError(f"There is no provider {chosen.name!r} that wants a key; see studio providers list.")
    if chosen.remove:
        keys.keep(about.env_key, "")
        print(f"{about.env_key} is no longer in the keyring.")
        return 0
    if sys.stdin.isatty():
        key = getpass(f"{about.title}'s API key ({about.env_key}, not shown): ").strip()
    else:
        key = sys.stdin.readline().strip()
    if not key:
        raise StudioError(f"No key was given for {chosen.name}; the keyring is as it was.")
    keys.keep(about.env_key, key)
    print(f"{about.env_key} is in the keyring.")
    if keys.place_of(about.env_key) == "environment":
        print(f"The environment variable {about.env_key} is set, too, and comes first.")
    return 0


def list_voices(chosen: argparse.Namespace) -> int:
    """A line, or an object, for each voice."""
    from datetime import timedelta

    from studio.app.folders import voices_folder
    from studio.providers import voices

    url = _url_of(chosen)
    part = Part.model_validate({"use": chosen.name, "base_url": url}) if url else None
    age = timedelta() if chosen.fresh else timedelta(days=1)
    listing = asyncio.run(voices.list_voices(chosen.name, part, voices_folder(), age))
    if chosen.json:
        found = [{"id": voice.id, "title": voice.title} for voice in listing.voices]
        print(json.dumps({"as_of": listing.as_of.isoformat(), "live": listing.live, "voices": found}, indent=2))
    else:
        width = max((len(voice.id) for voice in listing.voices), default=0)
        for voice in listing.voices:
            print(f"{voice.id.ljust(width)}  {voice.title}".rstrip())
        if not listing.live:
            print(f"As listed on {listing.as_of:%Y-%m-%d %H:%M} UTC; --fresh asks again.", file=sys.stderr)
    if listing.trouble:
        print(listing.trouble, file=sys.stderr)
    return 0


def set_price(chosen: argparse.Namespace) -> int:
    """Set, remove or show the user's price of a model."""
    from studio.app import prices
    from studio.providers import catalog

    prices.check_use(chosen.use)
    units = {unit: amount for unit in prices.UNITS if (amount := getattr(chosen, unit)) is not None}
    if chosen.remove:
        prices.remove_price(chosen.use)
    elif units:
        prices.set_price(chosen.use, units, today())
    provider, _, name = chosen.use.partition("/")
    model = next((model for model in catalog.provider(provider).models if model.name == name), None)
    own = prices.own_prices().get(chosen.use)
    print(f"{chosen.use}: {price_words(prices.merged(model.price if model else None, own))}{', yours' if own else ''}")
    return 0


def _url_of(chosen: argparse.Namespace) -> str:
    """The server that was given for the provider; empty: its own."""
    from studio.app.presets import given_server

    return given_server(base_urls(chosen.base_url), chosen.name)


def _key_words(offer: "Offer") -> str:
    if not offer.about.env_key or not offer.about.hosted:
        return "no key needed"
    if offer.key_place is not None:
        return f"key in the {offer.key_place}"
    return "key not set" if offer.about.key_required else "no key needed"


def _price_words(offer: "Offer") -> str:
    return price_words(offer.price, offer.free) + (", yours" if offer.own_price else "")


def _speed_words(offer: "Offer") -> str:
    if offer.speed.ms is None:
        return "?"
    named = f"{offer.tier}, " if offer.tier else ""
    return f"{named}{offer.speed.ms:.0f} ms {offer.speed.source}"


def _fate(offer: "Offer") -> str:
    from studio.app.offers import fate

    return fate(offer, today())


def _offer_lines(offer: "Offer") -> Iterator[str]:
    from studio.providers.catalog import CAPABILITIES

    model = offer.model
    yield f"  {model.role}: {offer.use}{f' ({model.title})' if model.title else ''}"
    yield f"      price: {_price_words(offer)}; speed: {_speed_words(offer)}"
    if model.languages:
        yield f"      languages: {', '.join('many' if code == '*' else code for code in model.languages)}"
    for word in model.capabilities:
        yield f"      {word}: {CAPABILITIES.get(word, word)}"
    if model.voice:
        yield f"      voice: {model.voice}"
    if end := _fate(offer):
        yield f"      {end}"


def _as_object(offer: "Offer") -> dict[str, Any]:
    model = offer.model
    return {
        "role": model.role.value,
        "use": offer.use,
        "title": model.title or model.name,
        "provider_title": offer.about.title,
        "hosted": offer.about.hosted,
        "key_name": offer.about.env_key,
        "key_place": offer.key_place,
        "key_required": bool(offer.about.env_key) and offer.about.hosted and offer.about.key_required,
        "first_ms": offer.speed.ms,
        "first_ms_source": offer.speed.source.value,
        "tier": offer.tier,
        "price": None if offer.price is None else offer.price.model_dump(mode="json", exclude_none=True),
        "own_price": offer.own_price,
        "free": offer.free,
        "languages": list(model.languages),
        "capabilities": list(model.capabilities),
        "retires_on": None if model.retires_on is None else model.retires_on.isoformat(),
        "successor": model.successor,
    }
