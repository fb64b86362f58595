"""What every test gets: no screen, no network beyond loopback, none of the user's files, and no leaked task."""

import asyncio
import itertools
import logging
import os
import sys
import tempfile
from collections.abc import Generator
from ipaddress import ip_address
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from studio.providers.weights.cache import cache_folder

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# How fast a shared machine is says nothing about the code: no example has to be done within milliseconds.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

_WHAT_USERS_OWN = ("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR")
_complaints: list[str] = []
"""What the event loops of the running test found wrong; asyncio tells only its logger."""
_numbers = itertools.count()


def _refuse_network(event: str, args: tuple[object, ...]) -> None:
    """An audit hook: a test that leaves the machine fails where it tries to."""
    if event == "socket.connect" and isinstance(address := args[1], tuple):
        host = str(address[0])
    elif event == "socket.getaddrinfo" and args[0]:
        host = args[0].decode() if isinstance(args[0], bytes) else str(args[0])
    else:
        return
    if host != "localhost" and not _is_loopback(host):
        raise AssertionError(f"A test tried to reach {host}; tests use loopback only.")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback or ip_address(host).is_unspecified
    except ValueError:
        return False


class _Complaints(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        _complaints.append(record.getMessage())


def _note_leaked_tasks(patch: pytest.MonkeyPatch) -> None:
    """Every asyncio.Runner cancels what is left when it closes: a well-behaved test leaves nothing."""
    cancel_all_tasks = asyncio.runners._cancel_all_tasks  # type: ignore[attr-defined]

    def note_then_cancel(loop: asyncio.AbstractEventLoop) -> None:
        _complaints.extend(f"leaked task {task!r}" for task in asyncio.all_tasks(loop))
        cancel_all_tasks(loop)

    patch.setattr(asyncio.runners, "_cancel_all_tasks", note_then_cancel)


@pytest.fixture(scope="session", autouse=True)
def _own_world() -> Generator[Path]:
    """The user's folders are empty ones of this run; only the weights come from the real cache."""
    with tempfile.TemporaryDirectory(prefix="studio-tests-") as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("STUDIO_WEIGHTS_CACHE", str(cache_folder()))
        for name in _WHAT_USERS_OWN:
            (own := Path(folder, name.lower())).mkdir(mode=0o700)
            patch.setenv(name, str(own))
        for name in [name for name in os.environ if name.endswith(("_API_KEY", "_TOKEN"))]:
            patch.delenv(name)
        _note_leaked_tasks(patch)
        logging.getLogger("asyncio").addHandler(_Complaints(logging.ERROR))
        yield Path(folder)


@pytest.fixture(autouse=True)
def _nothing_was_said_before(_own_world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test hears from the voice cache what another one has had spoken, or plans with what it has measured."""
    number = next(_numbers)
    monkeypatch.setenv("STUDIO_VOICE_CACHE", str(_own_world / f"spoken-{number}"))
    monkeypatch.setenv("XDG_DATA_HOME", str(_own_world / f"data-{number}"))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whoever uses the sound card lives by the clock on the wall: `make test` runs such tests first and alone."""
    for item in items:
        if "sound_card" in getattr(item, "fixturenames", ()):
            item.add_marker("real_time")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown() -> Generator[None]:
    """After all fixtures of a test are gone, nothing of it may still run or have failed unseen."""
    yield
    found, _complaints[:] = list(_complaints), []
    if found:
        pytest.fail("\n".join(found), pytrace=False)


sys.addaudithook(_refuse_network)
