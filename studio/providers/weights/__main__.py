"""`python -m studio.providers.weights [--all] [NAME ...]`: fetches the default sets, all of them, or those named.

Silent where everything is here; otherwise one progress line on stderr. Exit code 2 and one sentence on failure.
"""

import argparse
import sys
import time

from studio.model.errors import WeightsError
from studio.providers.weights.fetch import fetch
from studio.providers.weights.manifest import read_manifest

_REDRAW_SECONDS = 0.1


class _ProgressLine:
    """One line, redrawn in place on a terminal; elsewhere one line for each set."""

    def __init__(self) -> None:
        self._drawn_at = 0.0
        self._label = ""

    def draw(self, done: int, total: int, label: str) -> None:
        """Shows the progress, at most ten times a second."""
        terminal = sys.stderr.isatty()
        fresh = label != self._label
        if not fresh and (not terminal or (time.monotonic() - self._drawn_at < _REDRAW_SECONDS and done < total)):
            return
        self._drawn_at, self._label = time.monotonic(), label
        text = f"weights {done / 1e6:7.1f} of {total / 1e6:.1f} MB  {label}"
        sys.stderr.write(f"\r\x1b[2K{text}" if terminal else f"{text}\n")
        sys.stderr.flush()

    def close(self) -> None:
        """Leaves the line standing."""
        if self._label and sys.stderr.isatty():
            sys.stderr.write("\n")


def main() -> int:
    """The command; returns its exit code."""
    manifest = read_manifest()
    parser = argparse.ArgumentParser(prog="python -m studio.providers.weights", description="Fetch model weights.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="one of: " + ", ".join(manifest.sets))
    parser.add_argument("--all", action="store_true", help="every set, also the optional ones")
    arguments = parser.parse_args()
    names = tuple(manifest.sets) if arguments.all else tuple(arguments.names) or manifest.default_names
    line = _ProgressLine()
    try:
        fetch(names, line.draw)
    except WeightsError as error:
        line.close()
        sys.stderr.write(f"{error}\n")
        return 2
    except KeyboardInterrupt:
        line.close()
        sys.stderr.write("Interrupted; what has arrived is kept and continued the next time.\n")
        return 130
    line.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
