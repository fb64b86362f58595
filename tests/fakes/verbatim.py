"""An HTTP answer that a test writes itself, byte for byte."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.fakes.server import Answer, Gone


@dataclass(frozen=True)
class Verbatim:
    """Bytes are sent as one chunk each, numbers are waited for in seconds."""

    parts: tuple[bytes | float, ...] = ()
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=lambda: {"Content-Type": "text/event-stream"})
    complete: bool = True
    """False: the connection is cut where the end of the body should come."""

    async def play(self, answer: Answer) -> None:
        """Send it."""
        await answer.start(self.status, self.headers)
        for part in self.parts:
            if isinstance(part, bytes):
                await answer.send(part)
            else:
                await answer.pause(part)
        if not self.complete:
            raise Gone
        await answer.end()
