"""The providers of one role in the order of the preset, and how long each is borne with.

A request waits longer before each new try, with jitter so that many callers do not come back at once, and
as long as the vendor asks for where it says so. Within a turn there is little time: soon the next provider takes over.
"""

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from studio.model.errors import ErrorCategory, ProviderError
from studio.model.provider_events import FellBack, Retried
from studio.model.terms import Stage
from studio.model.time import NS_PER_S
from studio.pipeline.bus import Bus
from studio.pipeline.clock import Clock
from studio.pipeline.ports import Candidate

P_co = TypeVar("P_co", covariant=True)

PASSING = frozenset({ErrorCategory.RATE_LIMIT, ErrorCategory.SERVER, ErrorCategory.CONNECTION})
"""What may be over in a moment. A wrong key is not, and whoever kept silent for seconds has used up the time."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long one provider is borne with."""

    tries: int = 3
    first_wait_s: float = 0.25
    """Before the second try; doubled before each further one, and then anything from half to one and a half of it."""
    budget_s: float = 4.0
    """From the first try to the last; an answer after 5 s finds nobody any more."""
    longest_wait_s: float = 1.0
    """Where another provider could take over, a longer wait is not waited."""


class Chain(Generic[P_co]):
    """The providers of one stage; whichever has taken over stays until the call ends."""

    def __init__(
        self,
        stage: Stage,
        candidates: Sequence[Candidate[P_co]],
        clock: Clock,
        bus: Bus,
        patience: Patience = Patience(),
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._stage = stage
        self._candidates = tuple(candidates)
        self._clock = clock
        self._bus = bus
        self._patience = patience
        self._jitter = jitter
        self._current = 0

    @property
    def first(self) -> P_co:
        """The preset's own choice."""
        return self._candidates[0].engine

    @property
    def engine(self) -> P_co:
        """Who is asked now."""
        return self._candidates[self._current].engine

    @property
    def use(self) -> str:
        """PROVIDER/MODEL of who is asked now."""
        return self._candidates[self._current].use

    @property
    def has_next(self) -> bool:
        """Whether another provider could take over."""
        return self._current + 1 < len(self._candidates)

    def fall_back(self, error: ProviderError) -> None:
        """Let the next provider take over.

        Raises:
            ProviderError: `error`, where there is none.
        """
        if not self.has_next:
            raise error
        before = self.use
        self._current += 1
        now = self._clock.now()
        self._bus.publish(FellBack(now, self._stage, before, self.use, str(error), error.category.value))

    def attempts(self) -> "Attempts[P_co]":
        """A request begins."""
        return Attempts(self, self._clock.now())

    async def bear(self, error: ProviderError, tries: int, since: int) -> bool:
        """Wait before another try; False, at once, where that would be of no use or take too long."""
        patience = self._patience
        wait_s = error.retry_after_s
        if wait_s is None:
            wait_s = patience.first_wait_s * 2 ** (tries - 1) * (0.5 + self._jitter())
        spent_s = (self._clock.now() - since) / NS_PER_S
        if error.category not in PASSING or tries >= patience.tries or spent_s + wait_s > patience.budget_s:
            return False
        if self.has_next and wait_s > patience.longest_wait_s:
            return False
        self._bus.publish(Retried(self._clock.now(), self._stage, self.use, str(error), round(wait_s * 1000, 1)))
        await asyncio.sleep(wait_s)
        return True


class Attempts(Generic[P_co]):
    """The tries of one request."""

    def __init__(self, chain: Chain[P_co], since: int) -> None:
        self._chain = chain
        self._since = since
        self._tries = 0

    async def after(self, error: ProviderError) -> None:
        """A try has failed: return when the chain's engine should be asked again.

        Raises:
            ProviderError: `error`, where nobody is left to ask.
        """
        self._tries += 1
        if not await self._chain.bear(error, self._tries, self._since):
            self._chain.fall_back(error)
            self._tries = 0
