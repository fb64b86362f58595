"""What our client adds to the vendor's own delay; the table of all hosted providers, `studio/providers/PROVIDERS.md`.

    STUDIO_WRITE_TABLE=1 pytest tests/providers/test_overhead.py     writes the table anew, with this machine's figures

The stand-in notes when it was asked and when it answered; what is left of the client's own wait is overhead: making
and reading messages, the loop, loopback sockets.
"""

import os
import statistics
import time
from collections.abc import AsyncGenerator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from benchmarks.machine import machine_line
from studio.model.preset import Part, Role
from studio.providers.catalog import CAPABILITIES, Model, known, provider
from tests.providers.hosted import ASKED, KEY, ROLES, TEXT, Caller, Service, env_key, first, hosted, service

TABLE = Path(__file__).parents[2] / "studio" / "providers" / "PROVIDERS.md"
RUNS = 15
LIMIT_MS = 5.0
TRIES = 4
"""Another program may be busy for a while."""
EACH = [(role, use) for role in ROLES for use in hosted(role)]


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for _, use in EACH:
        if (name := env_key(use)) is not None:
            monkeypatch.setenv(name, KEY)


async def waits(working: Service) -> list[float]:
    """Seconds from asking to the first of the answer, as a user of the provider sees them."""
    match working.role:
        case Role.STT:
            return await _pauses(working)
        case Role.LLM:
            return [await _first(lambda: working.engine.reply(ASKED)) for _ in range(RUNS)]
        case _:
            return [await _first(lambda: working.engine.speak(TEXT)) for _ in range(RUNS)]


async def _first(begin: Callable[[], AsyncGenerator[Any, None]]) -> float:
    began = time.perf_counter()
    ended: float = await first(begin())
    return ended - began


async def _pauses(working: Service) -> list[float]:
    caller = Caller(await working.engine.stream())
    taken = []
    for _ in range(RUNS):
        await caller.utter(400)
        began = time.perf_counter()
        await caller.end()
        taken.append(time.perf_counter() - began)
        caller.stream.turn_committed()
    await caller.close()
    return taken


async def overhead_ms(role: Role, use: str) -> float:
    """The median of what the client adds."""
    async with service(role, use) as working:
        await working.engine.open()
        taken = await waits(working)
        await working.engine.close()
        times = working.fake.stamps.times
        asked, answered = times["asked"][-RUNS:], times["answered"][-RUNS:]
    delays = [there - began for began, there in zip(asked, answered, strict=True)]
    added: list[float] = [wait - delay for wait, delay in zip(taken, delays, strict=True)]
    return statistics.median(added) * 1000


def row(role: Role, use: str, overhead: str) -> str:
    model: Model = known(role, Part(use=use))
    marks = " | ".join("x" if name in model.capabilities else "" for name in CAPABILITIES)
    title = provider(use.partition("/")[0]).title
    return f"| {role} | {title} | `{use}` | {marks} | {overhead} |"


def figures() -> dict[str, str]:
    """What stands in the table, by its row without the figure."""
    rows = [line.rpartition(" | ") for line in TABLE.read_text("utf-8").splitlines() if "| `" in line]
    return {f"{head} | ": figure.removesuffix(" |") for head, _, figure in rows}


def write(measured: dict[tuple[Role, str], float]) -> None:
    lines = [
        "# Hosted providers",
        "",
        "What each can do, and the milliseconds that our client adds to the vendor's own delay (median of"
        f" {RUNS}, against the vendor's stand-in on loopback, which answers after 20 ms).",
        "For STT that is from telling of a pause to the final words, for LLM to the first token, for TTS to the first"
        " sound.",
        "Written by `STUDIO_WRITE_TABLE=1 pytest tests/providers/test_overhead.py`"
        f" on {datetime.now(UTC):%Y-%m-%d}: {machine_line()}.",
        "",
        *(f"- *{name}*: {what}" for name, what in CAPABILITIES.items()),
        "",
        f"| role | vendor | default of each protocol | {' | '.join(CAPABILITIES)} | added ms |",
        f"|---|---|---|{'---|' * len(CAPABILITIES)}--:|",
        *(row(role, use, f"{ms:.1f}") for (role, use), ms in measured.items()),
        "",
    ]
    TABLE.write_text("\n".join(lines), "utf-8")


@pytest.mark.slow
async def test_our_client_adds_next_to_nothing() -> None:
    measured = {}
    for role, use in EACH:
        for _ in range(TRIES):
            measured[role, use] = await overhead_ms(role, use)
            if measured[role, use] <= LIMIT_MS:
                break
    if os.environ.get("STUDIO_WRITE_TABLE"):
        write(measured)
    assert {key: ms for key, ms in measured.items() if ms > LIMIT_MS} == {}


def test_the_table_has_every_provider_with_what_the_catalog_says() -> None:
    there = figures()
    assert list(there) == [row(role, use, "").removesuffix(" |") for role, use in EACH]
    assert all(float(figure) <= LIMIT_MS for figure in there.values())
