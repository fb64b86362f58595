"""Whether there is a screen for the window. Must not know Qt."""

from collections.abc import Mapping


def has_display(environment: Mapping[str, str], system: str) -> bool:
    """Whether a window can open; only Linux (`sys.platform` as `system`) can be without a screen."""
    # A test's offscreen platform is a display, too.
    return system != "linux" or any(environment.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))
