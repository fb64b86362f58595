"""Clauses in, voice out: drives the TTS engine, trims its silence and brings it to the speaker's rate."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Collection
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from studio.model.audio import AudioBlock, Samples
from studio.model.conversation import TimedWord
from studio.model.events import SpeechSynthesised, TrackStarted
from studio.model.provider_events import UnitsUsed
from studio.model.terms import Stage, Track
from studio.model.time import Instant
from studio.pipeline.alignment import Alignment
from studio.pipeline.bus import Bus
from studio.pipeline.clauses import SPOKEN_ALONE, ClauseLengths, streamed
from studio.pipeline.clock import Clock
from studio.pipeline.pieces import Given, Pieces
from studio.pipeline.ports import Sound
from studio.pipeline.reply import Reply
from studio.pipeline.resampling import StreamResampler, resample
from studio.pipeline.retry.tts import VoiceChanged
from studio.pipeline.tasks import Tasks
from studio.pipeline.trimming import ClauseTrimmer


class Voice(Protocol):
    """Whoever speaks."""

    @property
    def use(self) -> str:
        """PROVIDER/MODEL, whose units are told."""

    @property
    def rate_hz(self) -> int:
        """Rate of what `speak` yields."""

    @property
    def opening_words(self) -> tuple[int, ...]:
        """As of `StreamingVoice`; empty where `speak` is to be used. May change with whoever takes over."""

    def speak(self, text: str) -> AsyncGenerator[Sound, None]:
        """As of `TextToSpeech`."""

    def speak_stream(self, texts: AsyncIterable[str]) -> AsyncGenerator[Sound, None]:
        """As of `StreamingVoice`.

        Raises:
            VoiceChanged: another voice is to say what was not begun.
        """


@dataclass(frozen=True, slots=True)
class VoicePiece:
    """A piece of a clause, ready for the speaker."""

    text: str
    """The whole clause, or of a streamed reply what is known to be spoken in time; empty for the pause after one, of
    which no word is lost when it is cut short."""
    samples: Samples
    """At the speaker's rate; may be empty in the last piece."""
    last: bool
    """True for the last piece of its clause."""
    words: tuple[TimedWord, ...] = ()
    """Words of the clause whose times are known now, in milliseconds from its first sample."""


class Speak:
    """Gives clauses a voice, in order."""

    def __init__(self, tts: Voice, speaker_rate_hz: int, clock: Clock, bus: Bus, fixed: Collection[str] = ()) -> None:
        """`fixed` are the agent's fixed phrases, which may be in the voice cache."""
        self._tts = tts
        self._fixed = fixed
        self._speaker_rate_hz = speaker_rate_hz
        self._clock = clock
        self._bus = bus
        self._position = 0

    @property
    def lengths(self) -> ClauseLengths:
        """How text is best cut for whoever speaks now."""
        return streamed(opening) if (opening := self._tts.opening_words) else SPOKEN_ALONE

    async def voice(self, reply: Reply, clauses: AsyncIterator[str]) -> AsyncGenerator[VoicePiece, None]:
        """The clauses' sound as it comes from the engine. Closing the iterator cancels the synthesis.

        An engine that takes text as it comes says them in one breath; that is one clause to the ear, whose text grows.
        The agent's fixed phrases are said by themselves, so that the cache knows them.
        """
        saying = _Saying(reply)
        tasks = Tasks(lambda _task, _error: None)  # raised below, after what came has been said
        taking = tasks.start("take clauses", saying.pieces.take(clauses))
        try:
            while (text := await saying.pieces.get(saying.next)) is not None:
                alone = text in self._fixed or not self._tts.opening_words
                spoken = self._clause(saying, text) if alone else self._stream(saying)
                async with aclosing(spoken) as pieces:
                    async for piece in pieces:
                        yield piece
            await asyncio.wait([taking])
            if (error := taking.exception()) is not None:
                raise error
        finally:
            await tasks.close()

    async def _clause(self, saying: "_Saying", text: str) -> AsyncGenerator[VoicePiece, None]:
        rate_hz = self._tts.rate_hz
        resampler = StreamResampler(rate_hz, self._speaker_rate_hz)
        trimmer = ClauseTrimmer(text, rate_hz)
        index, saying.next = saying.next, saying.next + 1
        reply, asked, cached = saying.reply, self._clock.now(), False
        words: tuple[TimedWord, ...] = ()
        """Those that have not been passed on: their times count from what is left after trimming."""
        async with aclosing(self._sounds(reply, text)) as sounds:
            async for sound in sounds:
                words += sound.words
                cached = sound.cached
                if (samples := trimmer.push(sound.samples)).size:
                    self._publish(reply.turn, index, asked, samples, cached)
                    told, words = words, ()
                    yield VoicePiece(text, resampler.push(samples), False, _earlier(told, trimmer.trimmed, rate_hz))
        yield VoicePiece(text, resampler.flush(), True, _earlier(words, trimmer.trimmed, rate_hz))
        if (pause := trimmer.flush()).size:
            self._publish(reply.turn, index, asked, pause, cached)
            yield VoicePiece("", resample(pause, rate_hz, self._speaker_rate_hz), last=True)

    async def _sounds(self, reply: Reply, text: str) -> AsyncGenerator[Sound, None]:
        """What the engine gives; its units count unless it was not asked, which the first sound tells."""
        reply.characters += len(text)
        known = False
        try:
            async with aclosing(self._tts.speak(text)) as sounds:
                async for sound in sounds:
                    if not known and sound.cached:
                        reply.characters -= len(text)
                    elif not known:
                        self._count(reply, text)
                    known = True
                    yield sound
        finally:
            if not known:  # cut off or failed before it said anything: it was asked all the same
                self._count(reply, text)

    def _count(self, reply: Reply, text: str) -> None:
        now, use = self._clock.now(), self._tts.use
        self._bus.publish(UnitsUsed(now, reply.turn, Stage.TTS, use, characters=len(text), draft=reply.draft))

    async def _stream(self, saying: "_Saying") -> AsyncGenerator[VoicePiece, None]:
        """All that is left of a reply, or as much of it as this voice says."""
        rate_hz, turn = self._tts.rate_hz, saying.reply.turn
        resampler = StreamResampler(rate_hz, self._speaker_rate_hz)
        breath = _Breath(saying.next, rate_hz)

        def give(text: str) -> None:
            breath.add(text, self._clock.now())
            saying.reply.characters += len(text)
            self._count(saying.reply, text)

        try:
            async with aclosing(self._tts.speak_stream(Given(saying.pieces, saying.next, give))) as sounds:
                async for sound in sounds:
                    samples, index, asked = breath.take(sound, may_pause=not saying.pieces.complete)
                    if samples.size:
                        self._publish(turn, index, asked, samples)
                    if breath.samples:
                        yield VoicePiece(breath.course.told(), resampler.push(samples), False, breath.take_words())
            text, said = breath.course.text, len(breath.asked)
        except VoiceChanged:
            text, said = breath.course.begun(breath.now_ms) if breath.samples else ("", 0)
        saying.next += said
        if breath.samples:
            yield VoicePiece(text.strip(), resampler.flush(), True, breath.take_words())
            pause = breath.trimmer.flush()
            self._publish(turn, saying.next - 1, breath.asked[said - 1], pause)
            yield VoicePiece("", resample(pause, rate_hz, self._speaker_rate_hz), last=True)

    def _publish(self, turn: int, clause: int, asked: Instant, samples: Samples, cached: bool = False) -> None:
        now = self._clock.now()
        if self._position == 0:
            self._bus.publish(TrackStarted(now, Track.AGENT, self._tts.rate_hz))
        self._bus.audio(Track.AGENT, AudioBlock(samples, self._position, now), self._tts.rate_hz)
        self._bus.publish(SpeechSynthesised(now, turn, clause, asked, self._position, samples.size, cached))
        self._position += samples.size


def _earlier(words: tuple[TimedWord, ...], samples: int, rate_hz: int) -> tuple[TimedWord, ...]:
    by_ms = samples * 1000 / rate_hz
    return tuple(TimedWord(word.text, word.start_ms - by_ms, word.end_ms - by_ms) for word in words)


@dataclass(slots=True)
class _Saying:
    """A reply on its way."""

    reply: Reply
    pieces: Pieces = field(default_factory=Pieces)
    next: int = 0
    """Index of the first piece that no voice has begun."""


class _Breath:
    """What one voice is given and says without a break."""

    def __init__(self, first: int, rate_hz: int) -> None:
        self._first = first
        self._rate_hz = rate_hz
        self._words: tuple[TimedWord, ...] = ()
        self.trimmer = ClauseTrimmer("", rate_hz)
        self.course = Alignment()
        self.asked: list[Instant] = []
        """When each piece was given."""
        self.samples = 0
        """How many came, without the silence before them."""

    @property
    def now_ms(self) -> float:
        """How far the sound has come, in the words' time."""
        return (self.trimmer.trimmed + self.samples) * 1000 / self._rate_hz

    def add(self, text: str, asked: Instant) -> None:
        """This was given, too."""
        self.course.add(text)
        self.asked.append(asked)

    def take(self, sound: Sound, may_pause: bool) -> tuple[Samples, int, Instant]:
        """What of this may be passed on, which piece it begins with, and when that was given.

        Held back at the end of everything is what may be cut, but no pause while more text is waited for.
        """
        self.course.hear(sound.words)
        self._words += sound.words
        samples = self.trimmer.push(sound.samples)
        if may_pause:
            samples = np.concatenate((samples, self.trimmer.release()))
        piece = self.course.piece(self.now_ms)
        self.samples += samples.size
        return samples, self._first + piece, self.asked[piece]

    def take_words(self) -> tuple[TimedWord, ...]:
        """Those told since the last time, in milliseconds from the first sample."""
        told, self._words = self._words, ()
        return _earlier(told, self.trimmer.trimmed, self._rate_hz)
