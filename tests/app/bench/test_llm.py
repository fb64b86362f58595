import asyncio
from collections.abc import AsyncGenerator, Sequence
from datetime import date
from pathlib import Path

import pytest

from studio.app.bench import llm
from studio.app.bench.contest import Entrant, Progress, Runs, Wishes
from studio.app.bench.llm import LlmRow, Reply, ask
from studio.app.bench.table import Table
from studio.app.measured import medians
from studio.model.conversation import Message, Tokens, Tool
from studio.model.errors import ProviderError
from studio.model.preset import Part, Role
from studio.model.price import Price
from studio.pipeline.clock import VirtualTimeLoop
from studio.pipeline.ports import ReplyPiece
from tests.fakes.registry import fake
from tests.fakes.script import Script
from tests.fakes.server import FakeServer

QUIET: Progress = str


@pytest.fixture(autouse=True)
def own_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("studio.app.measured.measured_file", lambda: tmp_path / "measured.json")


def compared(count: int, *uses: str) -> Table:
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(llm.compare(count, Wishes(uses), QUIET))


def test_models_are_measured_by_first_token_rate_and_price() -> None:
    table = compared(12, "scripted")
    (row,) = table.rows
    assert isinstance(row, LlmRow)
    # A word takes 20 ms; "I see." is complete with the word after it.
    assert (row.n, row.first_p50_ms, row.first_p95_ms, row.tier) == (12, 100, 100, "ultra-fast")
    assert row.clause_p50_ms == 140
    assert row.tokens_a_second == 50
    assert (row.usd, row.usd_1k_replies, row.failures) == (0, 0, 0)
    assert "scripted/script" in table.picture
    assert medians() == {"llm scripted/script": 100.0, "clause scripted/script": 40.0}


def test_a_model_that_cannot_be_used_gets_a_row() -> None:
    no_key, fine = compared(1, "openai", "scripted").rows
    assert isinstance(no_key, LlmRow)
    assert isinstance(fine, LlmRow)
    assert (no_key.n, no_key.tier, no_key.usd_1k_replies, fine.n) == (0, None, None, 1)
    assert "OPENAI_API_KEY" in no_key.trouble


class _Silent:
    async def reply(self, messages: Sequence[Message], tools: Sequence[Tool] = ()) -> AsyncGenerator[ReplyPiece, None]:
        yield ReplyPiece(tokens=Tokens(1, 0))


async def test_a_model_that_says_nothing_has_failed() -> None:
    with pytest.raises(ProviderError, match="without a word"):
        await ask(_Silent(), "Hello?")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("prices", "tokens", "usd"),
    [
        ({"prompt_1m": 1.0, "written_1m": 10.0}, Tokens(100, 10), 0.0002),
        ({"prompt_1m": 1.0}, None, None),
        ({}, None, 0),
    ],
    ids=["counted", "a server that does not count", "free"],
)
def test_a_price_needs_counted_tokens(prices: dict[str, float], tokens: Tokens | None, usd: float | None) -> None:
    entrant = Entrant(Role.LLM, Part(use="a/b"), Price(as_of=date(2026, 1, 1), **prices))
    row = llm._row(Runs(entrant, (Reply(100, 10, 0, tokens),), ()))
    assert row.usd == usd
    assert row.tokens_a_second is None


async def test_a_vendor_is_measured_against_its_stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    async with FakeServer({"": fake("openai", Script(first_token_s=0.05, token_s=0.001), "k")}) as server:
        table = await llm.compare(3, Wishes(("openai",), (("*", server.url()),)), QUIET)
        assert server.failures == []
    (row,) = table.rows
    assert isinstance(row, LlmRow)
    assert (row.n, row.trouble) == (3, "")
    assert row.first_p50_ms is not None
    assert 50 <= row.first_p50_ms < 1500
