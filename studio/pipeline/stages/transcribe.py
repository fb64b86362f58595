"""Speech in, words out: drives one STT stream and says when it was asked. Decides nothing."""

from collections.abc import Callable
from typing import Protocol

from studio.model.audio import AudioBlock
from studio.model.conversation import TimedWord
from studio.model.errors import ErrorCategory, ProviderError
from studio.model.events import Transcribed
from studio.model.provider_events import UnitsUsed
from studio.model.terms import Stage, TranscriptKind, Trigger
from studio.model.time import Instant, to_ms
from studio.pipeline.bus import Bus
from studio.pipeline.clock import Clock
from studio.pipeline.floor import FinalWords, VendorEager, VendorEnd, VendorResume, WordsSoFar
from studio.pipeline.ports import SttStream, Transcript


class Listener(SttStream, Protocol):
    """Whoever listens."""

    @property
    def use(self) -> str:
        """PROVIDER/MODEL, whose units are told."""


Words = WordsSoFar | FinalWords | VendorEager | VendorResume | VendorEnd
"""What turn taking is told of them."""


def words_unasked(said: Transcript | Transcribed) -> Words | None:
    """What turn taking is told of words that come of the engine's own accord; None for those it was asked for."""
    text = said.text.strip()
    match said.kind:
        case TranscriptKind.INTERIM:
            return WordsSoFar(text)
        case TranscriptKind.EAGER_END:
            return VendorEager(text)
        case TranscriptKind.RESUME:
            return VendorResume()
        case TranscriptKind.END if said.trigger is Trigger.VENDOR:
            return VendorEnd(text)
    return None


class Transcribe:
    """The STT stream of a call, told of speech and pauses by the conversation."""

    def __init__(self, stream: Listener, clock: Clock, bus: Bus) -> None:
        self._stream = stream
        self._clock = clock
        self._bus = bus
        self._turn = 0
        self._pause: int | None = None
        self._asked: Instant | None = None
        self._began: Instant | None = None
        """When the first sample was at the device."""
        self._billed_ms = 0.0

    def hear(self, block: AudioBlock) -> None:
        """The next sound of the user, speech or not."""
        self._began = block.at if self._began is None else self._began
        self._stream.push(block.samples)

    def speech_started(self, turn: int) -> None:
        """The user speaks; an answer about an earlier pause is void."""
        self._turn, self._pause, self._asked = turn, None, None
        self._stream.speech_started()

    def paused(self, pause: int) -> None:
        """The turn may be over: ask for its words."""
        self._pause, self._asked = pause, self._clock.now()
        self._stream.speech_paused()

    def turn_over(self, next_turn: int) -> None:
        """Forget the words: what follows is another turn, also what a vendor hears before the VAD does."""
        self._pause = None
        self._count()
        self._turn = next_turn
        self._stream.turn_committed()

    async def close(self) -> None:
        """Hang up; what was sent since the last turn counts, too."""
        self._count()
        await self._stream.close()

    async def run(self, tell: Callable[[Words], None]) -> None:
        """Publish what the engine says, and tell it, until cancelled.

        Raises:
            ProviderError: the engine failed, or ended although the call goes on.
        """
        async for said in self._stream.transcripts():
            words = words_unasked(said)
            answers = said.kind is TranscriptKind.END and words is None
            if answers:
                if self._pause is None:
                    continue  # about a pause that speech has ended since
                words, self._pause = FinalWords(self._pause, said.text.strip()), None
            self._publish(said, self._asked if answers else None)
            if words is not None:
                tell(words)
        raise ProviderError("The speech recognition ended in the middle of the call.", ErrorCategory.CONNECTION)

    def _publish(self, said: Transcript, asked: Instant | None) -> None:
        began_ms = to_ms(self._began or 0)
        words = tuple(
            TimedWord(word.text, round(began_ms + word.start_ms, 1), round(began_ms + word.end_ms, 1))
            for word in said.words
        )
        now = self._clock.now()
        self._bus.publish(
            Transcribed(now, self._turn, said.kind, said.text, asked, said.confidence, said.trigger, words)
        )

    def _count(self) -> None:
        """Tell what was sent since the last time."""
        sent_ms, self._billed_ms = self._stream.billed_ms - self._billed_ms, self._stream.billed_ms
        if sent_ms > 0:
            self._bus.publish(
                UnitsUsed(self._clock.now(), self._turn, Stage.STT, self._stream.use, audio_ms=round(sent_ms, 1))
            )
