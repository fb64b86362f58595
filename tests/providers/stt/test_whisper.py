import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from studio.model.errors import ErrorCategory, ProviderError, WeightsError
from studio.providers.stt.whisper import Whisper, WhisperSettings
from studio.providers.weights import locate
from tests.providers.speech import SENTENCES, spoken, words

ROOT = Path(__file__).parents[3]
REPOSITORY = "publisher/a-bigger-whisper"
COMMIT = "0123456789abcdef0123456789abcdef01234567"


async def failure(settings: WhisperSettings) -> ProviderError:
    """The error that opening with `settings` ends in."""
    engine = Whisper(settings)
    with pytest.raises(ProviderError) as raised:
        await engine.open()
    await engine.close()
    assert "\n" not in str(raised.value)
    return raised.value


async def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "faster_whisper", None)
    error = await failure(WhisperSettings())
    assert error.category is ErrorCategory.NOT_INSTALLED
    assert "pip install voice-agent-studio[whisper]" in str(error)


async def test_an_unknown_model_is_one_sentence() -> None:
    assert "'tiniest'" in str(await failure(WhisperSettings(model="tiniest")))


@pytest.mark.weights
async def test_a_number_format_the_device_lacks_is_one_sentence() -> None:
    settings = WhisperSettings(device="cpu", compute_type="float16")
    assert "float16" in str(await failure(settings))


async def test_missing_weights_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STUDIO_WEIGHTS_CACHE", str(tmp_path))
    engine = Whisper(WhisperSettings())
    with pytest.raises(WeightsError, match=r"whisper-tiny\.en"):
        await engine.open()
    await engine.close()


@pytest.mark.weights
async def test_a_failure_of_the_library_is_one_of_the_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    def out_of_memory(*_args: object, **_settings: object) -> None:
        raise RuntimeError("CUDA failed with error out of memory\nmore about it")

    engine = Whisper(WhisperSettings())
    await engine.open()
    monkeypatch.setattr(engine._model, "transcribe", out_of_memory)
    with pytest.raises(ProviderError, match=r"^Whisper failed: CUDA failed with error out of memory\.$") as raised:
        await engine.transcribe(spoken(SENTENCES[0]))
    assert raised.value.category is ErrorCategory.SERVER
    await engine.close()


class _Repository(BaseHTTPRequestHandler):
    """The part of the hub's protocol that fetching a snapshot needs, over the files of a folder."""

    folder: Path

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def _answer(self, with_body: bool) -> None:
        path = self.path.partition("?")[0]
        if path.startswith(f"/api/models/{REPOSITORY}"):
            files = sorted(self.folder.iterdir())
            tree = [
                {"type": "file", "path": each.name, "size": each.stat().st_size, "oid": each.name} for each in files
            ]
            about = {"id": REPOSITORY, "sha": COMMIT, "siblings": [{"rfilename": each.name} for each in files]}
            body = json.dumps(tree if "/tree/" in path else about).encode()
            etag = "listing"
        elif path.startswith(f"/{REPOSITORY}/resolve/"):
            file = self.folder / path.rpartition("/")[2]
            body, etag = file.read_bytes(), file.name
        else:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("ETag", f'"{etag}"')
        self.end_headers()
        if with_body:
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class calls it so
        """Tests are quiet."""


@pytest.fixture
def hub() -> Iterator[str]:
    """The address of a hub on this machine whose one repository holds the small model."""
    _Repository.folder = locate("whisper-tiny.en")
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Repository)
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    serving.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    serving.join()
    server.server_close()


LISTEN = """
import asyncio, sys
import numpy as np
from studio.providers.stt.whisper import Whisper, WhisperSettings

async def main():
    engine = Whisper(WhisperSettings(model=sys.argv[1]))
    await engine.open()
    print(await engine.transcribe(np.load(sys.argv[2])))
    await engine.close()

asyncio.run(main())
"""


@pytest.mark.weights
def test_any_other_model_is_fetched_from_the_hub(hub: str, tmp_path: Path) -> None:
    """In a process of its own: the hub's address is read from the environment when its library is imported."""
    np.save(tmp_path / "speech.npy", spoken(SENTENCES[0]))
    done = subprocess.run(
        [sys.executable, "-c", LISTEN, REPOSITORY, tmp_path / "speech.npy"],
        env={**os.environ, "HF_ENDPOINT": hub, "HF_HOME": str(tmp_path), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert words(done.stdout) == words(SENTENCES[0]), done.stderr
    assert any(tmp_path.rglob("model.bin"))


@pytest.mark.weights
async def test_a_folder_is_a_model_too() -> None:
    engine = Whisper(WhisperSettings(model=str(locate("whisper-tiny.en")), language=None))
    await engine.open()
    assert words(await engine.transcribe(spoken(SENTENCES[3]))) == words(SENTENCES[3])
    await engine.close()
