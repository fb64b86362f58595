from pathlib import Path

import numpy as np
import pytest

from studio.app.routing import UTTERANCES, WEIGHTS, classifiers, fingerprint, read
from studio.model.errors import StudioError
from studio.model.terms import Intent, Level

TABLE = UTTERANCES.read_text("utf-8")


def test_the_weights_are_those_of_the_utterances_beside_them() -> None:
    """Whoever changes the set, or what is seen of it, runs `python packaging/train_routing.py`."""
    trained = classifiers()
    assert trained.levels.classes == tuple(level.value for level in Level)
    assert trained.intents.classes == tuple(intent.value for intent in Intent)


def test_they_are_small_and_read_once() -> None:
    assert WEIGHTS.stat().st_size < 1_000_000
    assert classifiers() is classifiers()


def test_weights_of_another_set_are_refused() -> None:
    with pytest.raises(StudioError, match=r"not made from the utterances .*train_routing"):
        read(WEIGHTS, TABLE + "booking\tsimple\tone more\n")
    assert fingerprint(TABLE) != fingerprint(TABLE + "x")


def test_what_is_no_weights_file_is_told_with_what_to_do(tmp_path: Path) -> None:
    damaged = tmp_path / "weights.npz"
    for content in (b"", b"PK\x03\x04 cut off", WEIGHTS.read_bytes()[:5000]):
        damaged.write_bytes(content)
        with pytest.raises(StudioError, match=r"cannot be used: .*train_routing"):
            read(damaged, TABLE)
    np.savez(damaged, fingerprint=np.array(fingerprint(TABLE)))
    with pytest.raises(StudioError, match="cannot be used"):
        read(damaged, TABLE)
    with pytest.raises(StudioError, match="cannot be used"):
        read(tmp_path / "none.npz", TABLE)
