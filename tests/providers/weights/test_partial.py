from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.providers.weights.partial import PartialFile, PlaceError
from tests.providers.weights.loopback import weight_file

CONTENT = b"the published bytes"


def partial_in(folder: Path, content: bytes = CONTENT) -> PartialFile:
    return PartialFile(folder / "model.bin", weight_file(content), lambda _size: None)


@given(st.lists(st.binary(max_size=9), min_size=1, max_size=9), st.data())
def test_interrupted_anywhere_it_becomes_the_published_file(chunks: list[bytes], data: st.DataObject) -> None:
    content = b"".join(chunks)
    cut = data.draw(st.integers(0, len(chunks)))
    with TemporaryDirectory() as name:
        with partial_in(Path(name), content) as partial:
            for chunk in chunks[:cut]:
                partial.append(chunk)
        assert not Path(name, "model.bin").exists()
        with partial_in(Path(name), content) as partial:
            assert partial.size == sum(map(len, chunks[:cut]))
            for chunk in chunks[cut:]:
                partial.append(chunk)
            partial.finish()
        assert [path.name for path in Path(name).iterdir()] == ["model.bin"]
        assert Path(name, "model.bin").read_bytes() == content


def test_changed_bytes_are_refused_and_forgotten(tmp_path: Path) -> None:
    with partial_in(tmp_path) as partial:
        partial.append(b"THE PUBLISHED BYTES")
        with pytest.raises(PlaceError, match=r"sent a changed model\.bin: its sha256 is not the published one"):
            partial.finish()
    assert not (tmp_path / "model.bin").exists()
    assert (tmp_path / "model.bin.partial").read_bytes() == b""


def test_more_bytes_than_published_are_refused(tmp_path: Path) -> None:
    with partial_in(tmp_path) as partial, pytest.raises(PlaceError, match="sent more than the 19 bytes"):
        partial.append(CONTENT + b"!")


def test_too_few_bytes_are_kept_for_the_next_place(tmp_path: Path) -> None:
    with partial_in(tmp_path) as partial:
        partial.append(CONTENT[:5])
        with pytest.raises(PlaceError, match="sent 5 of the 19 bytes"):
            partial.finish()
    with partial_in(tmp_path) as partial:
        partial.append(CONTENT[5:])
        partial.finish()
    assert (tmp_path / "model.bin").read_bytes() == CONTENT


def test_an_overlong_beginning_is_forgotten(tmp_path: Path) -> None:
    (tmp_path / "model.bin.partial").write_bytes(CONTENT + b"of another version")
    with partial_in(tmp_path) as partial:
        assert partial.size == 0


def test_every_change_of_size_is_told(tmp_path: Path) -> None:
    sizes: list[int] = []
    with PartialFile(tmp_path / "model.bin", weight_file(CONTENT), sizes.append) as partial:
        partial.append(b"the ")
        partial.append(b"published")
        partial.restart()
    assert sizes == [4, 13, 0]
