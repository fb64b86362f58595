"""A small file that is there whole or not at all, whatever ends the program meanwhile.

Must not know what is in it; sessions, which have to survive a power cut, are written by `recording/disk.py`.
"""

import threading
from pathlib import Path


def write_whole(path: Path, content: str | bytes) -> None:
    """Put `content` under `path`, whose folder is made where it is missing; others may do so at the same time.

    Raises:
        OSError: it cannot be written.
    """
    half = path.with_suffix(f".{threading.get_native_id()}")  # of this thread alone, on this machine
    path.parent.mkdir(parents=True, exist_ok=True)
    half.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
    half.replace(path)
