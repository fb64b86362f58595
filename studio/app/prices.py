"""A user's own prices, in a file of the user's configuration, which come before the catalog's.

One table for each PROVIDER/MODEL with the fields of `Price`; what a table leaves out is as in the catalog.
Must not know what was used.
"""

import math
import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from studio.app.folders import prices_file
from studio.model.errors import StudioError
from studio.model.preset import CASCADE, Part, Preset, Role
from studio.model.price import Price
from studio.providers import catalog
from studio.providers.whole_file import write_whole

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

UNITS = tuple(name for name in Price.model_fields if name != "as_of")
"""What can have a price."""


def prices(used: Preset | Iterable[tuple[Role, Part]], path: Path | None = None) -> dict[str, Price]:
    """The price of everything that a preset uses, fallbacks included, by PROVIDER/MODEL; none for what has none.

    Raises:
        StudioError: the user's file is damaged; names file and key.
        PresetError: a provider is unknown or closed.
    """
    parts = _parts(used) if isinstance(used, Preset) else used
    own = own_prices(path)
    found = {}
    for role, part in parts:
        model = catalog.known(role, part)
        use = f"{part.provider}/{model.name}"
        if (price := merged(model.price, own.get(use))) is not None:
            found[use] = price
    return found


def own_prices(path: Path | None = None) -> dict[str, Price]:
    """What the user's file says, by PROVIDER/MODEL; nothing where there is none.

    Raises:
        StudioError: the file is damaged; names file and key.
    """
    source = path or prices_file()
    return {use: _price(source, use, table) for use, table in _read(source).items()}


def merged(listed: Price | None, own: Price | None) -> Price | None:
    """The user's price, with the catalog's for what the user says nothing about."""
    if own is None or listed is None:
        return own or listed
    return listed.model_copy(update=own.model_dump(exclude_none=True))


def set_price(use: str, units: Mapping[str, float], as_of: date, path: Path | None = None) -> Price:
    """Put prices of `units` into the user's file, beside those that are there; returns all that the user has set.

    Raises:
        StudioError: no PROVIDER/MODEL, no unit's name, a price below 0 or endless; the file is damaged or cannot
            be written.
    """
    for unit, amount in units.items():
        if not 0 <= amount < math.inf:
            raise StudioError(f"{use}: {unit} is {amount:g}; a price is a number of US dollars, 0 or more.")
    target = path or prices_file()
    document = _document(use, target)
    table = {**(document.unwrap().get(use) or {}), **units, "as_of": as_of}
    price = _price(target, use, table)
    document[use] = table
    _write(target, document)
    return price


def check_use(use: str) -> None:
    """Refuse what cannot have a price; a model that the catalog does not know can.

    Raises:
        StudioError: no PROVIDER/MODEL, or the vendor has closed for good.
    """
    provider, _, model = use.partition("/")
    if provider not in catalog.providers() or not model:
        raise StudioError(f"{use}: give PROVIDER/MODEL; `studio providers list` has them.")
    about = catalog.providers()[provider]
    if about.discontinued is not None:
        raise StudioError(f"{use}: {about.title} closed for good on {about.discontinued}; it has no prices.")


def remove_price(use: str, path: Path | None = None) -> None:
    """Take the user's price away, so that the catalog's holds again.

    Raises:
        StudioError: no PROVIDER/MODEL; the file is damaged or cannot be written.
    """
    target = path or prices_file()
    document = _document(use, target)
    if use in document:
        del document[use]
        _write(target, document)


def _document(use: str, path: Path) -> "TOMLDocument":
    import tomlkit  # only where something is written

    check_use(use)
    own_prices(path)  # a damaged file is not made worse
    return tomlkit.parse(path.read_text("utf-8")) if path.exists() else tomlkit.document()


def _parts(preset: Preset) -> list[tuple[Role, Part]]:
    return [(role, part) for role in CASCADE for part in preset.parts(role)]


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise StudioError(f"{path} is not readable as TOML: {error}; correct it or remove it.") from error


def _price(path: Path, use: str, table: Any) -> Price:
    if not isinstance(table, dict) or "/" not in use:
        raise StudioError(f'{path}: {use}: give a table ["PROVIDER/MODEL"] with as_of and prices.')
    try:
        return Price.model_validate(table)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(str(step) for step in first["loc"]) or "price"
        what = {
            "extra_forbidden": f"there is no such unit; there are: {', '.join(UNITS)}",
            "missing": "missing; give the day the price was looked up",
        }.get(first["type"], first["msg"])
        raise StudioError(f"{path}: {use}: {key}: {what}.") from error


def _write(path: Path, document: "TOMLDocument") -> None:
    try:
        write_whole(path, document.as_string())
    except OSError as error:
        raise StudioError(f"{path} cannot be written: {error.strerror}.") from error
