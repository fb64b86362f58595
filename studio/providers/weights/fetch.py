"""Makes weights available: looks at what is here and has the rest transferred. Imports nothing heavy until it must."""

from collections.abc import Iterable

from studio.providers.weights.cache import locate, unverified
from studio.providers.weights.manifest import read_manifest
from studio.providers.weights.progress import Progress


def fetch(names: Iterable[str], progress: Progress | None = None) -> None:
    """Makes `locate` succeed for every set of `names`; a set that is here costs a look at its stamps.

    The folder STUDIO_WEIGHTS_OFFLINE, laid out like the cache, is looked at before any other place.
    Raises WeightsError where a set is not to be had, is damaged everywhere, or does not fit on the disk.
    """
    manifest = read_manifest()
    wanted = {weights: files for name in names if (files := unverified(weights := manifest.named(name)))}
    for weights in wanted:
        if weights.installed:
            locate(weights.name)  # raises: says which package to install again
    if wanted:
        from studio.providers.weights.transfer import transfer  # with httpx 300 ms, which a complete cache saves

        transfer(wanted, progress or (lambda _done, _total, _label: None))
