"""Model weights: where they lie, whether they are the published bytes, and how they get here. Knows no engine.

`locate` gives the verified file or folder and never fetches; `missing` says which sets it would refuse; `fetch` brings
them here from the first place that carries them; `read_manifest` lists every set, its publisher, licence and places.
"""

from studio.providers.weights.cache import locate, missing
from studio.providers.weights.fetch import fetch
from studio.providers.weights.manifest import Manifest, WeightSet, read_manifest
from studio.providers.weights.progress import Progress

__all__ = ["Manifest", "Progress", "WeightSet", "fetch", "locate", "missing", "read_manifest"]
