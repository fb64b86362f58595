"""The promises of conftest.py: each guard is tripped on purpose in a small suite of its own."""

import re
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

SUITE = """
import asyncio, os, socket
from pathlib import Path
from PySide6 import QtCore

async def fail():
    raise ValueError

def test_fine():
    assert Path.home() != Path({home!r})
    assert os.environ["QT_QPA_PLATFORM"] == "offscreen"

async def test_fine_on_loopback():
    server = await asyncio.start_server(lambda _, writer: writer.close(), "localhost", 0)
    async with server:
        reader, writer = await asyncio.open_connection("localhost", server.sockets[0].getsockname()[1])
        assert await reader.read() == b""
        writer.close()

async def test_leaks_a_task():
    asyncio.get_running_loop().create_task(asyncio.sleep(9))

def test_leaks_a_task_in_a_loop_of_its_own():
    async def main():
        asyncio.get_running_loop().create_task(asyncio.sleep(9))
    asyncio.run(main())

async def test_never_looks_at_a_failed_task():
    asyncio.get_running_loop().create_task(fail())
    await asyncio.sleep(0.01)

def test_raises_where_nobody_catches():
    class Bad:
        def __del__(self):
            raise ValueError
    Bad()

def test_calls_a_host_by_name():
    socket.create_connection(("example.com", 80), 1)

def test_calls_a_host_by_address():
    socket.create_connection(("192.0.2.1", 80), 1)

def test_makes_qt_warn(qtlog):
    QtCore.qWarning("oh")
"""


def test_every_offence_is_noticed_and_nothing_else(
    pytester: pytest.Pytester, pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(pytestconfig.rootpath))
    for name in ("pyproject.toml", "tests/conftest.py"):
        text = (pytestconfig.rootpath / name).read_text()
        Path(pytester.path, Path(name).name).write_text(text)
    (pytester.path / "test_suite.py").write_text(SUITE.format(home=str(Path.home())))
    summary = pytester.runpytest_subprocess("-p", "no:cacheprovider", "test_suite.py").outlines
    noticed = re.findall(r"^(?:FAILED|ERROR) test_suite\.py::(\w+)", "\n".join(summary), re.MULTILINE)
    assert sorted(noticed) == sorted(re.findall(r"def (test_(?!fine)\w+)", SUITE))
