import asyncio
import multiprocessing
import os
import random
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from studio.providers.tts.phrase import Phrase, from_bytes, to_bytes
from studio.providers.tts.voice_cache import VoiceCache
from tests.providers.tts.phrases import key, phrase, same, write_and_read, write_for_ever

SIZE = len(to_bytes(key(1), phrase(1)))
SEED = 20261124
KILLS = 15


def find(cache: VoiceCache, number: int) -> Phrase | None:
    return asyncio.run(cache.find(key(number)))


def there(folder: Path) -> list[int]:
    """Which of the first phrases are on disk."""
    return [number for number in range(10) if (folder / key(number)).exists()]


def keep(cache: VoiceCache, numbers: Sequence[int]) -> None:
    for number in numbers:
        cache.put(key(number), phrase(number), keep=True)
    cache.flush()


def test_what_is_kept_is_found_by_the_next_process_too(tmp_path: Path) -> None:
    cache = VoiceCache(tmp_path)
    assert find(cache, 1) is None
    keep(cache, [1])
    for each in (cache, VoiceCache(tmp_path)):
        assert same(find(each, 1), phrase(1))
        each.flush()
    contents = cache.contents()
    assert (contents.phrases, contents.bytes, contents.hits) == (1, SIZE, 2)


def test_what_is_said_once_is_not_written_down_and_what_is_said_again_is(tmp_path: Path) -> None:
    cache = VoiceCache(tmp_path)
    cache.put(key(1), phrase(1), keep=False)
    cache.flush()
    assert list(tmp_path.iterdir()) == []
    assert same(find(cache, 1), phrase(1))
    cache.flush()
    assert there(tmp_path) == [1]


def test_the_least_recently_used_makes_way(tmp_path: Path) -> None:
    """Used means: written, or found, be it in memory or on disk."""
    cache = VoiceCache(tmp_path, limit_bytes=3 * SIZE + 2 * SIZE // 3)
    keep(cache, [0, 1, 2])
    find(cache, 0)
    cache.flush()
    find(other := VoiceCache(tmp_path), 1)
    other.flush()
    keep(cache, [3])
    assert there(tmp_path) == [0, 1, 3]
    keep(cache, [4])
    assert there(tmp_path) == [1, 3, 4]


def test_the_limit_holds_after_each_write(tmp_path: Path) -> None:
    cache = VoiceCache(tmp_path, limit_bytes=5 * SIZE // 2)
    for number in range(6):
        keep(cache, [number])
        assert cache.contents().bytes <= 5 * SIZE // 2
        assert there(tmp_path) == list(range(max(0, number - 1), number + 1))


def test_memory_has_its_limit_and_forgets_what_was_not_used(tmp_path: Path) -> None:
    cache = VoiceCache(tmp_path, memory_bytes=2 * phrase(1).pcm.nbytes)
    for number in (1, 2):
        cache.put(key(number), phrase(number), keep=False)
    find(cache, 1)
    cache.put(key(3), phrase(3), keep=False)
    assert [find(cache, number) is not None for number in (1, 2, 3)] == [True, False, True]


@pytest.mark.parametrize("damage", [b"", b"\0" * 5000, to_bytes(key(2), phrase(2)), to_bytes(key(1), phrase(1))[:-1]])
def test_a_damaged_file_is_a_miss_and_is_removed(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / key(1)).write_bytes(damage)
    assert find(VoiceCache(tmp_path), 1) is None
    assert there(tmp_path) == []


def test_what_is_preloaded_is_found_without_the_disk(tmp_path: Path) -> None:
    keep(VoiceCache(tmp_path), [1])
    cache = VoiceCache(tmp_path)
    cache.preload([key(1), key(2)])
    (tmp_path / key(1)).write_bytes(b"")
    assert same(find(cache, 1), phrase(1))
    assert cache.trouble() == ""


def test_cleared_is_cleared_for_another_process_too(tmp_path: Path) -> None:
    running = VoiceCache(tmp_path)
    keep(running, [1, 2])
    (tmp_path / "other.txt").touch()
    assert VoiceCache(tmp_path).clear() == 2
    assert [path.name for path in tmp_path.iterdir()] == ["other.txt"]
    find(running, 1)  # the last time
    running.flush()
    assert find(running, 1) is None
    assert there(tmp_path) == []


def test_what_a_killed_process_left_half_written_goes_when_it_is_old(tmp_path: Path) -> None:
    old, young = tmp_path / f"{key(1)}.123", tmp_path / f"{key(2)}.123"
    for half in (old, young):
        half.touch()
    os.utime(old, (time.time() - 7200,) * 2)
    keep(VoiceCache(tmp_path), [3])
    assert (old.exists(), young.exists()) == (False, True)


def test_thousands_of_phrases_are_looked_over_only_when_there_may_be_too_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[Path] = []
    scandir = os.scandir

    def look(folder: Path) -> Any:
        looked.append(folder)
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", look)
    cache = VoiceCache(tmp_path, limit_bytes=30 * SIZE)
    keep(cache, range(29))
    assert len(looked) == 1
    keep(cache, range(29, 35))
    assert len(looked) == 3
    assert len(list(tmp_path.iterdir())) <= 30


def test_the_folder_is_its_users_alone_and_made_only_when_something_is_kept(tmp_path: Path) -> None:
    cache = VoiceCache(tmp_path / "a" / "spoken")
    cache.preload([key(1)])
    assert list(tmp_path.iterdir()) == []
    keep(cache, [1])
    assert cache.folder.stat().st_mode & 0o777 == 0o700
    assert cache.trouble() == ""


def test_a_disk_that_takes_nothing_costs_no_phrase_and_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    cache = VoiceCache(tmp_path / "file" / "folder")
    keep(cache, [1])
    assert same(find(cache, 1), phrase(1))
    cache.flush()
    assert cache.trouble() == f"Phrases cannot be kept in {cache.folder}: Not a directory."
    assert cache.trouble() == ""
    cache.preload([key(1)])
    assert cache.trouble() == f"Phrases cannot be kept in {cache.folder}: {tmp_path / 'file'} cannot be written to."


def test_a_folder_that_nobody_may_enter_is_told_and_has_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> Any:
        raise PermissionError(13, "Permission denied")

    cache = VoiceCache(tmp_path)
    keep(cache, [1])
    (tmp_path / key(2)).write_bytes(b"damaged")
    monkeypatch.setattr(Path, "unlink", refuse)
    assert find(VoiceCache(tmp_path), 2) is None
    monkeypatch.setattr(Path, "exists", refuse)
    assert find(cache, 3) is None
    cache.preload([key(1)])
    assert cache.trouble() == f"Phrases cannot be kept in {tmp_path}: Permission denied."
    assert same(find(cache, 1), phrase(1)), "it is in memory"
    cache.flush()


def test_a_hit_in_memory_does_not_wait(tmp_path: Path) -> None:
    """Not even for a turn of the loop."""
    cache = VoiceCache(tmp_path)
    cache.put(key(1), phrase(1), keep=True)
    finding = cache.find(key(1))
    with pytest.raises(StopIteration) as done:
        finding.send(None)
    assert same(done.value.value, phrase(1))


def test_after_kill_9_nothing_damaged_is_there(tmp_path: Path) -> None:
    """Whoever is killed at any moment leaves whole phrases, and at most halves that nobody reads."""
    context, rng = multiprocessing.get_context("forkserver"), random.Random(SEED)
    context.set_forkserver_preload(["tests.providers.tts.phrases"])
    halves = whole = 0
    for _ in range(KILLS):
        ours, theirs = context.Pipe(duplex=False)
        child = context.Process(target=write_for_ever, args=(tmp_path, theirs))
        child.start()
        assert ours.poll(20)
        time.sleep(rng.uniform(0, 0.03))
        child.kill()
        child.join()
        child.close()
        for path in tmp_path.iterdir():
            halves += "." in path.name
            if "." not in path.name:
                number = next(number for number in range(100) if key(number) == path.name)
                assert same(from_bytes(path.name, path.read_bytes()), phrase(number))
                whole += 1
    assert whole > KILLS
    assert halves < whole


def test_two_processes_use_it_at_once(tmp_path: Path) -> None:
    context = multiprocessing.get_context("forkserver")
    pipes = [context.Pipe(duplex=False) for _ in range(2)]
    children = [
        context.Process(target=write_and_read, args=(tmp_path, seed, theirs)) for seed, (_, theirs) in enumerate(pipes)
    ]
    for child in children:
        child.start()
    for child, (ours, _) in zip(children, pipes, strict=True):
        found, wrong = ours.recv() if ours.poll(30) else (0, -1)
        assert found > 50
        assert wrong == 0
        child.join()
        assert child.exitcode == 0
    third = VoiceCache(tmp_path, limit_bytes=100_000)
    assert third.contents().bytes <= 200_000, "each keeps to the limit as far as it can see"
    third.preload([])
    assert 0 < third.contents().bytes <= 100_000
