"""`studio bench`: compare recognisers, language models or voices."""

import argparse
import asyncio
import sys
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from studio.commands.arguments import base_urls

if TYPE_CHECKING:
    from studio.app.bench.contest import Wishes
    from studio.app.bench.table import Table

    Contest = Callable[[Wishes], Coroutine[Any, Any, Table]]


def compare_stt(chosen: argparse.Namespace) -> int:
    """Recordings in, words out."""
    from studio.app.bench import stt

    return _hold(chosen, lambda wishes: stt.compare(chosen.recordings, wishes, _progress))


def compare_llm(chosen: argparse.Namespace) -> int:
    """Questions in, answers out."""
    from studio.app.bench import llm

    return _hold(chosen, lambda wishes: llm.compare(chosen.n, wishes, _progress))


def compare_tts(chosen: argparse.Namespace) -> int:
    """Clauses in, voices out."""
    from studio.app.bench import tts

    return _hold(chosen, lambda wishes: tts.compare(chosen.n, wishes, _progress))


def _hold(chosen: argparse.Namespace, contest: "Contest") -> int:
    """Compare, show, and write files where that is wished. 2 where nobody did anything."""
    from studio.app.bench.contest import Wishes
    from studio.app.bench.table import as_json, as_lines, write
    from studio.pipeline.clock import VirtualTimeLoop

    wishes = Wishes(tuple(chosen.uses), base_urls(chosen.base_url), chosen.language)
    with asyncio.Runner(loop_factory=VirtualTimeLoop if chosen.loop == "virtual" else None) as runner:
        table = runner.run(contest(wishes))
    print(as_json(table) if chosen.json else "\n".join(as_lines(table)))
    if chosen.out is not None:
        for file in write(table, chosen.out):
            print(f"Written: {file}", file=sys.stderr)
    return 2 if all(row.n == 0 and row.trouble for row in table.rows) else 0


def _progress(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
