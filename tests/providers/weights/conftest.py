"""An empty cache, a hub on this machine and an empty registry: no test here leaves the machine."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from studio.providers.weights import manifest
from studio.providers.weights.manifest import WeightSet
from tests.providers.weights.loopback import LoopbackHub, serve, toml_of


@pytest.fixture
def weights_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("STUDIO_WEIGHTS_CACHE", str(folder))
    monkeypatch.delenv("STUDIO_WEIGHTS_OFFLINE", raising=False)
    return folder


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[LoopbackHub]:
    hub = LoopbackHub()
    with serve(hub) as hub.url:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        yield hub


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of wheels, which is all that pip can see."""
    folder = tmp_path / "registry"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


@pytest.fixture
def publish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[WeightSet], Path]]:
    """Makes a set the only one of the manifest; gives the manifest's path."""
    path = tmp_path / "weights.toml"

    def write(weights: WeightSet) -> Path:
        path.write_text(toml_of(weights))
        monkeypatch.setattr(manifest, "MANIFEST_PATH", path)
        manifest.read_manifest.cache_clear()
        return path

    yield write
    manifest.read_manifest.cache_clear()
