"""Makes a stream of any recogniser that only takes whole stretches of sound, guided by the local VAD.

Must not know which engine recognises. There is no task and no queue: whoever reads `transcripts` drives the
decoding, and what to decode or say next always follows from the turn as it is now, so that nothing of a committed turn
can come late and nothing piles up.

A turn is a list of segments. Each pause longer than `LEAD_MS` begins a new one, so that only the new sound is decoded
again, and so does speech longer than the engine takes at once. The turn's text is the texts of its segments.
"""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from typing import Annotated, Protocol

import numpy as np
from pydantic import Field

from studio.model.audio import AUDIBLE_WINDOW_MS, LISTENING_RATE_HZ, Samples, peak, rms_windows, silence
from studio.model.conversation import TimedWord
from studio.model.errors import ErrorCategory, ProviderError
from studio.model.terms import TranscriptKind
from studio.pipeline.ports import Transcript
from studio.providers.settings import ProviderSettings

LEAD_MS = 500
"""Sound kept from before the VAD hears speech; recognisers lose the first word with less than 300 ms."""
BEHIND_S = 120
"""Undecoded speech beyond which the engine is called too slow."""
REST = 4
"""Interim results take at most one part in this many of the engine's time."""
LOUD = 0.1
"""Share of the segment's peak (-20 dB) from which a block counts as speech."""

_PER_MS = LISTENING_RATE_HZ // 1000


SegmentSeconds = Annotated[int, Field(ge=5, le=30)]
"""A stretch decoded at once: at most the 30 s that Whisper and Moonshine were trained on."""


class Segmentation(ProviderSettings):
    """How a recogniser of whole stretches is used as a stream."""

    interim_ms: int = Field(default=480, ge=0, le=10_000)
    """Speech between two interim results, in milliseconds; 0: none."""
    segment_s: SegmentSeconds = 30
    """The longest stretch decoded at once, in seconds; longer speech is cut where it is quietest."""


@dataclass(frozen=True, slots=True)
class Recognised:
    """The words in a stretch of sound, and when each was said."""

    text: str
    words: tuple[TimedWord, ...] = ()
    """From the stretch's first sample."""


class Recogniser(Protocol):
    """An engine that hears a whole stretch of sound at a time."""

    async def transcribe(self, samples: Samples) -> str | Recognised:
        """The words in `samples` (16 kHz), stripped; empty where there are none. With times where it knows them."""


class _Segment:
    """A stretch of a turn and what is known of its words."""

    def __init__(self, samples: Samples, start: int) -> None:
        self._blocks = [samples]
        self._start = start
        """Index of its first sample in the stream."""
        self.length = samples.size
        self.peak = peak(samples)
        self.decoded = 0
        """How many samples `text` covers; a cut may leave it covering too many."""
        self.text = ""
        self.words: tuple[TimedWord, ...] = ()
        """In milliseconds from the stream's first sample."""

    @property
    def undecoded(self) -> int:
        """How many samples `text` covers too few or too many."""
        return abs(self.length - self.decoded)

    def samples(self) -> Samples:
        """The whole stretch."""
        return np.concatenate(self._blocks)

    def append(self, block: Samples) -> None:
        """The stretch goes on."""
        self._blocks.append(block)
        self.length += block.size
        self.peak = max(self.peak, peak(block))

    def cut(self) -> "_Segment":
        """Take off and return what follows the quietest moment of the last third."""
        whole = self.samples()
        last_third = whole.size * 2 // 3
        at = last_third + _quietest(whole[last_third:])
        self._blocks, self.length = [whole[:at]], at
        return _Segment(whole[at:], self._start + at)

    def hear(self, heard: Recognised, decoded: int) -> None:
        """The words of its first `decoded` samples are known."""
        start_ms = self._start / _PER_MS
        self.text, self.decoded = heard.text, decoded
        self.words = tuple(
            replace(word, start_ms=word.start_ms + start_ms, end_ms=word.end_ms + start_ms) for word in heard.words
        )

    def free(self) -> None:
        """Drop the sound; only the words are needed from now on."""
        self._blocks.clear()


class SegmentedStream:
    """The port `SttStream` over a `Recogniser`; reading `transcripts` is what makes it work."""

    def __init__(self, recogniser: Recogniser, settings: Segmentation) -> None:
        self._recogniser = recogniser
        self.billed_ms = 0.0
        """Nobody bills what runs here; whoever uploads segments adds theirs."""
        self._interim = settings.interim_ms * _PER_MS
        self._longest = settings.segment_s * LISTENING_RATE_HZ
        self._pushed = 0
        self._turn: list[_Segment] = []
        self._lead = silence(0)
        """The latest sound outside of speech, at most `LEAD_MS`."""
        self._silent = 0
        """Samples since speech paused."""
        self._unheard = 0
        """Samples of speech since the last decoding began."""
        self._speaking = self._interim_due = self._decoding = self._closed = False
        self._ends_due = 0
        self._said = ""
        self._cost = 0.0
        """Seconds the last decoding took."""
        self._changed = asyncio.Event()

    def push(self, block: Samples) -> None:
        """The next samples of the user, 16 kHz."""
        self._pushed += block.size
        if not self._speaking:
            self._silent += block.size
            self._lead = np.concatenate([self._lead, block])[-LEAD_MS * _PER_MS :]
            return
        if self._behind():
            self._changed.set()
            return
        segment = self._turn[-1]
        segment.append(block)
        self._unheard += block.size
        if segment.length >= self._longest:
            self._turn.append(segment.cut())
            self._changed.set()
        elif not self._decoding and self._interim_worthwhile() and peak(block) >= LOUD * segment.peak:
            self._interim_due = True
            self._changed.set()

    def speech_started(self) -> None:
        """The local VAD hears the user: the segment goes on, or after a long pause a new one begins."""
        if self._speaking:
            return
        if self._turn and self._silent <= LEAD_MS * _PER_MS:
            self._turn[-1].append(self._lead)
        else:
            self._turn.append(_Segment(self._lead, self._pushed - self._lead.size))
        self._lead = silence(0)
        self._speaking = True
        self._ends_due = self._unheard = 0

    def speech_paused(self) -> None:
        """The local VAD hears silence: an END is due, unless speech starts or the turn is committed before it."""
        if self._speaking:
            self._speaking = False
            self._silent = 0
        self._ends_due += 1
        self._changed.set()

    def turn_committed(self) -> None:
        """Forget the turn; only the silence since the last pause may belong to the next one."""
        self._turn = [_Segment(silence(0), self._pushed)] if self._speaking else []
        self._ends_due = self._unheard = 0
        self._interim_due = False
        self._said = ""

    async def transcripts(self) -> AsyncGenerator[Transcript, None]:
        """What was recognised, as it is recognised.

        Raises:
            ProviderError: the engine failed, or is more than `BEHIND_S` behind.
        """
        while not self._closed:
            if self._behind():
                raise ProviderError(
                    f"Speech recognition is {BEHIND_S} s behind the user; choose a smaller model.",
                    ErrorCategory.TIMEOUT,
                )
            if (segment := self._next_to_decode()) is not None:
                await self._decode(segment)
            elif self._ends_due:
                self._ends_due -= 1
                self._said = self._text()
                yield Transcript(TranscriptKind.END, self._said, words=self._words())
            elif (text := self._text()) != self._said:
                self._said = text
                yield Transcript(TranscriptKind.INTERIM, text, words=self._words())
            else:
                self._changed.clear()
                await self._changed.wait()

    async def close(self) -> None:
        """End the stream; what is being decoded is dropped."""
        self._closed = True
        self._changed.set()

    def _interim_worthwhile(self) -> bool:
        """Long enough after the last decoding, and the engine fast enough not to keep an END waiting.

        A native decoding cannot be cancelled. It is begun only at a loud block, at least the VAD's waiting
        before the next pause can be told, so that a fast engine is free again by then.
        """
        cost = round(self._cost * LISTENING_RATE_HZ)
        return 0 < self._interim >= cost and self._unheard >= max(self._interim, REST * cost)

    def _behind(self) -> bool:
        return sum(segment.undecoded for segment in self._turn) > BEHIND_S * LISTENING_RATE_HZ

    def _next_to_decode(self) -> _Segment | None:
        """Whatever of the finished segments is not known yet, then the last one where something waits for it."""
        for segment in self._turn[:-1]:
            if segment.undecoded:
                return segment
            segment.free()
        wanted = self._turn[-1:] if self._ends_due or self._interim_due else []
        return next((segment for segment in wanted if segment.undecoded), None)

    async def _decode(self, segment: _Segment) -> None:
        length = segment.length
        self._unheard = 0
        self._interim_due = False
        self._decoding = True
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            heard = await self._recogniser.transcribe(segment.samples())
        finally:
            self._decoding = False
        self._cost = loop.time() - began
        segment.hear(heard if isinstance(heard, Recognised) else Recognised(heard), length)

    def _text(self) -> str:
        return " ".join(segment.text for segment in self._turn if segment.text)

    def _words(self) -> tuple[TimedWord, ...]:
        return tuple(word for segment in self._turn for word in segment.words)


def _quietest(samples: Samples) -> int:
    """Index of the middle of the quietest 200 ms."""
    window = AUDIBLE_WINDOW_MS * _PER_MS
    power = np.square(rms_windows(samples, LISTENING_RATE_HZ))
    smooth = np.convolve(power, np.ones(200 // AUDIBLE_WINDOW_MS), mode="valid")
    return int(np.argmin(smooth)) * window + 100 * _PER_MS
