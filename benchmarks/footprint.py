"""What the studio weighs and how soon it is there: the base install's size by package, and the start of its programs.

    python -m benchmarks.footprint [--runs 7]

The size is that of the installed files of the studio's own requirements, without extras, compiled files left out.
"""

import argparse
import os
import re
import statistics
import subprocess
import sys
import time
from functools import partial
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement

from benchmarks.machine import machine_line

PACKAGE = "voice-agent-studio"
COMMANDS = ("--version", "presets list")
WINDOW = """
import time
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
application = QApplication(["studio"])
def close_when_shown():
    if any(window.isVisible() for window in application.topLevelWidgets()):
        look.stop()
        print(time.time(), flush=True)
        application.closeAllWindows()
look = QTimer(interval=5)
look.timeout.connect(close_when_shown)
look.start()
from studio.ui.main import run
run("embedded")
"""
"""Opens the window and prints when it is visible."""


def requirements(name: str, seen: dict[str, Distribution]) -> dict[str, Distribution]:
    """Everything that `name` needs here, without extras, itself included."""
    key = re.sub(r"[-_.]+", "-", name).lower()
    if key in seen:
        return seen
    try:
        seen[key] = distribution(name)
    except PackageNotFoundError:
        return seen
    for line in seen[key].requires or ():
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            requirements(requirement.name, seen)
    return seen


def size_of(package: Distribution) -> int:
    """Bytes of its files on disk."""
    files = (Path(str(file.locate())) for file in package.files or () if file.suffix != ".pyc")
    return sum(file.stat().st_size for file in files if file.is_file())


def run(arguments: list[str]) -> tuple[float, str]:
    """Seconds that a fresh Python takes, and what it prints."""
    environment = {**os.environ, "QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen")}
    began = time.time()
    done = subprocess.run([sys.executable, *arguments], check=True, capture_output=True, text=True, env=environment)
    return time.time() - began, done.stdout


def command(words: str) -> float:
    """How long `studio WORDS` takes, to its end."""
    return run(["-m", "studio", *words.split()])[0]


def window() -> float:
    """How long it takes until the window is visible."""
    began = time.time()
    return float(run(["-c", WINDOW])[1]) - began


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=7)
    runs = parser.parse_args().runs
    print(machine_line())
    sizes = {name: size_of(package) for name, package in requirements(PACKAGE, {}).items()}
    print(f"\nBase install: {sum(sizes.values()) / 1e6:.0f} MB in {len(sizes)} packages; the largest:")
    for name, size in sorted(sizes.items(), key=lambda item: -item[1])[:8]:
        print(f"  {name:24} {size / 1e6:6.1f} MB")
    print(f"\n{'start':24} {'median':>8} {'least':>8} {'most':>8}   n = {runs}")
    starts = {f"studio {words}": partial(command, words) for words in COMMANDS} | {"window visible": window}
    for name, start in starts.items():
        taken = [start() for _ in range(runs)]
        print(f"{name:24} {statistics.median(taken):6.2f} s {min(taken):6.2f} s {max(taken):6.2f} s")


if __name__ == "__main__":
    main()
