"""A tool that a language model used, and what an answer waited for it. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from studio.model.time import Duration, Instant


@dataclass(frozen=True, slots=True)
class ToolUse:
    """A tool that the model used."""

    name: str
    asked: Instant
    answered: Instant | None
    """None while it has not."""
    failed: bool = False

    @property
    def length(self) -> Duration | None:
        """How long it took."""
        return None if self.answered is None else Duration(self.answered - self.asked)


def waits(uses: Iterable[ToolUse], clause: Instant | None) -> list[tuple[Instant, Instant]]:
    """Asked and answered of the tools that the first clause waited for, in order; `clause`: when that was there.

    Tools that are asked at one moment work side by side: the last one to answer counts.
    """
    asked: dict[Instant, Instant] = {}
    for use in uses:
        if clause is not None and use.asked < clause:
            ended = min(use.answered or clause, clause)
            asked[use.asked] = max(asked.get(use.asked, use.asked), ended)
    return sorted(asked.items())
