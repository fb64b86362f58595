"""Writes NOTICE.md: every third-party part and its licence, from the lock file, the weights' manifest and the assets.

Licences are read from the metadata of the installed packages; run it by `make notice` after `make lock`.
"""

import re
import sys
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

from studio.providers.weights import read_manifest

ROOT = Path(__file__).parents[1]

SPDX = {
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD 2-Clause License": "BSD-2-Clause",
    "BSD 3-Clause License": "BSD-3-Clause",
    "BSD License": "BSD-3-Clause",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}
"""What packages without an SPDX expression call their licence."""

LOCKED_FOR_OTHER_SYSTEMS = {
    "colorama": "BSD-3-Clause",
    "backports-tarfile": "MIT",
    "importlib-metadata": "Apache-2.0",
    "lazy-importer": "Apache-2.0",
    "zipp": "MIT",
    "jeepney": "MIT",
    "secretstorage": "BSD-3-Clause",
    "httpx2-jsfetch": "BSD-3-Clause",
    "pydantic-settings": "MIT",
    "python-dotenv": "BSD-3-Clause",
    "pywin32": "PSF-2.0",
    "pywin32-ctypes": "BSD-3-Clause",
}
"""In the universal lock file but not installed everywhere, so their metadata may not be at hand."""

CARRIED = [
    ("pyside6-essentials, shiboken6", "Qt 6, unmodified", "LGPL-3.0-only"),
    ("soxr", "libsoxr", "LGPL-2.1-or-later"),
    ("soundfile", "libsndfile", "LGPL-2.1-or-later"),
    ("sounddevice", "PortAudio (in the wheels for macOS and Windows)", "MIT"),
    ("livekit", "WebRTC", "BSD-3-Clause"),
    ("moonshine-voice", "ONNX Runtime", "MIT"),
    ("xllamacpp", "llama.cpp", "MIT"),
    ("av (only with the extra `whisper`)", "FFmpeg", "LGPL-3.0-or-later"),
    ("av (only with the extra `whisper`)", "x264, x265", "GPL-2.0-or-later"),
]
"""Native libraries inside wheels, with licences of their own: (package, library, licence)."""

ASSETS = [
    ("assets/fonts", "Pretendard", "OFL-1.1"),
    ("assets/icons", "Lucide", "ISC"),
]
"""What lies in this repository and is not ours: (folder, name, licence); the full text lies beside it."""

HEAD = """# Third-party parts and their licences

Voice Agent Studio itself is under the Apache License 2.0 (LICENSE). Its repository holds the assets named below; it
installs the packages and fetches the weights named below from their registries, unmodified, and each stays under its
own licence. Written by `make notice`.
"""


def locked_versions() -> dict[str, list[str]]:
    """By package: the versions in requirements.lock; more than one where systems or Pythons differ."""
    versions: dict[str, list[str]] = {}
    for name, version in re.findall(r"^([\w.-]+)==(\S+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE):
        versions.setdefault(name, []).append(version)
    return versions


def licence_of(package: str) -> str:
    """The package's licence as an SPDX expression where its metadata lets us tell."""
    if package in LOCKED_FOR_OTHER_SYSTEMS:
        return LOCKED_FOR_OTHER_SYSTEMS[package]
    fields = metadata.metadata(package)
    told: list[str] = [
        *fields.get_all("License-Expression", []),
        *fields.get_all("License", []),
        *(line.rpartition(" :: ")[2] for line in fields.get_all("Classifier", []) if line.startswith("License")),
    ]
    for licence in told:
        if "\n" not in licence:  # some put the whole text there
            return SPDX.get(licence, licence)
    sys.exit(f"{package} does not say its licence: read it and add it to {Path(__file__).name}.")


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A Markdown table."""
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def notice() -> str:
    """The whole of NOTICE.md."""
    packages = ((name, ", ".join(versions), licence_of(name)) for name, versions in locked_versions().items())
    weights = ((entry.name, entry.publisher, entry.revision, entry.licence) for entry in read_manifest().sets.values())
    parts = [
        HEAD,
        "## Packages\n\n" + table(("package", "version", "licence"), packages),
        "## Libraries inside packages\n\n" + table(("package", "carries", "licence"), CARRIED),
        "## Model weights\n\n" + table(("weights", "publisher", "revision", "licence"), weights),
        "## Assets\n\n" + table(("folder", "what", "licence"), ASSETS),
    ]
    return "\n".join(parts)


if __name__ == "__main__":
    (ROOT / "NOTICE.md").write_text(notice(), encoding="utf-8")
