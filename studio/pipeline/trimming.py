"""Cuts a clause's silence down to the pause that its punctuation asks for. Knows no engine.

Engines speak each clause as if it were all there is, with up to 0.5 s of silence on either side; between
two clauses of one sentence that sounds like a hesitation, and before the first it is latency. An engine that
is given a whole reply as it comes makes its own pauses: only the silence before and after all of it is cut.
"""

import numpy as np

from studio.model.audio import Samples, audible_span, silence

LEAD_IN_MS = 10
"""Silence that is kept before a clause's first audible sample."""
BREAK_MS = 120
"""The pause after a comma."""
PHRASE_MS = 40
"""The pause where a clause ends without a mark: a breath."""
SENTENCE_MS = 280
"""The pause after a sentence."""

_SENTENCE_ENDS = tuple(".!?…。！？")


class ClauseTrimmer:
    """Takes one clause's sound piece by piece and gives it back without the silence around it."""

    def __init__(self, text: str, rate_hz: int) -> None:
        self._tail = rate_hz * _pause_ms(text.rstrip("\"'”’)] ")) // 1000
        self._lead_in = rate_hz * LEAD_IN_MS // 1000
        self._rate_hz = rate_hz
        self._begun = False
        self._held = silence(0)
        self.trimmed = 0
        """Samples that were taken off the beginning; final once anything was given back."""

    def push(self, samples: Samples) -> Samples:
        """The next piece; silence at its end is held back until it is known what follows."""
        span = audible_span(samples, self._rate_hz)
        if span is None:
            self._held = np.concatenate((self._held, samples))
            return silence(0)
        first, end = span
        if self._begun:
            ready = np.concatenate((self._held, samples[:end]))
        else:
            kept = max(0, first - self._lead_in)
            self.trimmed = self._held.size + kept
            ready = samples[kept:end]
        self._begun = True
        self._held = samples[end:]
        return ready

    def release(self) -> Samples:
        """What is held back of a pause that is the engine's own; silence before the beginning stays."""
        if not self._begun:
            return silence(0)
        held, self._held = self._held, silence(0)
        return held

    def flush(self) -> Samples:
        """The pause after the clause."""
        tail, self._held = self._held[: self._tail], silence(0)
        missing = self._tail - tail.size if self._begun else 0
        return np.concatenate((tail, silence(missing))) if self._begun else silence(0)


def _pause_ms(text: str) -> int:
    if text.endswith(_SENTENCE_ENDS):
        return SENTENCE_MS
    return PHRASE_MS if text[-1:].isalnum() else BREAK_MS
