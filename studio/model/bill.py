"""What a call costs, turn by turn and stage by stage: the units of its events times the prices that are given.

Pure; must not know where prices come from.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from studio.model.events import Event
from studio.model.price import Price
from studio.model.provider_events import UnitsUsed
from studio.model.terms import Stage
from studio.model.time import NS_PER_S
from studio.model.turn_events import SpeculationEnded

NO_PRICES: Mapping[str, Price] = {}


@dataclass(slots=True)
class Cost:
    """Money in US dollars, and what it was paid for."""

    stages: dict[Stage, float] = field(default_factory=dict)
    """Of each stage that has a price."""
    cache_saved: float = 0.0
    """What the vendor's prompt cache saved, its own price subtracted."""
    prompt_tokens: int = 0
    cache_read_tokens: int = 0
    """Of the prompt tokens, those that the vendor already had."""
    cache_write_tokens: int = 0
    """Of the prompt tokens, those that the vendor keeps from now on."""
    unpriced: set[str] = field(default_factory=set)
    """PROVIDER/MODEL of what was used and has no known price."""
    wasted: float = 0.0
    """Of all that, what was paid for replies on speculation that nobody heard."""

    @property
    def usd(self) -> float:
        """All that has a price."""
        return sum(self.stages.values())

    def add(self, used: UnitsUsed, price: Price | None) -> None:
        """Count what was used."""
        self.prompt_tokens += used.prompt_tokens
        self.cache_read_tokens += used.cache_read_tokens
        self.cache_write_tokens += used.cache_write_tokens
        if price is None:
            self.unpriced.add(used.provider)
            return
        self.stages[used.stage] = self.stages.get(used.stage, 0.0) + price.of(used)
        self.cache_saved += price.saved_by_cache(used)


class Bill:
    """Collects what was used and tells what it costs so far."""

    def __init__(self, prices: Mapping[str, Price] = NO_PRICES) -> None:
        """`prices` by PROVIDER/MODEL."""
        self._prices = prices
        self._turns: dict[int, Cost] = {}
        self._length_ns = 0
        self._drafts: dict[int, float] = {}
        """What each reply on speculation has cost, until it is known whether it is heard."""
        self._missed: set[int] = set()
        self.total = Cost()

    def on_event(self, event: Event) -> None:
        """Take in the next event."""
        self._length_ns = max(self._length_ns, event.at)
        if isinstance(event, UnitsUsed):
            price = self._prices.get(event.provider)
            self.turn(event.turn).add(event, price)
            self.total.add(event, price)
            if event.draft and price is not None:
                self._drafts[event.draft] = self._drafts.get(event.draft, 0.0) + price.of(event)
        elif isinstance(event, SpeculationEnded) and not event.hit:
            self._missed.add(event.draft)
        else:
            return
        # A request that was cancelled tells its units after it was given up.
        for draft in self._missed & self._drafts.keys():
            wasted = self._drafts.pop(draft)
            self.turn(event.turn).wasted += wasted
            self.total.wasted += wasted

    def turn(self, index: int) -> Cost:
        """What a turn has cost so far."""
        return self._turns.setdefault(index, Cost())

    @property
    def minutes(self) -> float:
        """How long the call has lasted."""
        return self._length_ns / NS_PER_S / 60

    @property
    def usd_per_minute(self) -> float | None:
        """None before the call has lasted for a second."""
        return self.total.usd / self.minutes if self._length_ns >= NS_PER_S else None
