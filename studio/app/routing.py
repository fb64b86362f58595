"""The classifiers' weights as files: read once, and only while they are those of the labelled set beside them.

Must not know what is done with them.
"""

from functools import cache
from hashlib import sha256

import numpy as np

from studio.app.folders import assets_folder
from studio.model.errors import StudioError
from studio.pipeline.routing.classifier import Classifier, Classifiers
from studio.pipeline.routing.features import VERSION

UTTERANCES = assets_folder() / "routing" / "utterances.tsv"
"""The labelled set."""
WEIGHTS = assets_folder() / "routing" / "weights.npz"
"""What `packaging/train_routing.py` makes of it."""


def fingerprint(table: str) -> str:
    """What weights are made from: the labelled set and the features' version."""
    return sha256(f"{VERSION}\n{table}".encode()).hexdigest()


@cache
def classifiers() -> Classifiers:
    """The trained classifiers, read when they are first wanted: a few milliseconds.

    Raises:
        StudioError: the file is missing, damaged or of another version of the studio.
    """
    try:
        with np.load(WEIGHTS, allow_pickle=False) as arrays:
            if str(arrays["fingerprint"]) != fingerprint(UTTERANCES.read_text("utf-8")):
                raise ValueError("it is not made from utterances.tsv")
            levels, intents = (
                Classifier(
                    tuple(map(str, arrays[f"{name}_classes"])),
                    arrays[f"{name}_weights"].astype(np.float32),
                    arrays[f"{name}_bias"],
                )
                for name in ("levels", "intents")
            )
            return Classifiers(levels, intents, arrays["rarity"].astype(np.float32))
    except (OSError, KeyError, ValueError) as error:
        raise StudioError(
            f"{WEIGHTS} cannot be used: {error}; `python packaging/train_routing.py` makes it."
        ) from error
