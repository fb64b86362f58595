from datetime import date
from pathlib import Path

import pytest

from studio.app.measured import keep
from studio.app.offers import Offer, closed, fate, offers
from studio.app.plan import Source
from studio.app.prices import set_price
from studio.model.errors import PresetError
from studio.model.preset import Role

TODAY = date(2026, 11, 24)
LLAMA = "groq/llama-3.1-8b-instant"


@pytest.fixture(autouse=True)
def own_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("studio.app.measured.measured_file", lambda: tmp_path / "measured.json")
    monkeypatch.setattr("studio.app.prices.prices_file", lambda: tmp_path / "prices.toml")


def offer(use: str) -> Offer:
    return next(each for each in offers() if each.use == use)


def test_all_that_there_is_is_offered_in_the_order_of_the_pipeline() -> None:
    order = list(Role)
    roles = [order.index(each.model.role) for each in offers()]
    assert roles == sorted(roles)
    assert {each.model.role for each in offers()} >= {Role.VAD, Role.STT, Role.LLM, Role.TTS}


def test_one_role_or_one_provider_can_be_asked_for() -> None:
    assert {each.model.role for each in offers(Role.STT)} == {Role.STT}
    assert {each.provider for each in offers(provider="deepgram")} == {"deepgram"}
    with pytest.raises(PresetError, match=r"no provider 'nobody'; there are: .*deepgram"):
        offers(provider="nobody")


def test_a_key_is_looked_up_once_for_all_models(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def place_of(name: str) -> str | None:
        asked.append(name)
        return "keyring" if name == "DEEPGRAM_API_KEY" else None

    monkeypatch.setattr("studio.providers.keys.place_of", place_of)
    assert offer("deepgram/nova-3").key_place == "keyring"
    assert len(asked) == len(set(asked))
    assert offer("cartesia/ink-2").key_place is None


def test_a_users_own_price_and_times_come_first() -> None:
    assert (offer(LLAMA).tier, offer(LLAMA).speed.source, offer(LLAMA).own_price) == (
        "ultra-fast",
        Source.PUBLISHED,
        False,
    )
    keep({f"llm {LLAMA}": [500.0]}, TODAY)
    set_price(LLAMA, {"written_1m": 0.02}, TODAY)
    mine = offer(LLAMA)
    assert (mine.tier, mine.speed.source, mine.own_price) == ("fast", Source.MEASURED, True)
    assert mine.price is not None
    assert (mine.price.written_1m, mine.price.prompt_1m is not None) == (0.02, True)


def test_what_runs_on_this_machine_is_free() -> None:
    assert (offer("moonshine/tiny-en").free, offer("moonshine/tiny-en").price) == (True, None)
    assert not offer("deepgram/nova-3").free


def test_the_end_of_a_model_is_told_with_what_follows() -> None:
    gone = offer("cartesia/sonic")
    assert fate(gone, date(2026, 5, 1)) == "retires 2026-06-01, use cartesia/sonic-3.5"
    assert fate(gone, TODAY) == "retired 2026-06-01, use cartesia/sonic-3.5"
    assert fate(offer("moonshine/tiny-en"), TODAY) == ""


def test_who_has_closed_offers_nothing_and_is_named() -> None:
    assert [name for name, _ in closed()] == ["playht"]
    assert "playht" not in {each.provider for each in offers()}
