"""The classifiers' weights as files: read once, and only while they are those of the labelled set beside them.

Must not know what is done with them.
"""

from functools import cache
from hashlib import sha256
from pathlib import Path
from zipfile import BadZipFile

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
    return read(WEIGHTS, UTTERANCES.read_text("utf-8"))


def read(weights: Path, table: str) -> Classifiers:
    """The classifiers in a file that was made from this labelled set.

    Raises:
        StudioError: as `classifiers`.
    """
    remedy = "`python packaging/train_routing.py` makes it"
    try:
        with weights.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            made_from = str(arrays["fingerprint"])
            levels, intents = (
                Classifier(
                    tuple(map(str, arrays[f"{name}_classes"])),
                    arrays[f"{name}_weights"].astype(np.float32),
                    arrays[f"{name}_bias"],
                )
                for name in ("levels", "intents")
            )
            found = Classifiers(levels, intents, arrays["rarity"].astype(np.float32))
    except (OSError, EOFError, KeyError, ValueError, BadZipFile) as error:
        raise StudioError(f"{weights} cannot be used: {error}; {remedy}.") from error
    if made_from != fingerprint(table):
        raise StudioError(f"{weights} is not made from the utterances beside it; {remedy}.")
    return found
