"""One recording heard by one recogniser as in a call: in real time, through the VAD, told of speech and pauses.

The same turn taking as in a call decides what the recogniser is told; nobody judges turns, so that a turn ends after
`patience_ms`, or when the vendor says so. Must not know who compares.
"""

import asyncio
from dataclasses import dataclass

from studio.app.bench.recordings import Recording
from studio.audio.wav_file import WavSource
from studio.model.audio import LISTENING_RATE_HZ
from studio.model.errors import ErrorCategory, ProviderError
from studio.model.preset import Speculation, TurnTaking
from studio.model.terms import TranscriptKind, Trigger
from studio.model.time import Instant, later, of_samples, to_ms
from studio.pipeline import floor, turn_taking
from studio.pipeline.bus import Bus
from studio.pipeline.clock import Clock
from studio.pipeline.floor import User
from studio.pipeline.ports import SpeechToText, SttStream, Vad
from studio.pipeline.stages.listen import HeardFrame, Listen
from studio.pipeline.tasks import Tasks

PATIENCE_S = 15
"""How long after a recording's end its final words are waited for."""


@dataclass(frozen=True, slots=True)
class Final:
    """The recogniser's answer to one pause."""

    silent: Instant
    """The last audible sample before the pause."""
    told: Instant
    """When it was told of the pause."""
    answered: Instant

    @property
    def after_told_ms(self) -> float:
        """From being told to the final words."""
        return to_ms(self.answered - self.told)

    @property
    def after_sound_ms(self) -> float:
        """From the last audible sample to the final words."""
        return to_ms(self.answered - self.silent)


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of one recording."""

    recording: Recording
    text: str
    finals: tuple[Final, ...]
    billed_ms: float
    """Milliseconds of sound that were sent to whoever bills them."""


async def hear(stt: SpeechToText, recording: Recording, vad: Vad, timers: TurnTaking) -> Heard:
    """Let an open recogniser hear a recording, which takes as long as it is.

    Raises:
        AudioFileError: the recording cannot be used.
        ProviderError: the recogniser failed, or gave no final words.
    """
    clock = Clock(asyncio.get_running_loop())
    source = await asyncio.to_thread(WavSource, recording.path, clock)
    stream = await stt.stream()
    try:
        return await _Hearing(source, stream, vad, timers, clock).run(recording)
    finally:
        await stream.close()


class _Hearing:
    def __init__(self, source: WavSource, stream: SttStream, vad: Vad, timers: TurnTaking, clock: Clock) -> None:
        self._source = source
        self._stream = stream
        self._rules = floor.Rules(timers, Speculation(reply=False))
        self._clock = clock
        self._listen = Listen(source, vad, timers.vad_threshold, clock, Bus())
        self._state = floor.State()
        self._speech_from = Instant(0)
        self._pause: int | None = None
        """The one that the recogniser was told of and has not answered."""
        self._silent = self._told = Instant(0)
        self._finals: list[Final] = []
        self._texts: list[str] = []
        """Of the turns that are over."""
        self._failure: Exception | None = None

    async def run(self, recording: Recording) -> Heard:
        tasks = Tasks(self._failed)
        tasks.start("words", self._read())
        ended: Instant | None = None
        try:
            async for frame in self._listen.frames():
                if self._failure is None:
                    self._hear(frame)
                if self._source.exhausted:
                    ended = ended or self._clock.now()
                    if to_ms(self._clock.now() - ended) > PATIENCE_S * 1000:
                        message = f"It gave no final words within {PATIENCE_S} s after {recording.name} was over."
                        self._failure = self._failure or ProviderError(message, ErrorCategory.TIMEOUT)
                if self._failure is not None or (ended and self._finished):
                    await self._source.close()
        finally:
            await tasks.close()
        if self._failure is not None:
            raise self._failure
        last = self._state.words if self._state.user is User.PAUSING else ""
        text = " ".join([*self._texts, last or ""]).strip()
        return Heard(recording, text, tuple(self._finals), self._stream.billed_ms)

    @property
    def _finished(self) -> bool:
        return self._state.user is not User.SPEAKING and self._pause is None

    def _hear(self, frame: HeardFrame) -> None:
        self._stream.push(frame.samples)
        self._step(floor.Frame(frame.speech, of_samples(frame.samples.size, LISTENING_RATE_HZ)))

    async def _read(self) -> None:
        async for said in self._stream.transcripts():
            if said.kind is not TranscriptKind.END:
                continue
            text, pause = said.text.strip(), self._pause
            if pause is not None:
                self._pause = None
                self._finals.append(Final(self._silent, self._told, self._clock.now()))
            if said.trigger is Trigger.VENDOR:
                self._step(floor.VendorEnd(text))
            elif pause is not None:
                self._step(floor.FinalWords(pause, text))
        raise ProviderError("It ended in the middle of a recording.", ErrorCategory.CONNECTION)

    def _failed(self, _name: str, error: Exception) -> None:
        self._failure = error

    def _step(self, event: floor.Input) -> None:
        self._state, decisions = turn_taking.step(self._state, event, self._clock.now(), self._rules)
        for decision in decisions:
            self._obey(decision)

    def _obey(self, decision: floor.Decision) -> None:
        match decision:
            case floor.HearSpeech(speech_ns=speech):
                self._speech_from, self._pause = later(self._listen.end, -speech), None
                self._stream.speech_started()
            case floor.ExpectEnd(pause=pause):
                span = self._listen.audible_since(self._speech_from)
                self._silent = span[1] if span else self._listen.end
                self._pause, self._told = pause, self._clock.now()
                self._stream.speech_paused()
            case floor.Commit(text=text):
                self._texts.append(text)
                self._stream.turn_committed()
                self._step(floor.ReplyOver())  # nobody answers
            case floor.Dismiss():
                self._stream.turn_committed()
            case _:
                pass
