"""The import contracts hold, and each of them notices when it is broken."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]

# contract -> files to write into a copy of the studio, each of them an import that must not be
BREACHES = {
    "layers": {"pipeline/sneaky.py": "import studio.providers"},
    "layers: neighbours": {"providers/sneaky.py": "import studio.recording", "recording/__init__.py": ""},
    "layers: a new folder": {"gadgets/__init__.py": "import studio.model"},
    "qt": {"app/sneaky.py": "import PySide6.QtCore", "app/__init__.py": ""},
    "qt: through another module": {"providers/a.py": "import studio.providers.b", "providers/b.py": "import qasync"},
    "words": {"model/sneaky.py": "import asyncio"},
    "words: devices": {"model/sneaky.py": "def play() -> None:\n    import sounddevice"},
    "stages": {
        "pipeline/stages/__init__.py": "",
        "pipeline/stages/sneaky.py": "import studio.pipeline.stages.victim",
        "pipeline/stages/victim.py": "",
    },
    "roles": {
        "providers/stt/sneaky.py": "import studio.providers.tts.victim",
        "providers/tts/victim.py": "",
    },
}


def lint(root: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--no-logo"]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)


def test_every_contract_is_tried() -> None:
    assert {breach.partition(":")[0] for breach in BREACHES} == {contract["id"] for contract in CONTRACTS}


def test_contracts_hold() -> None:
    found = lint(ROOT)
    assert found.returncode == 0, found.stdout


@pytest.mark.parametrize("breach", BREACHES)
def test_a_breach_is_reported(breach: str, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "studio", tmp_path / "studio", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for name, text in BREACHES[breach].items():
        (file := tmp_path / "studio" / name).parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    found = lint(tmp_path)
    name = next(contract["name"] for contract in CONTRACTS if contract["id"] == breach.partition(":")[0])
    assert found.returncode == 1, found.stdout + found.stderr
    assert re.search(rf"{re.escape(name)}\s+BROKEN", found.stdout)
