"""The system libraries that no wheel carries, and which of them this machine lacks.

Also a command for the set-up, `python -m studio.app.libraries run|test`, so it imports the standard library alone.
"""

import ctypes
import shutil
import sys
from pathlib import Path

# What the dynamic loader must find -> Debian's package. Qt's xcb platform plugin needs the xcb ones.
FOR_SOUND = {"libportaudio.so.2": "libportaudio2"}
FOR_THE_WINDOW = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxkbcommon.so.0": "libxkbcommon0",
}

# The tests' virtual sound card: programs, and the plugin through which PortAudio reaches PulseAudio.
TEST_PROGRAMS = {"pulseaudio": "pulseaudio", "pactl": "pulseaudio-utils", "pacat": "pulseaudio-utils"}
ALSA_PLUGIN = ("*/alsa-lib/libasound_module_pcm_pulse.so", "libasound2-plugins")
LIBRARY_FOLDERS = (Path("/usr/lib"), Path("/usr"))


def missing(libraries: dict[str, str]) -> list[str]:
    """The packages of those `libraries` that the dynamic loader does not find; elsewhere than on Linux, none."""
    if sys.platform != "linux":
        return []
    return [package for library, package in libraries.items() if not _loads(library)]


def missing_for_tests() -> list[str]:
    """The packages of the virtual sound card that are not there."""
    found = [package for program, package in TEST_PROGRAMS.items() if shutil.which(program) is None]
    pattern, package = ALSA_PLUGIN
    if not any(any(folder.glob(pattern)) for folder in LIBRARY_FOLDERS):
        found.append(package)
    return list(dict.fromkeys(found))


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def main(purpose: str) -> None:
    """Print the packages to install for `run` or `test`, one a line."""
    packages = missing(FOR_SOUND | FOR_THE_WINDOW)
    if purpose == "test":
        packages += missing_for_tests()
    sys.stdout.writelines(f"{package}\n" for package in packages)


if __name__ == "__main__":
    main(sys.argv[1])
