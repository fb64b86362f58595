"""What several commands read alike from their arguments."""

from collections.abc import Iterable
from datetime import date

from studio.model.errors import StudioError
from studio.model.price import Price

PRICED = {
    "audio_minute": "a minute of the user's sound",
    "characters_1k": "a thousand characters that are spoken",
    "prompt_1m": "a million tokens of prompt",
    "cache_read_1m": "a million tokens that the vendor already had",
    "cache_write_1m": "a million tokens that the vendor keeps",
    "written_1m": "a million tokens of reply",
}
"""What can have a price: the fields of `Price`."""


def base_urls(texts: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Provider and server out of each PROVIDER=URL.

    Raises:
        StudioError: a text has another form.
    """
    found = []
    for text in texts:
        provider, separator, url = text.partition("=")
        if not separator or "://" not in url:
            raise StudioError(f"--base-url {text}: give PROVIDER=URL, for example openai=http://127.0.0.1:8080/v1.")
        found.append((provider, url))
    return tuple(found)


_UNITS = {
    "audio_minute": "min",
    "characters_1k": "1k chars",
    "prompt_1m": "1M in",
    "cache_read_1m": "1M cached",
    "cache_write_1m": "1M kept",
    "written_1m": "1M out",
}


def price_words(price: Price | None, free: bool = False) -> str:
    """A price in few words, with its day; `?` where it is not known."""
    if price is None:
        return "free" if free else "?"
    parts = [f"${amount:g}/{unit}" for name, unit in _UNITS.items() if (amount := getattr(price, name)) is not None]
    return f"{', '.join(parts) or 'free'} ({price.as_of:%Y-%m-%d})"


def today() -> date:
    """The day prices are dated by."""
    return date.today()
