import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from studio.model.errors import WeightsError
from studio.providers.weights import cache
from studio.providers.weights.cache import cache_folder, locate, missing, unverified
from studio.providers.weights.manifest import InstalledFolder, WeightSet, read_manifest
from tests.providers.weights.loopback import weight_file, weight_set

CONTENT = b"weights of a parrot"
PARROT = weight_set(weight_file(CONTENT))
FLOCK = weight_set(weight_file(CONTENT), weight_file(b"words", path="words/all.txt"), name="flock")

Publish = Callable[[WeightSet], Path]


def put(folder: Path, weights: WeightSet, *contents: bytes) -> Path:
    for file, content in zip(weights.files, contents, strict=True):
        path = folder / weights.name / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder / weights.name


@pytest.fixture
def read_files(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files whose bytes were read to check them."""
    names: list[str] = []
    sha256_of = cache.sha256_of

    def noting(path: Path) -> str:
        names.append(path.name)
        return sha256_of(path)

    monkeypatch.setattr(cache, "sha256_of", noting)
    return names


def test_a_set_of_one_file_is_that_file(weights_cache: Path, publish: Publish) -> None:
    publish(PARROT)
    folder = put(weights_cache, PARROT, CONTENT)
    assert locate("parrot") == folder / "model.bin"


def test_a_set_of_several_files_is_their_folder(weights_cache: Path, publish: Publish) -> None:
    publish(FLOCK)
    folder = put(weights_cache, FLOCK, CONTENT, b"words")
    assert locate("flock") == folder


def test_what_is_not_here_is_told_with_the_remedy(weights_cache: Path, publish: Publish) -> None:
    publish(FLOCK)
    put(weights_cache, FLOCK, CONTENT, b"sword")
    remedy = r"words/all\.txt missing or changed; run `python -m studio\.providers\.weights flock`\."
    with pytest.raises(WeightsError, match=remedy):
        locate("flock")
    assert missing(["flock"]) == ("flock",)


def test_bytes_are_read_once_while_nothing_changes(weights_cache: Path, read_files: list[str]) -> None:
    put(weights_cache, PARROT, CONTENT)
    assert unverified(PARROT) == unverified(PARROT) == ()
    assert read_files == ["model.bin"]


def test_changed_content_of_the_same_size_is_refused(weights_cache: Path) -> None:
    path = put(weights_cache, PARROT, CONTENT) / "model.bin"
    os.utime(path, ns=(1, 1))
    assert unverified(PARROT) == ()
    path.write_bytes(CONTENT.swapcase())
    assert unverified(PARROT) == PARROT.files
    path.write_bytes(CONTENT)
    assert unverified(PARROT) == ()


def test_a_touched_file_is_read_again_and_accepted(weights_cache: Path, read_files: list[str]) -> None:
    path = put(weights_cache, PARROT, CONTENT) / "model.bin"
    unverified(PARROT)
    os.utime(path, ns=(1, 1))
    assert unverified(PARROT) == ()
    assert read_files == ["model.bin", "model.bin"]


def test_another_size_is_refused_without_reading(weights_cache: Path, read_files: list[str]) -> None:
    put(weights_cache, PARROT, CONTENT + b"!")
    assert unverified(PARROT) == PARROT.files
    assert read_files == []


def test_a_stamp_does_not_vouch_for_a_newer_release(weights_cache: Path) -> None:
    put(weights_cache, PARROT, CONTENT)
    assert unverified(PARROT) == ()
    assert unverified(weight_set(weight_file(CONTENT.swapcase()))) != ()


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b"\xff", b'{"model.bin": 3}'])
def test_a_damaged_stamp_only_costs_a_check(weights_cache: Path, damage: bytes, read_files: list[str]) -> None:
    put(weights_cache, PARROT, CONTENT)
    (weights_cache / "parrot.verified.json").write_bytes(damage)
    assert unverified(PARROT) == ()
    assert read_files == ["model.bin"]


def installed(package: str) -> WeightSet:
    file = weight_file(CONTENT)
    place = InstalledFolder(f"{package}==1.0", package, "assets")
    return WeightSet("crow", "p", "r", "MIT", default=True, files=(file,), installed=place)


def test_an_installed_set_is_found_without_importing_its_package(
    weights_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "feathered" / "assets").mkdir(parents=True)
    (tmp_path / "feathered" / "__init__.py").write_text("raise RuntimeError('was imported')")
    (tmp_path / "feathered" / "assets" / "model.bin").write_bytes(CONTENT)
    monkeypatch.syspath_prepend(str(tmp_path))
    assert unverified(installed("feathered")) == ()
    assert "feathered" not in sys.modules


def test_a_package_that_is_not_installed_is_named(weights_cache: Path) -> None:
    with pytest.raises(WeightsError, match=r"not installed; install flightless==1\.0 again\."):
        unverified(installed("flightless"))


def test_a_cache_that_cannot_be_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STUDIO_WEIGHTS_CACHE", str(tmp_path / "cache"))
    put(tmp_path / "cache", PARROT, CONTENT)
    (tmp_path / "cache" / f"parrot.verified.{os.getpid()}").mkdir()
    with pytest.raises(WeightsError, match="set STUDIO_WEIGHTS_CACHE to a folder you can write"):
        unverified(PARROT)


def test_without_a_choice_the_cache_is_the_users(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("STUDIO_WEIGHTS_CACHE")
    assert cache_folder().parts[-2:] == ("voice-agent-studio", "weights")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STUDIO_WEIGHTS_CACHE", "here")
    assert cache_folder() == tmp_path / "here"


@pytest.mark.weights
@pytest.mark.parametrize("name", read_manifest().default_names)
def test_set_up_brought_the_default_sets(name: str) -> None:
    weights = read_manifest().named(name)
    found = locate(name)
    assert found.is_file() if len(weights.files) == 1 else found.is_dir()
