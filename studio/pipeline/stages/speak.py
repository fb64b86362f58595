"""Clauses in, voice out: drives the TTS engine, trims its silence and brings it to the speaker's rate."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass

from studio.model.audio import AudioBlock, Samples
from studio.model.events import SpeechSynthesised, Track, TrackStarted
from studio.model.time import Instant
from studio.pipeline.bus import Bus
from studio.pipeline.clock import Clock
from studio.pipeline.ports import TextToSpeech
from studio.pipeline.resampling import StreamResampler, resample
from studio.pipeline.trimming import ClauseTrimmer


@dataclass(frozen=True, slots=True)
class VoicePiece:
    """A piece of a clause, ready for the speaker."""

    text: str
    """The whole clause; empty for the pause after one, of which no word is lost when it is cut short."""
    samples: Samples
    """At the speaker's rate; may be empty in the last piece."""
    last: bool
    """True for the last piece of its clause."""


class Speak:
    """Gives clauses a voice, in order."""

    def __init__(self, tts: TextToSpeech, speaker_rate_hz: int, clock: Clock, bus: Bus) -> None:
        self._tts = tts
        self._speaker_rate_hz = speaker_rate_hz
        self._clock = clock
        self._bus = bus
        self._position = 0

    async def voice(self, turn: int, clauses: AsyncIterator[str]) -> AsyncGenerator[VoicePiece, None]:
        """The clauses' sound as it comes from the engine. Closing the iterator cancels the synthesis."""
        index = 0
        async for text in clauses:
            resampler = StreamResampler(self._tts.rate_hz, self._speaker_rate_hz)
            trimmer = ClauseTrimmer(text, self._tts.rate_hz)
            asked = self._clock.now()
            async with aclosing(self._tts.speak(text)) as sounds:
                async for sound in sounds:
                    if (samples := trimmer.push(sound.samples)).size:
                        self._publish(turn, index, asked, samples)
                        yield VoicePiece(text, resampler.push(samples), last=False)
            yield VoicePiece(text, resampler.flush(), last=True)
            if (pause := trimmer.flush()).size:
                self._publish(turn, index, asked, pause)
                yield VoicePiece("", resample(pause, self._tts.rate_hz, self._speaker_rate_hz), last=True)
            index += 1

    def _publish(self, turn: int, clause: int, asked: Instant, samples: Samples) -> None:
        now = self._clock.now()
        if self._position == 0:
            self._bus.publish(TrackStarted(now, Track.AGENT, self._tts.rate_hz))
        self._bus.audio(Track.AGENT, AudioBlock(samples, self._position, now), self._tts.rate_hz)
        self._bus.publish(SpeechSynthesised(now, turn, clause, asked, self._position, samples.size))
        self._position += samples.size
