"""How much of the agent's voice to hold back before it plays, learnt from how late its pieces come.

Pure: told when pieces arrive and when the speaker has run dry. Must not know a clock, a device or who speaks.
"""

from collections import deque

from studio.model.percentiles import percentile
from studio.model.time import Duration, Instant, to_ms

_REMEMBERED = 10
"""Clauses by which a source is judged."""
_PERCENTILE = 90
"""One bad clause in ten is let pass: a hiccup is heard once, a delay with every answer."""
_STEP_MS = 20.0
"""How much shorter the delay becomes with a clause that needed less."""


class JitterBuffer:
    """Learns, clause by clause, the delay with which a source's voice would have played without a gap.

    That is how much later than in real time, counted from a clause's first piece, its latest piece came. A source that
    is faster than real time needs none, and its first sample plays at once.
    """

    def __init__(self, limit_ms: float) -> None:
        """`limit_ms`: the longest delay; a source that needs more is heard with gaps."""
        self._limit_ms = limit_ms
        self._delay_ms = 0.0
        self._needs: deque[float] = deque(maxlen=_REMEMBERED)
        self._began: Instant | None = None
        self._come = 0
        """Nanoseconds of the clause under way that have come."""
        self._need_ms = 0.0
        self._dry = True
        self._waiting: Instant | None = None

    @property
    def delay_ms(self) -> float:
        """How long voice that comes to a speaker with nothing to play is held back, in milliseconds."""
        return self._delay_ms

    def begin(self) -> None:
        """A reply begins; what came of the one before is over."""
        self._began, self._dry, self._waiting = None, True, None

    def arrived(self, at: Instant, length: Duration, last: bool) -> None:
        """A piece of a clause came, that lasts `length` ns; `last` completes the clause."""
        if length > 0:
            if self._began is None:
                self._began, self._come, self._need_ms = at, 0, 0.0
            self._need_ms = max(self._need_ms, to_ms(at - self._began - self._come))
            self._come += length
            self._delay_ms = max(self._delay_ms, self._wanted([*self._needs, self._need_ms]))
            if self._dry and self._waiting is None:
                self._waiting = at
        if last and self._began is not None:
            self._began = None
            self._needs.append(self._need_ms)
            self._delay_ms = max(self._wanted([*self._needs]), self._delay_ms - _STEP_MS)

    def ran_dry(self) -> None:
        """The speaker has played everything it was given."""
        self._dry = True

    def release(self, now: Instant, complete: bool) -> float | None:
        """None: go on holding back. Else it may play now, after that many milliseconds.

        `complete`: there is no more to come of what waits, so nothing of it can be late.
        """
        waited_ms = 0.0 if self._waiting is None else to_ms(now - self._waiting)
        if self._dry and not complete and waited_ms < self._delay_ms:
            return None
        self._dry, self._waiting = False, None
        return min(waited_ms, self._delay_ms)

    def _wanted(self, needs: list[float]) -> float:
        return min(self._limit_ms, float(round(percentile(needs, _PERCENTILE))))
