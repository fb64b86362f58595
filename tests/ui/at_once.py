"""Background work that is done at once, so that a test or a picture need not wait for it."""

from collections.abc import Callable
from typing import Any

from studio.model.errors import StudioError


def at_once(
    name: str, work: Callable[[], Any], done: Callable[[Any], None], failed: Callable[[StudioError], None]
) -> None:
    try:
        outcome = work()
    except StudioError as error:
        failed(error)
    else:
        done(outcome)
