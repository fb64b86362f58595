"""Where the studio's own files and a user's things are on this machine. Creates nothing."""

import os
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from platformdirs import user_cache_path, user_config_path, user_data_path

from studio.recording.sessions import new_folder


def sessions_folder() -> Path:
    """The folder that holds one folder per session: STUDIO_SESSIONS, else in this user's data folder."""
    if chosen := os.environ.get("STUDIO_SESSIONS"):
        return Path(chosen).expanduser().absolute()
    return user_data_path("voice-agent-studio") / "sessions"


def session_folder(chosen: Path | None, preset: str) -> Path:
    """Where a session that begins now is written.

    `chosen` itself where it is new or empty; a folder named by the time in it where it holds other
    things; in the user's folder of sessions where nothing is chosen.
    """
    name = Path(preset).stem
    if chosen is None:
        return new_folder(sessions_folder(), datetime.now().astimezone(), name)
    with suppress(OSError):
        if not any(chosen.iterdir()):
            return chosen
    return new_folder(chosen, datetime.now().astimezone(), name) if chosen.exists() else chosen


def presets_folder() -> Path:
    """The presets that come with the studio."""
    return _bundled("presets")


def own_presets_folder() -> Path:
    """The presets that the user made: STUDIO_PRESETS, else in this user's data folder."""
    if chosen := os.environ.get("STUDIO_PRESETS"):
        return Path(chosen).expanduser().absolute()
    return user_data_path("voice-agent-studio") / "presets"


def voices_folder() -> Path:
    """The vendors' lists of voices, kept for when they are away."""
    return user_cache_path("voice-agent-studio") / "voices"


def voice_cache_folder() -> Path:
    """Phrases that agents have spoken before: STUDIO_VOICE_CACHE, else in this user's cache."""
    if chosen := os.environ.get("STUDIO_VOICE_CACHE"):
        return Path(chosen).expanduser().absolute()
    return user_cache_path("voice-agent-studio") / "spoken"


def measured_file() -> Path:
    """How long providers took in this user's calls and comparisons."""
    return user_data_path("voice-agent-studio") / "measured.json"


def prices_file() -> Path:
    """This user's own prices."""
    return user_config_path("voice-agent-studio") / "prices.toml"


def assets_folder() -> Path:
    """Fonts, translations, icons and the demo caller."""
    return _bundled("assets")


def fakes_folder() -> Path:
    """The vendors' stand-ins."""
    return _bundled("tests") / "fakes"


def consents_file() -> Path:
    """What the user has allowed tools to reach."""
    return user_config_path("voice-agent-studio") / "consents.json"


def demo_caller() -> Path:
    """The recording that talks to an agent when nobody else does."""
    return assets_folder() / "demo" / "caller.wav"


def _bundled(name: str) -> Path:
    package = Path(__file__).parents[1]
    installed = package / "_bundled" / name
    return installed if installed.is_dir() else package.parent / name
