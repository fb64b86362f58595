"""What a start loads: no vendor's library, whichever agent is chosen later."""

import subprocess
import sys

import pytest

SDKS = {
    "anthropic",
    "assemblyai",
    "cartesia",
    "deepgram",
    "elevenlabs",
    "groq",
    "jiwer",
    "mcp",
    "openai",
    "whisper_normalizer",
    "faster_whisper",
    "torch",
}
WINDOW = """
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
application = QApplication(["studio"])
def close_when_shown():
    if any(window.isVisible() for window in application.topLevelWidgets()):
        application.closeAllWindows()
look = QTimer(interval=300)
look.timeout.connect(close_when_shown)
look.start()
from studio.ui.main import run
run("embedded")
"""
EVERY_PROVIDER = """
from studio.model.preset import Part
from studio.providers.catalog import build, providers
for name, about in providers().items():
    for model in about.models:
        build(model.role, Part(use=name + "/" + model.name))
"""


@pytest.mark.parametrize(
    "code",
    ["import studio.__main__", "import studio.app.call, studio.app.voice_process", WINDOW, EVERY_PROVIDER],
    ids=["the command line", "the voice process", "the window", "every provider, not yet open"],
)
def test_no_vendors_library_is_loaded(code: str) -> None:
    check = f"{code}\nimport sys\nfound = sorted({SDKS!r} & set(sys.modules))\nsys.exit(str(found) if found else 0)"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
