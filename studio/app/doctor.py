"""Looks at this machine and says what keeps the studio from working, and what to do about it.

Every check takes the facts it judges as arguments; only `run_checks` asks the machine. Repairs nothing.
"""

import os
import platform
import re
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib import metadata
from pathlib import Path

from studio.app import libraries
from studio.app.display import has_display
from studio.app.folders import sessions_folder
from studio.audio.devices import Device, Direction, SoundSystem
from studio.model.errors import DeviceError, WeightsError
from studio.providers import catalog, keys, weights
from studio.providers.catalog import Provider
from studio.providers.machine import memory_bytes, usable_cores
from studio.providers.weights.cache import cache_folder
from studio.recording.writer import LOW_DISK_BYTES

LEAST_MEMORY_BYTES = 3_500_000_000
"""The embedded pipeline with the larger language model takes 2.4 GB; a "4 GB" machine shows a little less than 4."""

PACKAGE = "voice-agent-studio"


class Status(StrEnum):
    """How much a finding matters."""

    OK = "ok"
    WARN = "warn"
    """Something does not work, the rest does."""
    BAD = "bad"
    """The studio does not work here."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    name: str
    status: Status
    message: str
    """What was found, in one sentence."""
    advice: str = ""
    """What to do about it; empty where nothing is to be done."""


def run_checks() -> list[Finding]:
    """Look at everything; takes about a second, longer where weights have to be verified anew."""
    return [
        check_python(sys.version_info[:2]),
        check_packages(_own_requirements()),
        check_libraries("sound", libraries.missing(libraries.FOR_SOUND)),
        check_libraries("window", libraries.missing(libraries.FOR_THE_WINDOW)),
        check_display(has_display(os.environ, sys.platform)),
        *check_devices(SoundSystem().devices),
        check_weights(),
        *check_keys(catalog.providers(), keys.place_of),
        *check_disk({"sessions": sessions_folder(), "weights": cache_folder()}),
        check_machine(usable_cores(), memory_bytes()),
    ]


def render(findings: Iterable[Finding]) -> str:
    """The findings as lines for a terminal, each with its advice under it."""
    lines = []
    for finding in findings:
        lines.append(f"{finding.status:<5} {finding.name:<16} {finding.message}")
        if finding.advice:
            lines.append(f"{'':22} -> {finding.advice}")
    return "\n".join(lines)


def exit_code(findings: Iterable[Finding]) -> int:
    """1 where anything is bad, else 0."""
    return int(any(finding.status is Status.BAD for finding in findings))


def check_python(version: tuple[int, int]) -> Finding:
    """`version` is (major, minor)."""
    found = f"Python {version[0]}.{version[1]} on {platform.system()} {platform.machine()}."
    if (3, 11) <= version < (3, 14):
        return Finding("python", Status.OK, found)
    return Finding("python", Status.BAD, found, "Run the studio with Python 3.11, 3.12 or 3.13.")


def check_packages(requirements: Iterable[str] | None) -> Finding:
    """Whether every package that the studio pins to one version, such as PySide6, has that version.

    `requirements` are the studio's own, as its metadata tells them; None where it runs without being installed.
    """
    if requirements is None:
        return Finding(
            "packages",
            Status.WARN,
            f"{PACKAGE} is not installed, so its packages are unknown.",
            "Start it by `make run`.",
        )
    wrong = []
    for requirement in requirements:
        if pin := re.fullmatch(r"([\w.-]+)==([\w.]+)", requirement):
            name, wanted = pin.groups()
            installed = _installed_version(name)
            if installed != wanted:
                wrong.append(f"{name} {wanted} is needed, {installed or 'none'} is installed")
    if wrong:
        return Finding("packages", Status.BAD, f"{'; '.join(wrong)}.", "Run `make clean run` to install them anew.")
    return Finding("packages", Status.OK, f"{PACKAGE} {_installed_version(PACKAGE)} and its pinned packages.")


def check_libraries(purpose: str, missing: list[str]) -> Finding:
    """`missing` are Debian's package names."""
    name = f"{purpose} libraries"
    if not missing:
        return Finding(name, Status.OK, "All found.")
    return Finding(
        name,
        Status.BAD,
        f"The system lacks {', '.join(missing)}.",
        f"Install with: apt-get install {' '.join(missing)} (names of Debian; other systems' are alike).",
    )


def check_display(there: bool) -> Finding:
    """Whether there is a screen for the window."""
    if there:
        return Finding("display", Status.OK, "There is a display for the window.")
    return Finding(
        "display",
        Status.WARN,
        "There is no display, so the window cannot open.",
        "Talk without it: studio talk --in user.wav --out agent.wav",
    )


def check_devices(list_devices: Callable[[], list[Device]]) -> Iterator[Finding]:
    """Whether there is a microphone and a speaker; without them a recording can still be the caller."""
    advice = "Plug one in, or talk without it: studio talk --in user.wav --out agent.wav"
    try:
        devices = list_devices()
    except DeviceError as error:
        yield Finding("devices", Status.WARN, str(error), advice)
        return
    for direction in Direction:
        able = [device for device in devices if device.serves(direction)]
        if able:
            default = next((device.name for device in able if device.is_default(direction)), "none is the default")
            yield Finding(direction.noun, Status.OK, f"{len(able)} found; {default}.")
        else:
            yield Finding(direction.noun, Status.WARN, f"There is no {direction.noun}.", advice)


def check_weights() -> Finding:
    """Whether the weights of the embedded pipeline are there and are the published bytes."""
    manifest = weights.read_manifest()
    try:
        missing = weights.missing(manifest.default_names)
    except WeightsError as error:
        return Finding("weights", Status.BAD, str(error), "Run `make weights`.")
    if missing:
        size = sum(manifest.named(name).size for name in missing)
        return Finding(
            "weights",
            Status.BAD,
            f"Missing or changed in {cache_folder()}: {', '.join(missing)} ({size / 1e6:.0f} MB).",
            f"Run `make weights`, or: python -m studio.providers.weights {' '.join(missing)}",
        )
    return Finding("weights", Status.OK, f"{len(manifest.default_names)} sets are there and verified.")


def check_keys(providers: Mapping[str, Provider], place_of: Callable[[str], str | None]) -> Iterator[Finding]:
    """Which API keys there are and where; never says what they are. None is needed for the embedded pipeline."""
    for name, provider in providers.items():
        if provider.env_key:
            place = place_of(provider.env_key)
            there = f"is in the {place}" if place else "is not set"
            yield Finding("key", Status.OK, f"{provider.env_key} {there} (for {name}).")


def check_disk(folders: Mapping[str, Path]) -> Iterator[Finding]:
    """Free space where each of `folders` is, or will be."""
    for purpose, folder in folders.items():
        existing = next(path for path in (folder, *folder.parents) if path.exists())
        free = shutil.disk_usage(existing).free
        found = f"{free / 1e9:.1f} GB free for {purpose} in {folder}."
        if free < LOW_DISK_BYTES:
            advice = f"Free some space: below {LOW_DISK_BYTES / 1e6:.0f} MB a session may end early."
            yield Finding("disk", Status.WARN, found, advice)
        else:
            yield Finding("disk", Status.OK, found)


def check_machine(cores: int, memory_bytes: int | None) -> Finding:
    """Cores and memory; the embedded pipeline was measured on two cores."""
    memory = "unknown memory" if memory_bytes is None else f"{memory_bytes / 1e9:.1f} GB of memory"
    found = f"{cores} cores, {memory}."
    if cores < 2 or (memory_bytes is not None and memory_bytes < LEAST_MEMORY_BYTES):
        return Finding("machine", Status.WARN, found, "Expect slow answers from embedded models; remote ones are fine.")
    return Finding("machine", Status.OK, found)


def _own_requirements() -> list[str] | None:
    try:
        return metadata.requires(PACKAGE)
    except metadata.PackageNotFoundError:
        return None


def _installed_version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
