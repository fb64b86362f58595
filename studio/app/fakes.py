"""Starts the vendors' stand-ins in a process of their own. They belong to the tests; the studio never imports them."""

import os
import signal
import subprocess
import sys

from studio.app.folders import assets_folder, fakes_folder
from studio.model.errors import StudioError

PORT = 8750
"""Where they are found, where nothing else is said; the preset `bookings` counts on it."""


def serve_fakes(port: int = PORT) -> int:
    """Run until Ctrl+C; returns the exit code.

    Raises:
        StudioError: they are not installed.
    """
    folder = fakes_folder()
    if not (folder / "__main__.py").is_file():
        raise StudioError(f"The vendors' stand-ins are missing from {folder}; install the studio again.")
    # Below `tests`, which is found beside the studio or among what was bundled with it.
    paths = [str(folder.parents[1]), *sys.path]
    command = [sys.executable, "-m", "tests.fakes", "--port", str(port)]
    command += ["--caller", str(assets_folder() / "demo" / "caller.toml")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    with subprocess.Popen(command, env=environment) as process:
        # Whoever ends this process means that one: its ports must not stay taken.
        before = signal.signal(signal.SIGTERM, lambda *_: process.terminate())
        try:
            return _ended(process)
        finally:
            signal.signal(signal.SIGTERM, before)


def _ended(process: subprocess.Popen[bytes]) -> int:
    while True:
        try:
            code = process.wait()
        except KeyboardInterrupt:
            process.terminate()
        else:
            # Ctrl+C in a terminal reaches it, too: our own word may find it when it does not listen any more.
            return 0 if code == -signal.SIGTERM else code
