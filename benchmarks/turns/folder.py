"""Where composed calls and what was computed from them are kept: this user's cache folder."""

from pathlib import Path


def cache_file(folder: str, name: str) -> Path:
    """A place for a file; its folder exists."""
    from platformdirs import user_cache_path

    path = user_cache_path("voice-agent-studio") / "turns" / folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    return path
