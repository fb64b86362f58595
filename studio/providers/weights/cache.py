"""Where weights lie on this machine and whether they are the published bytes. Knows nothing of where they come from.

A file counts as verified while its size and modification time are those of the moment its sha256 was checked; the stamp
of that moment is kept beside the sets, so that starting does not read 491 MB and a changed file is still refused.
"""

import hashlib
import json
import os
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

from studio.model.errors import WeightsError
from studio.providers.weights.manifest import WeightFile, WeightSet, read_manifest
from studio.providers.whole_file import write_whole

Stamps = dict[str, list[object]]
"""By path in the set: the sha256 that was checked, and the size and mtime_ns of the file when it was."""


def cache_folder() -> Path:
    """The folder of all sets: STUDIO_WEIGHTS_CACHE, else this user's cache folder."""
    if chosen := os.environ.get("STUDIO_WEIGHTS_CACHE"):
        return Path(chosen).expanduser().absolute()
    from platformdirs import user_cache_path  # 10 ms that a chosen folder saves

    return user_cache_path("voice-agent-studio") / "weights"


def locate(name: str) -> Path:
    """The verified weights called `name`: the file where the set has one file, else the folder.

    Raises WeightsError where a file is missing or is not the published one. Never fetches.
    """
    weights = read_manifest().named(name)
    if wrong := unverified(weights):
        paths = ", ".join(file.path for file in wrong[:3]) + (", ..." if len(wrong) > 3 else "")
        raise WeightsError(f"The weights {name!r} are not usable: {paths} missing or changed; {_remedy(weights)}.")
    folder = folder_of(weights)
    return folder / weights.files[0].path if len(weights.files) == 1 else folder


def missing(names: Iterable[str]) -> tuple[str, ...]:
    """Those of `names` that `locate` would refuse."""
    manifest = read_manifest()
    return tuple(name for name in names if unverified(manifest.named(name)))


def folder_of(weights: WeightSet) -> Path:
    """The folder that holds, or would hold, the files of the set."""
    if weights.installed is None:
        return cache_folder() / weights.name
    package = find_spec(weights.installed.package)
    if package is None or not package.submodule_search_locations:
        raise WeightsError(
            f"The weights {weights.name!r} are part of a package that is not installed; {_remedy(weights)}."
        )
    return Path(package.submodule_search_locations[0]) / weights.installed.folder


def unverified(weights: WeightSet) -> tuple[WeightFile, ...]:
    """The files of the set that are missing or are not the published ones; remembers those that are."""
    folder = folder_of(weights)
    stamp_path = cache_folder() / f"{weights.name}.verified.json"
    known = _read_stamps(stamp_path)
    stamps = {file.path: stamp for file in weights.files if (stamp := _stamp(folder, file, known)) is not None}
    if stamps != known:
        _write_stamps(stamp_path, stamps)
    return tuple(file for file in weights.files if file.path not in stamps)


def sha256_of(path: Path) -> str:
    """The sha256 of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _stamp(folder: Path, file: WeightFile, known: Stamps) -> list[object] | None:
    path = folder / file.path
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    stamp: list[object] = [file.sha256, status.st_size, status.st_mtime_ns]
    if status.st_size == file.size and (known.get(file.path) == stamp or sha256_of(path) == file.sha256):
        return stamp
    return None


def _read_stamps(path: Path) -> Stamps:
    try:
        stamps = json.loads(path.read_bytes())
    except (FileNotFoundError, ValueError):  # never written, or damaged: check the files again
        return {}
    return stamps if isinstance(stamps, dict) else {}


def _write_stamps(path: Path, stamps: Stamps) -> None:
    try:
        write_whole(path, json.dumps(stamps, indent=1))
    except OSError as error:
        raise WeightsError(
            f"Cannot write {path}: {error.strerror}; set STUDIO_WEIGHTS_CACHE to a folder you can write."
        ) from error


def _remedy(weights: WeightSet) -> str:
    if weights.installed:
        return f"install {weights.installed.requirement} again"
    return f"run `python -m studio.providers.weights {weights.name}`"
