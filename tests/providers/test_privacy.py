"""What is said stays on this machine: no library under the engines writes down or sends anything of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from studio.providers.weights.cache import cache_folder

OPEN_EVERY_EMBEDDED_MODEL = """
import asyncio
from studio.app.engines import Engines
from studio.app import presets

async def life():
    engines = Engines(lambda progress: None)
    await engines.load(presets.load("embedded"))
    await engines.close()

asyncio.run(life())
"""


@pytest.mark.weights
def test_loading_the_embedded_models_leaves_nothing_in_the_users_folders(tmp_path: Path) -> None:
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "ORT_", "HF_", "STUDIO_"))
    }
    environment |= {"HOME": str(tmp_path), "STUDIO_WEIGHTS_CACHE": str(cache_folder())}
    subprocess.run([sys.executable, "-c", OPEN_EVERY_EMBEDDED_MODEL], env=environment, check=True, timeout=100)
    assert sorted(tmp_path.rglob("*")) == []
