"""Clauses in, voice out: drives the TTS engine, trims its silence and brings it to the speaker's rate."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass

import numpy as np

from studio.model.audio import AudioBlock, Samples
from studio.model.events import SpeechSynthesised, Track, TrackStarted
from studio.model.time import Instant
from studio.pipeline.bus import Bus
from studio.pipeline.clock import Clock
from studio.pipeline.ports import TextToSpeech
from studio.pipeline.resampling import StreamResampler
from studio.pipeline.trimming import ClauseTrimmer


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
            trimmer = ClauseTrimmer(text, self._tts.rate_hz)
            asked = self._clock.now()
            async with aclosing(self._tts.speak(text)) as sounds:
                async for sound in sounds:
                    if (samples := trimmer.push(sound)).size:
                        self._publish(turn, index, asked, samples)
                        yield VoicePiece(text, resampler.push(samples), last=False)
            pause = trimmer.flush()
            if pause.size:
                self._publish(turn, index, asked, pause)
            yield VoicePiece(text, np.concatenate((resampler.push(pause), resampler.flush())), last=True)
            index += 1

    def _publish(self, turn: int, clause: int, asked: Instant, samples: Samples) -> None:
        now = self._clock.now()
        if self._position == 0:
            self._bus.publish(TrackStarted(now, Track.AGENT, self._tts.rate_hz))
        self._bus.audio(Track.AGENT, AudioBlock(samples, self._position, now), self._tts.rate_hz)
        self._bus.publish(SpeechSynthesised(now, turn, clause, asked, self._position, samples.size))
        self._position += samples.size
