from dataclasses import replace

import pytest

from benchmarks.overhead import EACH, TABLE, Added, added, row, table
from studio.model.preset import Role
from tests.providers.hosted import KEY, QUICK

SLOW = replace(QUICK, final_s=0.3, first_token_s=0.3, first_audio_s=0.3)


@pytest.mark.parametrize("role", [Role.STT, Role.LLM, Role.TTS])
async def test_what_a_client_adds_is_measured_without_the_vendors_own_delay(
    role: Role, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    use = next(use for each, use in EACH if each is role)
    measured = await added(role, use, runs=2, script=SLOW)
    assert (measured.role, measured.use) == (role, use)
    assert 0 < measured.ms < 300
    assert 0 < measured.bare_ms < 300


def test_the_table_has_every_provider_with_what_the_catalog_says() -> None:
    rows = [line.rsplit(" | ", 2)[0] for line in TABLE.read_text("utf-8").splitlines() if "| `" in line]
    assert rows == [row(role, use, "").removesuffix(" |  |") for role, use in EACH]


def test_a_row_has_both_figures_and_the_text_says_whose() -> None:
    made = table([Added(Role.LLM, "openai/gpt-5.4-mini", 2.0, 0.25)], 15, "4 cores, idle")
    assert made.splitlines()[-1].endswith(" | 2.0 | 8 |")
    assert "median of 15" in made
    assert "4 cores, idle." in made
