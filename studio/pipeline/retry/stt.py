"""Transcription that survives its connection: whoever takes over is sent again what the user has said in the turn."""

from collections import deque
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

from studio.model.audio import LISTENING_RATE_HZ, Samples
from studio.model.conversation import TimedWord
from studio.model.errors import ErrorCategory, ProviderError
from studio.model.terms import TranscriptKind
from studio.pipeline.ports import SpeechToText, SttStream, Transcript
from studio.pipeline.retry.chain import Attempts, Chain

LEAD_MS = 500
"""Sound before the VAD's word that belongs to the speech, as the port says."""
LONGEST_S = 60
"""As much of a turn is kept for sending it again."""


class RetryingStt:
    """The STT engines of a call, as one."""

    def __init__(self, chain: Chain[SpeechToText]) -> None:
        self._chain = chain

    async def stream(self) -> "RetryingStream":
        """Start transcribing one call.

        Raises:
            ProviderError: nobody answers.
        """
        return RetryingStream(self._chain, await connected(self._chain))


async def connected(chain: Chain[SpeechToText]) -> SttStream:
    """A stream of whoever answers."""
    attempts = chain.attempts()
    while True:
        try:
            return await chain.engine.stream()
        except ProviderError as error:
            await attempts.after(error)


class _Deaf:
    """Stands in while nobody listens."""

    billed_ms = 0.0

    def push(self, block: Samples) -> None:
        pass

    def speech_started(self) -> None:
        pass

    def speech_paused(self) -> None:
        pass

    def turn_committed(self) -> None:
        pass

    async def transcripts(self) -> AsyncGenerator[Transcript, None]:
        return
        yield

    async def close(self) -> None:
        pass


class RetryingStream:
    """One call's transcription (port `SttStream`) over as many streams as it takes."""

    def __init__(self, chain: Chain[SpeechToText], stream: SttStream) -> None:
        self._chain = chain
        self._stream = stream
        self._kept: deque[Samples] = deque()
        """The sound of the turn, or while nobody speaks the lead of the next one."""
        self._kept_samples = 0
        self._pushed = 0
        self._begins_at_ms = 0.0
        """Where the stream's first sample lies in all that was pushed."""
        self._in_turn = self._speaking = self._waiting = False
        self._billed_ms = 0.0
        """What the streams before this one have sent."""
        self._closed = False

    @property
    def use(self) -> str:
        """PROVIDER/MODEL of who listens now."""
        return self._chain.use

    @property
    def billed_ms(self) -> float:
        """As the port's, of all streams; what is sent again is billed again."""
        return self._billed_ms + self._stream.billed_ms

    def push(self, block: Samples) -> None:
        """As the port's."""
        self._pushed += block.size
        self._kept.append(block)
        self._kept_samples += block.size
        longest = LONGEST_S * LISTENING_RATE_HZ if self._in_turn else LEAD_MS * LISTENING_RATE_HZ // 1000
        while self._kept_samples - self._kept[0].size >= longest:
            self._kept_samples -= self._kept.popleft().size
        self._stream.push(block)

    def speech_started(self) -> None:
        """As the port's."""
        self._in_turn = self._speaking = True
        self._waiting = False
        self._stream.speech_started()

    def speech_paused(self) -> None:
        """As the port's."""
        self._speaking, self._waiting = False, True
        self._stream.speech_paused()

    def turn_committed(self) -> None:
        """As the port's."""
        self._in_turn = self._speaking
        self._waiting = False
        self._stream.turn_committed()

    async def transcripts(self) -> AsyncGenerator[Transcript, None]:
        """As the port's.

        Raises:
            ProviderError: nobody answers.
        """
        attempts = self._chain.attempts()
        while True:
            try:
                async with aclosing(self._stream.transcripts()) as transcripts:
                    async for said in transcripts:
                        attempts = self._chain.attempts()  # it works: what fails next is another failure
                        self._waiting = self._waiting and said.kind is not TranscriptKind.END
                        yield replace(said, words=tuple(map(self._placed, said.words)))
                ended = ProviderError("The speech recognition ended in the call.", ErrorCategory.CONNECTION)
            except ProviderError as error:
                ended = error
            if self._closed:
                return
            await self._renew(attempts, ended)

    async def close(self) -> None:
        """As the port's."""
        self._closed = True
        await self._stream.close()

    async def _renew(self, attempts: Attempts[SpeechToText], error: ProviderError) -> None:
        broken, self._stream = self._stream, _Deaf()
        self._billed_ms += broken.billed_ms
        await broken.close()
        while True:
            await attempts.after(error)
            try:
                self._stream = await self._chain.engine.stream()
                break
            except ProviderError as again:
                error = again
        self._begins_at_ms = (self._pushed - self._kept_samples) * 1000 / LISTENING_RATE_HZ
        if self._in_turn:
            self._stream.speech_started()
        for block in self._kept:
            self._stream.push(block)
        if self._waiting:
            self._stream.speech_paused()

    def _placed(self, word: TimedWord) -> TimedWord:
        return TimedWord(word.text, word.start_ms + self._begins_at_ms, word.end_ms + self._begins_at_ms)
