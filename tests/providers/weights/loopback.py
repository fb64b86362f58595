"""A hub and packages on this machine, which can misbehave the ways that real ones do."""

import hashlib
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import cast

from studio.providers.weights.manifest import Archive, HubFile, Place, WeightFile, WeightSet

REPOSITORY = "publisher/model"
REVISION = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class LoopbackHub:
    """Serves `files` by path in the repository; `cuts` says after how many bytes the coming answers break off."""

    files: dict[str, bytes] = field(default_factory=dict)
    cuts: list[int] = field(default_factory=list)
    serves_ranges: bool = True
    stalls_after: int | None = None
    ranges_asked: list[str] = field(default_factory=list)
    url: str = ""
    stalled: threading.Event = field(default_factory=threading.Event)
    resume: threading.Event = field(default_factory=threading.Event)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    hub: LoopbackHub


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        hub = cast(_Server, self.server).hub
        asked = self.headers.get("Range", "")
        hub.ranges_asked.append(asked)
        content = hub.files.get(self.path.removeprefix(f"/{REPOSITORY}/resolve/{REVISION}/"))
        if content is None:
            self.send_error(404)
            return
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and hub.serves_ranges else 0
        if start >= len(content):
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        self._send_body(hub, content[start:])

    def _send_body(self, hub: LoopbackHub, body: bytes) -> None:
        if hub.cuts:
            self.wfile.write(body[: hub.cuts.pop(0)])
        elif hub.stalls_after is None:
            self.wfile.write(body)
        else:
            self.wfile.write(body[: hub.stalls_after])
            hub.stalled.set()
            hub.resume.wait(30)
            self.wfile.write(body[hub.stalls_after :])

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class calls it so
        """Tests are quiet."""


@contextmanager
def serve(hub: LoopbackHub) -> Iterator[str]:
    """The base URL of the hub while it is served."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.hub = hub
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        hub.resume.set()
        server.shutdown()
        thread.join()
        server.server_close()


def weight_file(content: bytes, *places: Place, path: str = "model.bin") -> WeightFile:
    """The published `content`, to be had from `places`; from the hub where none are given."""
    on_hub = HubFile(REPOSITORY, REVISION, path)
    return WeightFile(path, len(content), hashlib.sha256(content).hexdigest(), places or (on_hub,))


def weight_set(*files: WeightFile, name: str = "parrot") -> WeightSet:
    return WeightSet(name, REPOSITORY, REVISION, "MIT", default=True, files=files)


def toml_of(weights: WeightSet) -> str:
    """A manifest with this one set, all of it on the hub."""
    lines = [f"[sets.{weights.name}]", f'publisher = "{REPOSITORY}"', f'revision = "{REVISION}"', 'licence = "MIT"']
    lines.append("default = true")
    for file in weights.files:
        place = f'{{ repository = "{REPOSITORY}", revision = "{REVISION}", path = "{file.path}" }}'
        lines += [f"[[sets.{weights.name}.files]]", f'path = "{file.path}"', f"size = {file.size}"]
        lines += [f'sha256 = "{file.sha256}"', f"places = [{place}]"]
    return "\n".join(lines)


def write_wheel(folder: Path, name: str, members: dict[str, bytes]) -> Archive:
    """Writes the wheel `name==1.0` with these members; what a manifest says of it."""
    stem = f"{name.replace('-', '_')}-1.0"
    texts = {
        f"{stem}.dist-info/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{stem}.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{stem}.dist-info/RECORD": "",
    }
    path = folder / f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for member, content in {**members, **{name: text.encode() for name, text in texts.items()}}.items():
            wheel.writestr(member, content)
    return Archive(f"{name}==1.0", "pip", path.stat().st_size, hashlib.sha256(path.read_bytes()).hexdigest())
