import re
import shutil
import subprocess
import sys

import pytest

from studio.app import libraries


def test_the_loader_is_asked() -> None:
    wanted = {"libc.so.6": "libc6", "libno-such-thing.so.9": "libno-such-thing9"}
    assert libraries.missing(wanted) == (["libno-such-thing9"] if sys.platform == "linux" else [])


def test_what_the_tests_need_is_found_by_program_and_plugin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda program: None if program != "pulseaudio" else "/there")
    monkeypatch.setattr(libraries, "LIBRARY_FOLDERS", ())
    assert libraries.missing_for_tests() == ["pulseaudio-utils", "libasound2-plugins"]


@pytest.mark.parametrize("purpose", ["run", "test"])
def test_the_command_prints_one_package_a_line(purpose: str) -> None:
    command = [sys.executable, "-m", "studio.app.libraries", purpose]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert re.fullmatch(r"([a-z0-9.+-]+\n)*", printed)
