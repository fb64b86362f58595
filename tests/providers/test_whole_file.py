from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from studio.providers.whole_file import write_whole


def test_the_folder_is_made_and_nothing_else_is_left_there(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "er" / "a.toml"
    for text in ("안녕", "x = 1\n"):
        write_whole(file, text)
        assert file.read_text(encoding="utf-8") == text
    write_whole(file, b"\xff\n")
    assert file.read_bytes() == b"\xff\n"
    assert list(file.parent.iterdir()) == [file]


def test_what_breaks_off_leaves_the_old_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a.toml"
    write_whole(file, "old")

    def full(_half: Path, _target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        write_whole(file, "new")
    assert file.read_text(encoding="utf-8") == "old"


def test_threads_that_write_at_the_same_time_do_not_take_each_others_half(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    together, replace = Barrier(2), Path.replace

    def slowly(half: Path, target: Path) -> Path:
        together.wait(10)
        return replace(half, target)

    monkeypatch.setattr(Path, "replace", slowly)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda text: write_whole(tmp_path / "a.toml", text), ("one", "two")))
    assert (tmp_path / "a.toml").read_text(encoding="utf-8") in {"one", "two"}
    assert len(list(tmp_path.iterdir())) == 1
