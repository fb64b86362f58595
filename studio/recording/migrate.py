"""Older formats become the present one: a chain of small converters, one for each step.

Works on plain JSON objects as they were read; must not know of files. Sessions are never rewritten:
they are converted each time they are opened.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from studio.model.errors import SessionError
from studio.model.session import SESSION_FORMAT

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Converter:
    """One step: what became of a header and of an event from one format to the next."""

    header: Callable[[Json], Json]
    """The header in the next format; `format` itself is counted up for it."""
    event: Callable[[Json], Json]
    """An event's object in the next format."""


_ONLY_MORE = Converter(header=dict, event=dict)
"""To a format that has more kinds of events, and fields that may be missing."""
CONVERTERS: Mapping[int, Converter] = {1: _ONLY_MORE, 2: _ONLY_MORE}
"""By the format that each converts from."""


class Migration:
    """The way from one format to the present one."""

    def __init__(
        self, start: int, target: int = SESSION_FORMAT, converters: Mapping[int, Converter] = CONVERTERS
    ) -> None:
        """Find the way.

        Raises:
            SessionError: the format is newer than this studio, or there is no way.
        """
        if start > target:
            raise SessionError(
                f"The session has format {start} and this studio reads up to {target}: please update the studio."
            )
        if missing := [step for step in range(start, target) if step not in converters]:
            raise SessionError(f"Sessions of format {missing[0]} cannot be read by this studio.")
        self._steps = [(step + 1, converters[step]) for step in range(start, target)]

    def header(self, record: Json) -> Json:
        """A header in the present format."""
        for reached, step in self._steps:
            record = {**step.header(record), "format": reached}
        return record

    def event(self, record: Json) -> Json:
        """An event in the present format."""
        for _, step in self._steps:
            record = step.event(record)
        return record
