"""The vendors' stand-ins while a system talks to them: a process of their own, and what was asked of it.

Must not know who asks.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.peers.systems import ROOT


@dataclass(frozen=True)
class Asked:
    """What the vendors would bill: what was begun too early and thrown away is in it."""

    replies: int
    """Requests to the language model."""
    characters: int
    """Texts sent to the voice."""


@dataclass
class Vendors:
    """Where they serve, and once they are gone what was asked of them."""

    url: str
    asked: Asked | None = None


@contextmanager
def serving(truth: Path, log: Path) -> Iterator[Vendors]:
    """The stand-ins, which follow the truth; what a client did wrong is in `log`, and told.

    Raises:
        RuntimeError: they do not serve.
    """
    command = [sys.executable, "-m", "benchmarks.peers.servers", "--truth", str(truth)]
    pipe = subprocess.PIPE
    with (
        log.open("w") as errors,
        subprocess.Popen(command, cwd=ROOT, text=True, stdin=pipe, stdout=pipe, stderr=errors) as process,
    ):
        assert process.stdout is not None
        assert process.stdin is not None
        vendors = Vendors(process.stdout.readline().strip())
        if not vendors.url:
            raise RuntimeError(f"the stand-ins do not serve; see {log}")
        yield vendors
        process.stdin.close()
        vendors.asked = Asked(**json.loads(process.stdout.readline()))
        process.wait(10)
    if held_against := log.read_text().strip():
        print(f"The stand-ins hold against the client:\n{held_against}", file=sys.stderr, flush=True)
