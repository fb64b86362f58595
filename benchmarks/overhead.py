"""What our client adds to a hosted vendor's own delay, provider by provider, beside a bare client in the same run.

    python -m benchmarks.overhead [--runs N] [--json FILE] [--write]

The vendor's stand-in notes when it was asked and when it answered; what is left of the client's own wait is what it
adds: making and reading messages, the loop, loopback sockets. The bare client sends one line through a socket and
reads one back, right before each row: a busy machine slows both, so their ratio says more than the milliseconds.
--write makes `studio/providers/PROVIDERS.md` anew.
"""

import argparse
import asyncio
import json
import os
import statistics
import sys
import time
from collections.abc import AsyncGenerator, Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.machine import machine_line
from studio.model.preset import Part, Role
from studio.providers.catalog import CAPABILITIES, known, provider
from tests.fakes.script import Script
from tests.providers.hosted import ASKED, KEY, QUICK, ROLES, TEXT, Caller, Service, env_key, first, hosted, service

TABLE = Path(__file__).parents[1] / "studio" / "providers" / "PROVIDERS.md"
EACH = [(role, use) for role in ROLES for use in hosted(role)]
RUNS = 15


@dataclass(frozen=True, slots=True)
class Added:
    """One row: the medians of what our client and a bare one add to the same delay."""

    role: Role
    use: str
    ms: float
    bare_ms: float

    @property
    def times_bare(self) -> float:
        """How many times the bare client's."""
        return self.ms / self.bare_ms


async def added(role: Role, use: str, runs: int = RUNS, script: Script = QUICK) -> Added:
    """Measure one provider against its stand-in, which takes `script`'s delays."""
    bare_ms = _median_ms(await _bare(runs, script.first_token_s))
    async with service(role, use, script) as working:
        await working.engine.open()
        waits = await _waits(working, runs)
        await working.engine.close()
        times = working.fake.stamps.times
    asked, answered = times["asked"][-runs:], times["answered"][-runs:]
    delays = [there - began for began, there in zip(asked, answered, strict=True)]
    return Added(role, use, _median_ms([wait - delay for wait, delay in zip(waits, delays, strict=True)]), bare_ms)


def _median_ms(seconds: list[float]) -> float:
    return statistics.median(seconds) * 1000


async def _bare(runs: int, delay_s: float) -> list[float]:
    """What one line there and one back add to the server's delay."""
    took = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.readline():
            began = time.perf_counter()
            await asyncio.sleep(delay_s)
            took.append(time.perf_counter() - began)
            writer.write(b"there\n")
        writer.close()

    waits = []
    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        for _ in range(runs):
            began = time.perf_counter()
            writer.write(b"asked\n")
            await reader.readline()
            waits.append(time.perf_counter() - began)
        writer.close()
        await writer.wait_closed()
    return [wait - delay for wait, delay in zip(waits, took, strict=True)]


async def _waits(working: Service, runs: int) -> list[float]:
    """Seconds from asking to the first of the answer, as a user of the provider sees them."""
    match working.role:
        case Role.STT:
            return await _pauses(working, runs)
        case Role.LLM:
            return [await _first(lambda: working.engine.reply(ASKED)) for _ in range(runs)]
        case _:
            return [await _first(lambda: working.engine.speak(TEXT)) for _ in range(runs)]


async def _first(begin: Callable[[], AsyncGenerator[Any, None]]) -> float:
    began = time.perf_counter()
    return await first(begin()) - began


async def _pauses(working: Service, runs: int) -> list[float]:
    caller = Caller(await working.engine.stream())
    taken = []
    for _ in range(runs):
        await caller.utter(400)
        began = time.perf_counter()
        await caller.end()
        taken.append(time.perf_counter() - began)
        caller.stream.turn_committed()
    await caller.close()
    return taken


def row(role: Role, use: str, figures: str) -> str:
    """A provider's line in the table: what the catalog says of it, then the figures."""
    capabilities = known(role, Part(use=use)).capabilities
    marks = " | ".join("x" if name in capabilities else "" for name in CAPABILITIES)
    return f"| {role} | {provider(use.partition('/')[0]).title} | `{use}` | {marks} | {figures} |"


def table(rows: list[Added], runs: int, machine: str) -> str:
    """All of `PROVIDERS.md`."""
    lines = [
        "# Hosted providers",
        "",
        "What each can do, and the milliseconds that our client adds to the vendor's own delay (median of"
        f" {runs}, against the vendor's stand-in on loopback, which answers after {QUICK.first_token_s * 1000:.0f} ms);"
        " beside it how many times that is what a bare client adds, one line through a socket and one back, in the"
        " same run.",
        "For STT that is from telling of a pause to the final words, for LLM to the first token, for TTS to the first"
        " sound.",
        f"Written by `python -m benchmarks.overhead --write` on {datetime.now(UTC):%Y-%m-%d}: {machine}.",
        "",
        *(f"- *{name}*: {what}" for name, what in CAPABILITIES.items()),
        "",
        f"| role | vendor | default of each protocol | {' | '.join(CAPABILITIES)} | added ms | times bare |",
        f"|---|---|---|{'---|' * len(CAPABILITIES)}--:|--:|",
        *(row(each.role, each.use, f"{each.ms:.1f} | {each.times_bare:.0f}") for each in rows),
        "",
    ]
    return "\n".join(lines)


def main() -> int:
    """Measure every provider and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--json", type=Path, help="write the figures here, too")
    parser.add_argument("--write", action="store_true", help="write studio/providers/PROVIDERS.md anew")
    chosen = parser.parse_args()
    machine = machine_line()
    os.environ.update({name: KEY for _, use in EACH if (name := env_key(use)) is not None})
    print(f"What our client adds to the vendor's delay, median of {chosen.runs}; {machine}")
    print(f"{'role':6}{'provider':42}{'added ms':>10}{'bare ms':>10}{'times':>8}")
    rows = []
    for role, use in EACH:
        rows.append(each := asyncio.run(added(role, use, chosen.runs)))
        print(f"{role:6}{use:42}{each.ms:10.2f}{each.bare_ms:10.2f}{each.times_bare:8.1f}", flush=True)
    if chosen.json:
        figures = {"machine": machine, "n": chosen.runs, "rows": [asdict(each) for each in rows]}
        chosen.json.write_text(json.dumps(figures, indent=2), encoding="utf-8")
    if chosen.write:
        TABLE.write_text(table(rows, chosen.runs, machine), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
