import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from studio.app import fakes
from studio.model.errors import StudioError
from tests.fakes.registry import FAKES


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("told", ["this process", "its group, as Ctrl+C does"])
def test_they_are_served_until_they_are_told_to_end(number: signal.Signals, told: str) -> None:
    # Who runs the tests in the background ignores Ctrl+C, and so would all that is started from there.
    listening = "signal.signal(signal.SIGINT, signal.default_int_handler)"
    serving = "from studio.app.fakes import serve_fakes; sys.exit(serve_fakes(0))"
    command = [sys.executable, "-c", f"import signal, sys; {listening}; {serving}"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=environment, start_new_session=True
    ) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        found = re.match(
            rf"{len(FAKES)} vendors' stand-ins listen on (http://127\.0\.0\.1:\d+), .* on (http\S+)\.", first
        )
        assert found, first
        assert httpx.get(f"{found[1]}/openai/models", timeout=30).json()["object"] == "list"
        assert httpx.get(f"{found[1]}/elevenlabs/v2/voices", timeout=30).status_code == 200
        (os.kill if told == "this process" else os.killpg)(process.pid, number)
        assert process.wait(60) == 0
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{found[1]}/openai/models", timeout=30)


def test_who_dies_of_being_told_to_end_has_ended_well() -> None:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as process:
        process.terminate()
        assert fakes._ended(process) == 0


def test_where_they_are_missing_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(fakes, "fakes_folder", lambda: tmp_path)
    with pytest.raises(StudioError, match="stand-ins are missing"):
        fakes.serve_fakes()


def test_a_port_that_is_taken_is_told(capfd: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert fakes.serve_fakes(taken.getsockname()[1]) == 2
    assert "cannot listen on port" in capfd.readouterr().err
