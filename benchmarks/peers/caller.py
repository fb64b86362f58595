"""The caller: one recording made of utterances, and the truth about it to the sample.

Pure: speech comes in as samples. Must not know who listens.
"""

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path

import numpy as np

from studio.model.audio import LISTENING_RATE_HZ, Samples, peak, silence

LOUD = 0.01
"""Speech begins with the first and ends with the last 10 ms whose root mean square is above this (-40 dB of full
scale): the same level at which the stand-ins hear speech."""
SPEECH_PEAK = 0.5
NOISE_DB = -65.0
"""The room, below full scale."""
LEAD_IN_MS = 2000
ANSWER_BY_MS = 1300
BREATH_MS = 500
"""From the end of an answer that began `ANSWER_BY_MS` after the caller's end to the next utterance: one that begins
later than both together runs into it."""
CHARACTER_MS = 60
"""The stand-ins' voice takes this long for a character of the reply, the space after it included."""
PAUSES_MS = (300, 400, 500, 600, 800, 1000)
"""Who takes one of the shorter for the end of the turn cannot be heard to: the user goes on before the answer."""
INTERRUPTED_AFTER_MS = (2000, 3000)
"""The first and the last of the moments, after the caller's end, when an answer is interrupted."""


@dataclass(frozen=True)
class Line:
    """Something to be said."""

    pieces: tuple[str, ...]
    reply: str
    pause_ms: int = 0
    """Silence between the pieces."""
    wait_ms: int | None = None
    """Silence after it; None: time for the whole answer."""
    interrupts: bool = False

    @property
    def text(self) -> str:
        """All of it."""
        return " ".join(self.pieces)

    @property
    def silence_ms(self) -> int:
        """How long the caller is silent afterwards."""
        if self.wait_ms is not None:
            return self.wait_ms
        return ANSWER_BY_MS + spoken_ms(self.reply) + BREATH_MS


@dataclass(frozen=True)
class Utterance:
    """What was said and when, in milliseconds of the recording."""

    text: str
    reply: str
    start_ms: float
    end_ms: float
    words: tuple[tuple[str, float, float], ...]
    """Each word with start and end, from the utterance's start; within a piece spread over it by their letters."""
    paused: bool = False
    interrupts: bool = False
    interrupted: bool = False
    """The next utterance comes before the answer is over."""


def spoken_ms(text: str) -> int:
    """How long the stand-ins' voice speaks a text."""
    return sum(len(word) + 1 for word in text.split()) * CHARACTER_MS


def lines(file: Path, turns: int, interruptions: int) -> list[Line]:
    """So many turns, every fourth with a pause in it, then so many answers with their interruptions."""
    words = tomllib.loads(file.read_text("utf-8"))
    plain, paused = count(), count()
    said = [
        _paused(words["paused"], next(paused)) if index % 4 == 3 else _plain(words["plain"], next(plain))
        for index in range(turns)
    ]
    first, last = INTERRUPTED_AFTER_MS
    for index in range(interruptions):
        wait_ms = first + (last - first) * index // max(interruptions - 1, 1)
        long, cut = (words[kind][index % len(words[kind])] for kind in ("long", "interruption"))
        said.append(Line((long["text"],), long["reply"], wait_ms=wait_ms))
        said.append(Line((cut["text"],), cut["reply"], interrupts=True))
    return said


def _plain(known: Sequence[Mapping[str, str]], index: int) -> Line:
    each = known[index % len(known)]
    return Line((each["text"],), each["reply"])


def _paused(known: Sequence[Mapping[str, Sequence[str]]], index: int) -> Line:
    each = known[index % len(known)]
    return Line(tuple(each["pieces"]), str(each["reply"]), PAUSES_MS[index % len(PAUSES_MS)])


def trim(samples: Samples) -> Samples:
    """Speech at the caller's level, from its first to its last loud 10 ms."""
    samples = samples * np.float32(SPEECH_PEAK / max(peak(samples), 1e-9))
    window = LISTENING_RATE_HZ // 100
    whole = samples[: len(samples) // window * window].reshape(-1, window)
    loud = np.flatnonzero(np.sqrt(np.mean(np.square(whole), axis=1)) > LOUD)
    if not loud.size:
        raise ValueError("there is no speech in it")
    return samples[int(loud[0]) * window : (int(loud[-1]) + 1) * window]


def compose(said: Sequence[Line], speech: Mapping[str, Samples]) -> tuple[Samples, list[Utterance]]:
    """The recording at 16 kHz, and what is said in it; `speech` has each piece of text, trimmed."""
    parts = [silence(_samples(LEAD_IN_MS))]
    at, truth = len(parts[0]), []
    for line, following in zip(said, [*said[1:], None], strict=True):
        start, words = at, []
        for index, piece in enumerate(line.pieces):
            gap = silence(_samples(line.pause_ms) if index else 0)
            words += timed(piece, _ms(at + len(gap) - start), _ms(len(speech[piece])))
            parts += [gap, speech[piece]]
            at += len(gap) + len(speech[piece])
        truth.append(
            Utterance(
                line.text,
                line.reply,
                _ms(start),
                _ms(at),
                tuple(words),
                paused=line.pause_ms > 0,
                interrupts=line.interrupts,
                interrupted=following is not None and following.interrupts,
            )
        )
        parts.append(silence(_samples(line.silence_ms)))
        at += len(parts[-1])
    noise = np.random.default_rng(seed=1).standard_normal(at).astype(np.float32) * np.float32(10 ** (NOISE_DB / 20))
    return np.concatenate(parts) + noise, truth


def timed(piece: str, start_ms: float, length_ms: float) -> list[tuple[str, float, float]]:
    """The words of a piece, each as long as its share of the letters."""
    words = piece.split()
    letters = np.array([len(word) for word in words])
    ends = start_ms + np.cumsum(letters) / letters.sum() * length_ms
    starts = [start_ms, *ends[:-1]]
    return [(word, float(start), float(end)) for word, start, end in zip(words, starts, ends, strict=True)]


def to_json(truth: Sequence[Utterance]) -> str:
    """The truth as a file for the stand-ins."""
    return json.dumps([asdict(each) for each in truth], indent=1)


def from_json(text: str) -> list[Utterance]:
    """The truth out of `to_json`."""
    return [
        Utterance(
            **{**each, "words": tuple((str(word), float(start), float(end)) for word, start, end in each["words"])}
        )
        for each in json.loads(text)
    ]


def _samples(length_ms: float) -> int:
    return round(length_ms * LISTENING_RATE_HZ / 1000)


def _ms(samples: int) -> float:
    return samples * 1000 / LISTENING_RATE_HZ
