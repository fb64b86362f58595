"""What every provider must keep, whatever its role; what each role asks for is in `test_ROLE_contract.py`."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from itertools import pairwise
from typing import Any

import pytest

from studio.model.preset import Role
from studio.pipeline.ports import Part
from studio.providers.catalog import Model, providers
from studio.providers.weights import missing, read_manifest

OF_THE_PROCESS = {"tqdm_monitor"}
"""Threads that a library keeps once for the whole process, whoever uses it."""


def embedded(role: Role) -> list[Any]:
    """One pytest parameter for each provider of `role` that needs no account: how a preset calls its default."""
    return [
        pytest.param(f"{name}/{models[0].name}", id=name, marks=_marks(models[0]))
        for name, provider in providers().items()
        if not provider.hosted and (models := provider.of_role(role))
    ]


def _marks(model: Model) -> list[pytest.MarkDecorator]:
    return [pytest.mark.weights] if model.weights is None else needs(model.weights)


def needs(name: str) -> list[pytest.MarkDecorator]:
    """The marks of a test that needs these weights; those that the set-up does not fetch by itself may be missing."""
    absent = not read_manifest().named(name).default and bool(missing([name]))
    reason = f"optional weights: python -m studio.providers.weights {name}"
    return [pytest.mark.weights, pytest.mark.skipif(absent, reason=reason)]


def trained(role: Role) -> list[Any]:
    """Those of `embedded` that have learned something: all but the scripted ones."""
    learned = {name for name, provider in providers().items() if any(m.weights for m in provider.of_role(role))}
    return [parameter for parameter in embedded(role) if parameter.id in learned]


def opens_and_closes_twice(part: Part) -> None:
    """Opens, and leaves nothing behind when it is closed, and closed again."""

    async def life() -> None:
        await part.open()
        await part.close()
        await part.close()

    leaves_no_threads(life)


def can_be_abandoned_while_opening(part: Part) -> None:
    """Opening can be cancelled; closing then frees what was half there."""

    async def life() -> None:
        opening = asyncio.get_running_loop().create_task(part.open())
        await asyncio.sleep(0.01)
        opening.cancel()
        await asyncio.wait([opening])
        await part.close()

    leaves_no_threads(life)


async def longest_stop(work: Coroutine[None, None, Any]) -> float:
    """The longest time in which the loop did not turn while `work` was under way, as a share of the whole time."""
    loop = asyncio.get_running_loop()
    task, turns = loop.create_task(work), [loop.time()]
    while not task.done():
        await asyncio.sleep(0.001)
        turns.append(loop.time())
    await task
    return max(after - before for before, after in pairwise(turns)) / (turns[-1] - turns[0])


def leaves_no_threads(life: Callable[[], Coroutine[None, None, None]]) -> None:
    """Runs `life` in a loop of its own; every thread it started is gone after it."""
    before = set(threading.enumerate())
    asyncio.run(life())
    left = {thread.name for thread in threading.enumerate() if thread not in before}
    assert left <= OF_THE_PROCESS
