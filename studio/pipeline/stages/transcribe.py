"""Speech in, words out: drives one STT stream and says when it was asked. Decides nothing."""

from collections.abc import Callable
from dataclasses import dataclass

from studio.model.audio import Samples
from studio.model.errors import ErrorCategory, ProviderError
from studio.model.events import Transcribed, TranscriptKind
from studio.model.time import Instant
from studio.pipeline.bus import Bus
from studio.pipeline.clock import Clock
from studio.pipeline.ports import SttStream


@dataclass(frozen=True, slots=True)
class WordsListener:
    """Whom to tell."""

    final: Callable[[int, str], None]
    """The engine's answer to a pause, by its number."""
    so_far: Callable[[str], None]
    """What the user has said, while they still speak."""


class Transcribe:
    """The STT stream of a call, told of speech and pauses by the conversation."""

    def __init__(self, stream: SttStream, clock: Clock, bus: Bus) -> None:
        self._stream = stream
        self._clock = clock
        self._bus = bus
        self._turn = 0
        self._pause: int | None = None
        self._asked: Instant | None = None

    def hear(self, samples: Samples) -> None:
        """The next samples of the user, speech or not."""
        self._stream.push(samples)

    def speech_started(self, turn: int) -> None:
        """The user speaks; an answer about an earlier pause is void."""
        self._turn, self._pause, self._asked = turn, None, None
        self._stream.speech_started()

    def paused(self, pause: int) -> None:
        """The turn may be over: ask for its words."""
        self._pause, self._asked = pause, self._clock.now()
        self._stream.speech_paused()

    def turn_over(self) -> None:
        """Forget the words: what follows is another turn."""
        self._pause = None
        self._stream.turn_committed()

    async def run(self, listener: WordsListener) -> None:
        """Publish what the engine says, and tell the listener, until cancelled.

        Raises:
            ProviderError: the engine failed, or ended although the call goes on.
        """
        async for said in self._stream.transcripts():
            is_end = said.kind is TranscriptKind.END
            if is_end and self._pause is None:
                continue  # about a pause that speech has ended since
            asked = self._asked if is_end else None
            self._bus.publish(Transcribed(self._clock.now(), self._turn, said.kind, said.text, asked, said.confidence))
            if is_end and self._pause is not None:
                pause, self._pause = self._pause, None
                listener.final(pause, said.text.strip())
            elif said.kind is TranscriptKind.INTERIM:
                listener.so_far(said.text.strip())
        raise ProviderError("The speech recognition ended in the middle of the call.", ErrorCategory.CONNECTION)
