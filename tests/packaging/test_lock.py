"""requirements.lock keeps what pyproject.toml asks for; `make lock` writes it anew."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCK = (ROOT / "requirements.lock").read_text()
ASKED_FOR = [
    *PYPROJECT["project"]["dependencies"],
    *PYPROJECT["project"]["optional-dependencies"]["whisper"],
    *PYPROJECT["dependency-groups"]["dev"],
]


@pytest.mark.parametrize("line", ASKED_FOR)
def test_every_requirement_is_locked_to_a_version_it_allows(line: str) -> None:
    requirement = Requirement(line)
    versions = re.findall(rf"^{re.escape(canonicalize_name(requirement.name))}==(\S+)", LOCK, re.MULTILINE)
    assert versions
    assert all(version in requirement.specifier for version in versions)


def test_every_package_is_locked_by_its_bytes() -> None:
    entries = re.split(r"^(?=[\w.-]+==)", LOCK, flags=re.MULTILINE)[1:]
    assert entries
    assert all("--hash=sha256:" in entry for entry in entries)


def test_torch_stays_out() -> None:
    assert not re.search(r"^torch==", LOCK, re.MULTILINE)
