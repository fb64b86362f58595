"""What a model costs, and what was used: units times prices. Pure; knows no vendor."""

from datetime import date

from pydantic import Field

from studio.model.provider_events import UnitsUsed
from studio.model.strict import Strict


class Price(Strict):
    """List prices of one model in US dollars; None: this unit is not billed."""

    as_of: date = Field(strict=False)
    """The day the price was looked up."""
    audio_minute: float | None = Field(default=None, ge=0)
    """For a minute of the user's sound."""
    characters_1k: float | None = Field(default=None, ge=0)
    """For a thousand characters that are given a voice."""
    prompt_1m: float | None = Field(default=None, ge=0)
    """For a million tokens of prompt that no cache held."""
    cache_read_1m: float | None = Field(default=None, ge=0)
    """For a million tokens of prompt from the vendor's cache; None: as `prompt_1m`."""
    cache_write_1m: float | None = Field(default=None, ge=0)
    """For a million tokens of prompt that the vendor keeps; None: as `prompt_1m`."""
    written_1m: float | None = Field(default=None, ge=0)
    """For a million tokens of reply."""

    def of(self, used: UnitsUsed) -> float:
        """US dollars for what was used."""
        fresh = used.prompt_tokens - used.cache_read_tokens - used.cache_write_tokens
        read = self.cache_read_1m if self.cache_read_1m is not None else self.prompt_1m
        write = self.cache_write_1m if self.cache_write_1m is not None else self.prompt_1m
        return (
            used.audio_ms / 60_000 * (self.audio_minute or 0)
            + used.characters / 1000 * (self.characters_1k or 0)
            + fresh / 1e6 * (self.prompt_1m or 0)
            + used.cache_read_tokens / 1e6 * (read or 0)
            + used.cache_write_tokens / 1e6 * (write or 0)
            + used.written_tokens / 1e6 * (self.written_1m or 0)
        )

    def saved_by_cache(self, used: UnitsUsed) -> float:
        """US dollars that the vendor's cache saved, its own price subtracted; negative where it cost more."""
        without = (used.cache_read_tokens + used.cache_write_tokens) / 1e6 * (self.prompt_1m or 0)
        read = self.cache_read_1m if self.cache_read_1m is not None else self.prompt_1m
        write = self.cache_write_1m if self.cache_write_1m is not None else self.prompt_1m
        return without - used.cache_read_tokens / 1e6 * (read or 0) - used.cache_write_tokens / 1e6 * (write or 0)
