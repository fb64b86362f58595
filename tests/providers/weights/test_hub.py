from pathlib import Path

import pytest
from huggingface_hub import constants

from studio.providers.weights.hub import Hub
from studio.providers.weights.manifest import HubFile
from studio.providers.weights.partial import PartialFile, PlaceError
from tests.providers.weights.loopback import REPOSITORY, REVISION, LoopbackHub, serve, weight_file

CONTENT = bytes(range(256)) * 8
PLACE = HubFile(REPOSITORY, REVISION, "model.bin")


def copy(folder: Path, hub: Hub | None = None) -> bytes:
    """What is there after one attempt; raises what the attempt raised."""
    with (
        hub or Hub() as session,
        PartialFile(folder / "model.bin", weight_file(CONTENT), lambda _size: None) as partial,
    ):
        session.copy(PLACE, partial)
    return (folder / "model.bin.partial").read_bytes()


def test_a_file_comes_whole(hub: LoopbackHub, tmp_path: Path) -> None:
    hub.files["model.bin"] = CONTENT
    assert copy(tmp_path) == CONTENT


def test_a_cut_connection_is_continued_where_it_broke(hub: LoopbackHub, tmp_path: Path) -> None:
    hub.files["model.bin"] = CONTENT
    hub.cuts = [700, 800]
    assert copy(tmp_path) == CONTENT
    assert hub.ranges_asked == ["", "bytes=700-", "bytes=1500-"]


def test_an_earlier_attempt_is_continued(hub: LoopbackHub, tmp_path: Path) -> None:
    hub.files["model.bin"] = CONTENT
    (tmp_path / "model.bin.partial").write_bytes(CONTENT[:1000])
    assert copy(tmp_path) == CONTENT
    assert hub.ranges_asked == ["bytes=1000-"]


def test_a_hub_without_ranges_starts_again(hub: LoopbackHub, tmp_path: Path) -> None:
    hub.files["model.bin"] = CONTENT
    hub.serves_ranges = False
    hub.cuts = [700]
    assert copy(tmp_path) == CONTENT


def test_a_complete_file_is_not_asked_for(hub: LoopbackHub, tmp_path: Path) -> None:
    (tmp_path / "model.bin.partial").write_bytes(CONTENT)
    assert copy(tmp_path) == CONTENT
    assert hub.ranges_asked == []


def test_it_gives_up_when_nothing_comes(hub: LoopbackHub, tmp_path: Path) -> None:
    hub.files["model.bin"] = CONTENT
    hub.cuts = [0, 0, 0, 0]
    with pytest.raises(PlaceError, match="broke off 3 times"):
        copy(tmp_path)
    assert len(hub.cuts) == 1


def test_a_file_that_is_not_there(hub: LoopbackHub, tmp_path: Path) -> None:
    with pytest.raises(PlaceError, match=r"answered 404 for model\.bin"):
        copy(tmp_path)


def test_a_shorter_file_than_begun_is_forgotten(hub: LoopbackHub, tmp_path: Path) -> None:
    hub.files["model.bin"] = CONTENT[:10]
    (tmp_path / "model.bin.partial").write_bytes(CONTENT[:1000])
    with pytest.raises(PlaceError, match="refused to continue"):
        copy(tmp_path)
    assert (tmp_path / "model.bin.partial").read_bytes() == b""


def test_a_page_in_place_of_the_file_leaves_no_trace(hub: LoopbackHub, tmp_path: Path) -> None:
    hub.files["model.bin"] = b"<html>Please sign in</html>"
    with pytest.raises(PlaceError, match=r"offers 27 bytes for model\.bin, which has 2048"):
        copy(tmp_path)
    assert (tmp_path / "model.bin.partial").read_bytes() == b""


def test_an_unreachable_hub_is_not_asked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serve(LoopbackHub()) as url:
        pass
    monkeypatch.setenv("HF_ENDPOINT", url + "/")
    hub = Hub()
    with pytest.raises(PlaceError, match=r"is unreachable \(.*refused\)"):
        copy(tmp_path, hub)
    with serve(running := LoopbackHub({"model.bin": CONTENT})) as url:
        monkeypatch.setenv("HF_ENDPOINT", url)
        with pytest.raises(PlaceError, match="is unreachable"):
            copy(tmp_path, hub)
    assert running.ranges_asked == []


@pytest.mark.parametrize("endpoint", ["not a url", "http://127.0.0.1:none"])
def test_a_misspelt_endpoint_is_told(endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", endpoint)
    with pytest.raises(PlaceError, match="is unreachable"):
        copy(tmp_path)


def test_offline_means_offline(hub: LoopbackHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.files["model.bin"] = CONTENT
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(PlaceError, match="HF_HUB_OFFLINE is set"):
        copy(tmp_path)
    assert hub.ranges_asked == []
