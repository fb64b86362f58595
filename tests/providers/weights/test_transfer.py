import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from studio.model.errors import WeightsError
from studio.providers.weights.cache import locate, unverified
from studio.providers.weights.manifest import ArchiveMember, HubFile, Packages, Place, WeightSet
from studio.providers.weights.transfer import transfer
from tests.providers.weights.loopback import REPOSITORY, REVISION, LoopbackHub, weight_file, weight_set, write_wheel

CONTENT = bytes(range(256)) * 64
ON_HUB = HubFile(REPOSITORY, REVISION, "model.bin")


def bring(weights: WeightSet) -> None:
    transfer({weights: unverified(weights)}, lambda _done, _total, _label: None)


def parrot(*places: Place) -> WeightSet:
    return weight_set(weight_file(CONTENT, *places))


def in_package(registry: Path, content: bytes = CONTENT) -> Packages:
    return Packages((ArchiveMember(write_wheel(registry, "parrot", {"model.bin": content}), "model.bin"),))


def left_in(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.is_file() and path.stat().st_size}


def test_a_set_comes_with_its_folders_and_a_stamp(hub: LoopbackHub, weights_cache: Path) -> None:
    hub.files = {"model.bin": CONTENT, "words/all.txt": b"hello"}
    flock = weight_set(weight_file(CONTENT), weight_file(b"hello", path="words/all.txt"))
    heard: list[tuple[int, int, str]] = []
    transfer({flock: flock.files}, lambda done, total, label: heard.append((done, total, label)))
    assert (weights_cache / "parrot" / "words" / "all.txt").read_bytes() == b"hello"
    assert left_in(weights_cache) == {"model.bin", "all.txt", "parrot.verified.json"}
    assert heard[-1] == (flock.size, flock.size, "parrot")


def test_what_the_hub_lacks_the_registry_gives(hub: LoopbackHub, registry: Path, weights_cache: Path) -> None:
    bring(parrot(ON_HUB, in_package(registry)))
    assert (weights_cache / "parrot" / "model.bin").read_bytes() == CONTENT
    assert hub.ranges_asked == [""]
    assert not (weights_cache / "parrot" / ".packages").exists()


def test_tampered_bytes_of_the_hub_are_replaced_by_the_registrys(
    hub: LoopbackHub, registry: Path, weights_cache: Path
) -> None:
    hub.files["model.bin"] = CONTENT[::-1]
    bring(parrot(ON_HUB, in_package(registry)))
    assert (weights_cache / "parrot" / "model.bin").read_bytes() == CONTENT


def test_tampered_everywhere_leaves_nothing(hub: LoopbackHub, registry: Path, weights_cache: Path) -> None:
    hub.files["model.bin"] = CONTENT[::-1]
    with pytest.raises(WeightsError) as told:
        bring(parrot(ON_HUB, in_package(registry, CONTENT[::-1])))
    assert str(told.value) == (
        "Cannot fetch model.bin of the weights 'parrot': the hub's publisher/model sent a changed model.bin: its "
        "sha256 is not the published one; the package parrot==1.0 sent a changed model.bin: its sha256 is not the "
        "published one; connect to one of these places, or put the file at parrot/model.bin in a folder and set "
        "STUDIO_WEIGHTS_OFFLINE to it."
    )
    assert left_in(weights_cache) == set()


def test_a_changed_file_here_is_replaced(hub: LoopbackHub, weights_cache: Path) -> None:
    hub.files["model.bin"] = CONTENT
    weights = parrot()
    bring(weights)
    (weights_cache / "parrot" / "model.bin").write_bytes(CONTENT[::-1])
    bring(weights)
    assert unverified(weights) == ()


@pytest.fixture
def offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "stick"
    (folder / "parrot").mkdir(parents=True)
    monkeypatch.setenv("STUDIO_WEIGHTS_OFFLINE", str(folder))
    return folder / "parrot" / "model.bin"


def test_the_offline_folder_comes_first(hub: LoopbackHub, weights_cache: Path, offline: Path) -> None:
    offline.write_bytes(CONTENT)
    bring(parrot())
    assert (weights_cache / "parrot" / "model.bin").read_bytes() == CONTENT
    assert hub.ranges_asked == []


def test_an_offline_file_that_is_not_the_published_one(hub: LoopbackHub, weights_cache: Path, offline: Path) -> None:
    offline.write_bytes(CONTENT[:-1])
    hub.files["model.bin"] = CONTENT[::-1]
    with pytest.raises(WeightsError, match=f"{offline} sent 16383 of the 16384 bytes of model.bin; the hub's"):
        bring(parrot())


def test_a_full_disk_is_told_before_anything_is_fetched(
    hub: LoopbackHub, weights_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = weight_set(weight_file(bytes(5_000_000)))
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: SimpleNamespace(free=4_000_000))
    with pytest.raises(WeightsError, match=r"need 5 MB in .* and 4 MB are free; make room or set STUDIO_WEIGHTS_CACHE"):
        bring(large)
    assert hub.ranges_asked == []


def test_a_cache_that_is_a_file_is_told(hub: LoopbackHub, weights_cache: Path) -> None:
    weights = parrot()
    weights_cache.mkdir()
    (weights_cache / "parrot").write_text("not a folder")
    with pytest.raises(WeightsError, match=r"Cannot bring the weights 'parrot' into .*parrot'; remove that obstacle"):
        transfer({weights: weights.files}, lambda _done, _total, _label: None)


def fetching_process(manifest: Path) -> subprocess.Popen[str]:
    """Says on stdout when it is about to take the lock."""
    script = (
        "import sys, pathlib, filelock; from studio.providers.weights import fetch, manifest;"
        "enter = filelock.FileLock.__enter__;"
        "filelock.FileLock.__enter__ = lambda lock: (print('at the lock', flush=True), enter(lock))[1];"
        "manifest.MANIFEST_PATH = pathlib.Path(sys.argv[1]); fetch(['parrot'])"
    )
    command = [sys.executable, "-c", script, str(manifest)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_two_processes_fetch_a_set_once(
    hub: LoopbackHub, weights_cache: Path, publish: Callable[[WeightSet], Path]
) -> None:
    hub.files["model.bin"] = CONTENT
    hub.stalls_after = 100
    manifest = publish(parrot())
    with fetching_process(manifest) as first:
        assert hub.stalled.wait(30)
        with fetching_process(manifest) as second:
            assert second.stdout
            assert second.stdout.readline() == "at the lock\n"
            hub.resume.set()
            errors = first.communicate()[1] + second.communicate()[1]
    assert (first.returncode, second.returncode, errors) == (0, 0, "")
    assert hub.ranges_asked == [""]
    assert locate("parrot").read_bytes() == CONTENT


def test_a_killed_fetch_leaves_no_file_of_the_final_name_and_is_continued(
    hub: LoopbackHub, weights_cache: Path, publish: Callable[[WeightSet], Path]
) -> None:
    large = weight_set(weight_file(content := CONTENT * 256))
    hub.files["model.bin"] = content
    hub.stalls_after = 3 << 20
    manifest = publish(large)
    folder = weights_cache / "parrot"
    with fetching_process(manifest) as process:
        assert hub.stalled.wait(30)
        process.send_signal(signal.SIGKILL)
    assert not (folder / "model.bin").exists()
    hub.stalls_after = None
    bring(large)
    assert locate("parrot").read_bytes() == content
    assert left_in(folder) == {"model.bin"}
