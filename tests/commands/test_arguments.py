from datetime import date

import pytest

from studio.app.prices import UNITS
from studio.commands.arguments import PRICED, base_urls, price_words, today
from studio.model.errors import StudioError
from studio.model.price import Price

DAY = date(2026, 11, 24)


def test_servers_are_given_by_provider() -> None:
    assert base_urls(["openai=http://127.0.0.1:1/v1", "*=http://h/{provider}?a=b"]) == (
        ("openai", "http://127.0.0.1:1/v1"),
        ("*", "http://h/{provider}?a=b"),
    )
    assert base_urls([]) == ()


@pytest.mark.parametrize("text", ["openai", "openai=", "openai=127.0.0.1", ""])
def test_anything_else_is_no_server(text: str) -> None:
    with pytest.raises(StudioError, match="give PROVIDER=URL"):
        base_urls([text])


@pytest.mark.parametrize(
    ("price", "free", "words"),
    [
        (None, False, "?"),
        (None, True, "free"),
        (Price(as_of=DAY, audio_minute=0.0043), False, "$0.0043/min (2026-11-24)"),
        (Price(as_of=DAY, prompt_1m=1, written_1m=5.5), False, "$1/1M in, $5.5/1M out (2026-11-24)"),
        (Price(as_of=DAY), False, "free (2026-11-24)"),
    ],
)
def test_a_price_is_told_with_its_day(price: Price | None, free: bool, words: str) -> None:
    assert price_words(price, free) == words


def test_every_unit_of_a_price_can_be_given_and_is_told() -> None:
    assert set(PRICED) == set(UNITS)
    everything = Price.model_validate({"as_of": DAY, **dict.fromkeys(UNITS, 1.0)})
    assert price_words(everything).count("$") == len(UNITS)


def test_today_is_today() -> None:
    assert today() == date.today()
