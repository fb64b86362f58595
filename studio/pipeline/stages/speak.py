"""Clauses in, voice out: drives the TTS engine, trims its silence and brings it to the speaker's rate."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Protocol

from studio.model.audio import AudioBlock, Samples
from studio.model.conversation import TimedWord
from studio.model.events import SpeechSynthesised, TrackStarted
from studio.model.provider_events import UnitsUsed
from studio.model.terms import Stage, Track
from studio.model.time import Instant
from studio.pipeline.bus import Bus
from studio.pipeline.clock import Clock
from studio.pipeline.ports import Sound
from studio.pipeline.reply import Reply
from studio.pipeline.resampling import StreamResampler, resample
from studio.pipeline.trimming import ClauseTrimmer


class Voice(Protocol):
    """Whoever speaks."""

    @property
    def use(self) -> str:
        """PROVIDER/MODEL, whose units are told."""

    @property
    def rate_hz(self) -> int:
        """Rate of what `speak` yields."""

    def speak(self, text: str) -> AsyncGenerator[Sound, None]:
        """As of `TextToSpeech`."""


@dataclass(frozen=True, slots=True)
class VoicePiece:
    """A piece of a clause, ready for the speaker."""

    text: str
    """The whole clause; empty for the pause after one, of which no word is lost when it is cut short."""
    samples: Samples
    """At the speaker's rate; may be empty in the last piece."""
    last: bool
    """True for the last piece of its clause."""
    words: tuple[TimedWord, ...] = ()
    """Words of the clause whose times are known now, in milliseconds from its first sample."""


class Speak:
    """Gives clauses a voice, in order."""

    def __init__(self, tts: Voice, speaker_rate_hz: int, clock: Clock, bus: Bus) -> None:
        self._tts = tts
        self._speaker_rate_hz = speaker_rate_hz
        self._clock = clock
        self._bus = bus
        self._position = 0

    async def voice(self, reply: Reply, clauses: AsyncIterator[str]) -> AsyncGenerator[VoicePiece, None]:
        """The clauses' sound as it comes from the engine. Closing the iterator cancels the synthesis."""
        index = 0
        async for text in clauses:
            async with aclosing(self._clause(reply, index, text)) as pieces:
                async for piece in pieces:
                    yield piece
            index += 1

    async def _clause(self, reply: Reply, index: int, text: str) -> AsyncGenerator[VoicePiece, None]:
        rate_hz = self._tts.rate_hz
        resampler = StreamResampler(rate_hz, self._speaker_rate_hz)
        trimmer = ClauseTrimmer(text, rate_hz)
        asked = self._clock.now()
        cached = False
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
                    if not known:
                        known = True
                        self._count(reply, text, sound.cached)
                    yield sound
        finally:
            if not known:  # cut off or failed before it said anything: it was asked all the same
                self._count(reply, text, cached=False)

    def _count(self, reply: Reply, text: str, cached: bool) -> None:
        if cached:
            reply.characters -= len(text)
            return
        now, use = self._clock.now(), self._tts.use
        self._bus.publish(UnitsUsed(now, reply.turn, Stage.TTS, use, characters=len(text), draft=reply.draft))

    def _publish(self, turn: int, clause: int, asked: Instant, samples: Samples, cached: bool) -> None:
        now = self._clock.now()
        if self._position == 0:
            self._bus.publish(TrackStarted(now, Track.AGENT, self._tts.rate_hz))
        self._bus.audio(Track.AGENT, AudioBlock(samples, self._position, now), self._tts.rate_hz)
        self._bus.publish(SpeechSynthesised(now, turn, clause, asked, self._position, samples.size, cached))
        self._position += samples.size


def _earlier(words: tuple[TimedWord, ...], samples: int, rate_hz: int) -> tuple[TimedWord, ...]:
    by_ms = samples * 1000 / rate_hz
    return tuple(TimedWord(word.text, word.start_ms - by_ms, word.end_ms - by_ms) for word in words)
