"""Clauses in, voice out: drives the TTS engine and brings its sound to the speaker's rate."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass

import numpy as np

from studio.model.audio import AudioBlock, Samples, audible_span
from studio.model.events import SpeechSynthesised, Track, TrackStarted
from studio.model.time import Instant
from studio.pipeline.bus import Bus
from studio.pipeline.clock import Clock
from studio.pipeline.ports import TextToSpeech
from studio.pipeline.resampling import StreamResampler

_LEAD_IN_MS = 10
"""Silence that is kept before a reply's first audible sample; engines begin with up to 300 ms of it."""


@dataclass(frozen=True, slots=True)
class VoicePiece:
    """A piece of a clause, ready for the speaker."""

    text: str
    """The whole clause."""
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

    async def voice(self, turn: int, clauses: AsyncIterator[str]) -> AsyncIterator[VoicePiece]:
        """The clauses' sound as it comes from the engine. Closing the iterator cancels the synthesis."""
        index = 0
        async for text in clauses:
            resampler = StreamResampler(self._tts.rate_hz, self._speaker_rate_hz)
            asked = self._clock.now()
            audible = index > 0
            async with aclosing(self._tts.speak(text)) as sounds:
                async for sound in sounds:
                    samples = sound if audible else self._without_lead_in(sound)
                    if samples.size == 0:
                        continue
                    audible = True
                    self._publish(turn, index, asked, samples)
                    yield VoicePiece(text, resampler.push(samples), last=False)
            yield VoicePiece(text, resampler.flush(), last=True)
            index += 1

    def _without_lead_in(self, samples: Samples) -> Samples:
        span = audible_span(samples, self._tts.rate_hz)
        if span is None:
            return samples[:0]
        return samples[max(0, span[0] - self._tts.rate_hz * _LEAD_IN_MS // 1000) :]

    def _publish(self, turn: int, clause: int, asked: Instant, samples: Samples) -> None:
        now = self._clock.now()
        if self._position == 0:
            self._bus.publish(TrackStarted(now, Track.AGENT, self._tts.rate_hz))
        self._bus.audio(Track.AGENT, AudioBlock(samples, self._position, now), self._tts.rate_hz)
        self._bus.publish(SpeechSynthesised(now, turn, clause, asked, self._position, int(np.size(samples))))
        self._position += samples.size
