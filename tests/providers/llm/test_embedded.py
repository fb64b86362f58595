import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from studio.model.conversation import Message
from studio.model.errors import ErrorCategory, ProviderError, WeightsError
from studio.providers.llm import embedded
from studio.providers.llm.embedded import BETTER, SMALL, Embedded, EmbeddedSettings
from tests.providers.contract import longest_stop

ON_A_BIG_MACHINE = {"usable_cores": lambda: 8, "memory_bytes": lambda: 16 << 30, "missing": lambda _: ()}


@pytest.mark.parametrize(
    ("machine", "best"),
    [
        ({}, BETTER),
        ({"memory_bytes": lambda: None}, BETTER),
        ({"usable_cores": lambda: 2}, SMALL),
        ({"memory_bytes": lambda: 4 << 30}, SMALL),
        ({"missing": lambda names: tuple(names)}, SMALL),
    ],
    ids=["roomy", "unknown memory", "few cores", "little memory", "not fetched"],
)
def test_auto_takes_what_runs_well_here(
    machine: dict[str, object], best: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, value in (ON_A_BIG_MACHINE | machine).items():
        monkeypatch.setattr(embedded, name, value)
    monkeypatch.setattr(embedded, "locate", lambda name: tmp_path / name)
    assert embedded._weights_file("auto") == tmp_path / best


async def test_a_file_that_is_not_there() -> None:
    llm = Embedded(EmbeddedSettings(model="/nowhere/x.gguf"))
    with pytest.raises(WeightsError, match=r"/nowhere/x\.gguf"):
        await llm.open()
    await llm.close()


async def test_a_file_that_is_no_model(tmp_path: Path) -> None:
    (broken := tmp_path / "broken.gguf").write_bytes(b"GGUF but not really")
    llm = Embedded(EmbeddedSettings(model=str(broken)))
    with pytest.raises(ProviderError, match=r"broken\.gguf") as caught:
        await llm.open()
    assert caught.value.category is ErrorCategory.INVALID_REQUEST
    await llm.close()


@pytest.mark.weights
async def test_a_warmed_prompt_is_not_evaluated_again() -> None:
    llm = Embedded(EmbeddedSettings(model=SMALL, max_tokens=8))
    await llm.open()
    persona = Message("system", "You are a voice assistant who answers in one short sentence. " * 20)

    async def first_token_s(question: str) -> float:
        began = time.perf_counter()
        reply = llm.reply([persona, Message("user", question)])
        await anext(reply)
        elapsed = time.perf_counter() - began
        await reply.aclose()
        return elapsed

    cold = await first_token_s("What is the capital of Italy?")
    await llm.warm([persona])
    warm = await first_token_s("Who painted the Mona Lisa?")
    assert warm < cold / 2
    await llm.close()


@pytest.mark.weights
async def test_a_conversation_too_long_for_it_says_so() -> None:
    llm = Embedded(EmbeddedSettings(model=SMALL, context_tokens=512))
    await llm.open()
    with pytest.raises(ProviderError, match="context") as caught:
        async for _ in llm.reply([Message("user", "word " * 1000)]):
            pass
    assert caught.value.category is ErrorCategory.INVALID_REQUEST
    await llm.close()


@pytest.mark.weights
async def test_the_loop_keeps_its_pace_while_the_model_loads_and_thinks() -> None:
    llm = Embedded(EmbeddedSettings(model=SMALL, max_tokens=30))

    async def think() -> None:
        assert [piece async for piece in llm.reply([Message("user", "Tell me a story.")])]

    assert await longest_stop(llm.open()) < 0.5
    assert await longest_stop(think()) < 0.5
    await llm.close()


@pytest.mark.weights
async def test_it_does_not_matter_where_the_studio_was_started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "path", [str(Path.cwd()), *sys.path])
    monkeypatch.chdir(tmp_path)
    llm = Embedded(EmbeddedSettings(model=SMALL))
    await llm.open()
    await llm.close()


@pytest.mark.weights
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for processes in /proc")
def test_the_server_does_not_outlive_a_killed_studio() -> None:
    studio = subprocess.Popen(
        [sys.executable, "-c", _OPEN_AND_WAIT], stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": "."}
    )
    with studio:
        assert studio.stdout is not None
        server = Path("/proc", studio.stdout.readline().strip())
        assert server.is_dir()
        studio.kill()
    deadline = time.monotonic() + 10
    while server.is_dir() and "State:\tZ" not in (server / "status").read_text():
        assert time.monotonic() < deadline
        time.sleep(0.02)


_OPEN_AND_WAIT = f"""
import asyncio, time
from studio.providers.llm.embedded import Embedded, EmbeddedSettings
llm = Embedded(EmbeddedSettings(model={SMALL!r}))
asyncio.run(llm.open())
print(llm._server.pid, flush=True)
time.sleep(60)
"""
