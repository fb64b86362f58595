"""Where the studio keeps a user's things on this machine. Creates nothing."""

import os
from pathlib import Path

from platformdirs import user_data_path


def sessions_folder() -> Path:
    """The folder that holds one folder per session: STUDIO_SESSIONS, else in this user's data folder."""
    if chosen := os.environ.get("STUDIO_SESSIONS"):
        return Path(chosen).expanduser().absolute()
    return user_data_path("voice-agent-studio") / "sessions"
