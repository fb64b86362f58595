from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.model.price import Price
from studio.model.provider_events import UnitsUsed
from studio.model.terms import Stage
from studio.model.time import Instant


def used(**units: Any) -> UnitsUsed:
    return UnitsUsed(Instant(0), 0, Stage.LLM, "vendor/model", **units)


def price(**prices: float) -> Price:
    return Price(as_of=date(2026, 11, 23), **prices)


@pytest.mark.parametrize(
    ("prices", "units", "usd"),
    [
        ({"audio_minute": 0.0043}, {"audio_ms": 90_000}, 0.00645),
        ({"characters_1k": 0.05}, {"characters": 300}, 0.015),
        ({"prompt_1m": 3.0, "written_1m": 15.0}, {"prompt_tokens": 1000, "written_tokens": 100}, 0.0045),
        (
            {"prompt_1m": 1.0, "cache_read_1m": 0.1, "cache_write_1m": 1.25},
            {"prompt_tokens": 1_000_000, "cache_read_tokens": 600_000, "cache_write_tokens": 300_000},
            0.1 + 0.06 + 0.375,
        ),
        ({"prompt_1m": 1.0}, {"prompt_tokens": 1_000_000, "cache_read_tokens": 600_000}, 1.0),
        ({"characters_1k": 0.05}, {"audio_ms": 60_000, "prompt_tokens": 10}, 0.0),
    ],
    ids=["sound", "characters", "tokens", "cached tokens", "a cache without a price of its own", "nothing it bills"],
)
def test_units_times_prices(prices: dict[str, float], units: dict[str, float], usd: float) -> None:
    assert price(**prices).of(used(**units)) == pytest.approx(usd)


def test_what_a_cache_saves_is_what_the_same_prompt_would_have_cost() -> None:
    list_price = price(prompt_1m=1.0, cache_read_1m=0.1, cache_write_1m=1.25)
    assert list_price.saved_by_cache(used(prompt_tokens=100_000, cache_read_tokens=100_000)) == pytest.approx(0.09)
    assert list_price.saved_by_cache(used(prompt_tokens=100_000, cache_write_tokens=100_000)) == pytest.approx(-0.025)


@given(
    tokens=st.tuples(*[st.integers(0, 10**6)] * 3),
    prices=st.tuples(*[st.floats(0, 100)] * 3),
)
def test_cost_and_saving_make_the_price_without_a_cache(
    tokens: tuple[int, int, int], prices: tuple[float, float, float]
) -> None:
    fresh, read, write = tokens
    list_price = price(prompt_1m=prices[0], cache_read_1m=prices[1], cache_write_1m=prices[2])
    with_cache = used(prompt_tokens=fresh + read + write, cache_read_tokens=read, cache_write_tokens=write)
    without = used(prompt_tokens=fresh + read + write)
    total = list_price.of(with_cache) + list_price.saved_by_cache(with_cache)
    assert total == pytest.approx(list_price.of(without), abs=1e-9)


def test_a_price_comes_back_from_json() -> None:
    list_price = price(audio_minute=0.0043)
    assert Price.model_validate(list_price.model_dump(mode="json")) == list_price
