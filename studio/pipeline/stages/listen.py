"""Microphone blocks in, judged VAD frames out: mute, echo cancellation, VAD. Decides nothing."""

from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace

import numpy as np

from studio.model.audio import LISTENING_RATE_HZ, AudioBlock, Samples, audible_span, peak, rms_windows, silence
from studio.model.events import Muted, TrackStarted, UserAudio
from studio.model.percentiles import percentile
from studio.model.terms import Track
from studio.model.time import Instant, later, of_samples
from studio.pipeline.bus import Bus
from studio.pipeline.clock import Clock
from studio.pipeline.ports import AudioSource, EchoCanceller, Vad

_MEMORY_S = 30
"""How much of the user is kept for judging turns."""

_NOISE_FLOOR_PERCENTILE = 10
"""The noise floor is this percentile of the recent past's 10 ms levels."""


@dataclass(frozen=True, slots=True)
class HeardFrame:
    """One VAD frame of the user."""

    samples: Samples
    start: Instant
    """When its first sample was at the device."""
    speech: bool


class Listen:
    """The user's side of the call, from the device to speech frames."""

    def __init__(self, source: AudioSource, vad: Vad, threshold: float, clock: Clock, bus: Bus) -> None:
        self._source = source
        self._vad = vad
        self._threshold = threshold
        self._clock = clock
        self._bus = bus
        self._echo: EchoCanceller | None = None
        self._on_block: Callable[[AudioBlock], None] | None = None
        self._muted = False
        self._past: deque[HeardFrame] = deque(maxlen=_MEMORY_S * LISTENING_RATE_HZ // vad.frame_samples)

    def cancel_echo(self, echo: EchoCanceller) -> None:
        """From now on remove from the microphone what `echo` has heard played."""
        self._echo = echo

    def tell_blocks(self, listener: Callable[[AudioBlock], None]) -> None:
        """From now on tell `listener` each block at once: whoever knows words needs not wait for a frame to be full."""
        self._on_block = listener

    def mute(self, on: bool) -> None:
        """From the next block the stages hear silence, or the user again."""
        if on != self._muted:
            self._muted = on
            self._bus.publish(Muted(self._clock.now(), on))

    async def frames(self) -> AsyncIterator[HeardFrame]:
        """Judged frames until the source is closed."""
        self._vad.reset()
        frame_samples = self._vad.frame_samples
        pending: list[Samples] = []
        waiting = 0
        started = False
        async for block in self._source.blocks():
            if not started:
                started = True
                for track in (Track.USER, Track.USER_CLEAN):
                    self._bus.publish(TrackStarted(block.at, track, LISTENING_RATE_HZ))
            clean = self._clean(block)
            if self._on_block is not None:
                self._on_block(clean)
            pending.append(clean.samples)
            waiting += clean.samples.size
            while waiting >= frame_samples:
                heard = np.concatenate(pending)
                frame, pending = heard[:frame_samples], [heard[frame_samples:]]
                waiting -= frame_samples
                # The block's end is the newest sample; count back from it to the frame's first.
                behind = frame_samples + waiting - clean.samples.size
                yield self._judge(frame, later(clean.at, -of_samples(behind, LISTENING_RATE_HZ)))

    def _clean(self, block: AudioBlock) -> AudioBlock:
        # What echoes is heard while the user is muted, too: the canceller would have to find it anew afterwards.
        clean = block if self._echo is None else replace(block, samples=self._echo.near(block.samples))
        if self._muted:
            block = clean = replace(block, samples=silence(block.samples.size))
        self._bus.audio(Track.USER, block, LISTENING_RATE_HZ)
        self._bus.audio(Track.USER_CLEAN, clean, LISTENING_RATE_HZ)
        return clean

    def _judge(self, samples: Samples, start: Instant) -> HeardFrame:
        probability = self._vad.speech_probability(samples)
        frame = HeardFrame(samples, start, probability >= self._threshold)
        self._past.append(frame)
        length_ms = samples.size * 1000 / LISTENING_RATE_HZ
        self._bus.publish(
            UserAudio(
                self._clock.now(), start, length_ms, round(probability, 4), self._threshold, round(peak(samples), 4)
            )
        )
        return frame

    @property
    def end(self) -> Instant:
        """The end of the newest frame."""
        if not self._past:
            return Instant(0)
        return later(self._past[-1].start, of_samples(self._past[-1].samples.size, LISTENING_RATE_HZ))

    def since(self, moment: Instant) -> Samples:
        """The user's sound from the frame that holds `moment` to now, at most 30 s, at 16 kHz."""
        length = of_samples(self._vad.frame_samples, LISTENING_RATE_HZ)
        return np.concatenate([frame.samples for frame in self._past if frame.start + length > moment] or [silence(0)])

    def audible_since(self, moment: Instant) -> tuple[Instant, Instant] | None:
        """First and last audible sample between the frame that holds `moment` and now."""
        samples = self.since(moment)
        span = audible_span(samples, LISTENING_RATE_HZ, self._noise_floor())
        if span is None or not self._past:
            return None
        first, last = (later(self.end, of_samples(index - samples.size, LISTENING_RATE_HZ)) for index in span)
        return first, last

    def _noise_floor(self) -> float:
        quiet = [frame.samples for frame in self._past if not frame.speech][-64:]
        if not quiet:
            return 0.0
        levels = rms_windows(np.concatenate(quiet), LISTENING_RATE_HZ)
        return percentile(levels.tolist(), _NOISE_FLOOR_PERCENTILE)
