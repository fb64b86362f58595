from io import FileIO
from pathlib import Path

import pytest

from studio.recording import disk


def test_a_gap_reads_as_zeros(tmp_path: Path) -> None:
    with FileIO(tmp_path / "file", "x") as file:
        disk.write_at(file, 5, b"abc")
        disk.append(file, b"d")
        disk.flush(file)
    assert (tmp_path / "file").read_bytes() == b"\0" * 5 + b"abcd"


def test_append_goes_on_after_a_short_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class OneByteAtATime(FileIO):
        def write(self, data: memoryview, /) -> int:  # type: ignore[override]
            return super().write(data[:1])

    with OneByteAtATime(tmp_path / "file", "x") as file:
        disk.append(file, b"whole")
    assert (tmp_path / "file").read_bytes() == b"whole"


def test_replace_keeps_the_old_file_until_the_new_one_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    disk.replace(path, b"old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(disk, "append", full)
    with pytest.raises(OSError, match="No space"):
        disk.replace(path, b"new")
    assert path.read_bytes() == b"old"


def test_a_lock_is_seen_and_goes_with_its_holder(tmp_path: Path) -> None:
    path = tmp_path / "file"
    assert not disk.locked(path)
    with FileIO(path, "x") as holder:
        assert disk.lock(holder)
        assert disk.locked(path)
        with FileIO(path, "a") as other:
            assert not disk.lock(other)
    assert not disk.locked(path)
