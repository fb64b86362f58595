"""Composes the calls: what the user's side sounds like, and what is true of it, sample by sample.

    python -m benchmarks.turns.compose

The same wherever the voices give the same samples; kept in this user's cache folder. Needs espeak-ng for Korean and
the weights `kokoro-82m-int8` (`python -m studio.providers.weights kokoro-82m-int8`).
"""

import hashlib
import sys
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
import soundfile

from benchmarks.turns.cast import Part, Speaker, parts, spoken
from benchmarks.turns.folder import cache_file
from benchmarks.turns.noises import background, cough, noise
from benchmarks.turns.stretch import stretches, trimmed
from benchmarks.turns.truth import NO_TURN, OVER_AGENT, PER_MS, Call, Item, Kind, Span, Word, read_truth, write_truth
from benchmarks.turns.voices import speak
from studio.model.audio import LISTENING_RATE_HZ, Samples, rms_windows, silence
from studio.pipeline import words

BETWEEN_MS = 6500
"""From the end of a turn to what comes next: time for the latest commit and a reply."""
_SHORTEST_MS, _LONGEST_MS = 200, 1500
_USUAL_MS, _SLOW_MS, _SPREAD = 520, 800, 0.5
"""Median pause of a caller and of a slow one; logarithm's standard deviation."""
_HESITATING = 1.3
"""A pause after `um` is this much longer."""
_LOUDEST = 0.12
"""Root mean square of a line's loudest 10 ms: about -18 dBFS."""
_SOFTER = 0.5
"""A listener's `mm-hm` beside that."""
_ROOM_DB = (-72.0, -58.0)
"""A quiet room and one that is not, in turns."""


@dataclass(slots=True)
class _Tape:
    """A recording that grows."""

    pieces: list[Samples] = field(default_factory=list)
    length: int = 0

    def add(self, samples: Samples) -> Span:
        self.pieces.append(samples)
        self.length += samples.size
        return Span(start=self.length - samples.size, end=self.length)

    def wait(self, ms: float) -> Span:
        return self.add(silence(round(ms * PER_MS)))


@cache
def calls_folder() -> Path:
    """Where the calls are kept that these lines and this way of composing give; others have their own folder."""
    here = Path(__file__).parent
    sources = ("lines.toml", "cast.py", "compose.py", "noises.py", "stretch.py", "voices.py")
    digest = hashlib.sha256(b"".join((here / source).read_bytes() for source in sources))
    return cache_file(f"calls-{digest.hexdigest()[:10]}", "truth.json").parent


def compose() -> tuple[Call, ...]:
    """Every call, composed or as it was composed before."""
    truth = calls_folder() / "truth.json"
    if truth.exists():
        return read_truth(truth)
    calls = tuple(_call(index, speaker, said) for index, (speaker, said) in enumerate(parts()))
    write_truth(truth, calls)
    return calls


def recording(call: Call) -> Samples:
    """How the user's side of a composed call sounds."""
    samples, _ = soundfile.read(calls_folder() / f"{call.name}.flac", dtype="float32")
    return np.asarray(samples, dtype=np.float32)


def _call(index: int, speaker: Speaker, said: tuple[Part, ...]) -> Call:
    chance = np.random.default_rng(index)
    tape = _Tape()
    tape.wait(1000)
    items = tuple(_item(tape, speaker, part, chance) for part in said)
    heard = np.concatenate(tape.pieces)
    heard = heard + background(chance, heard.size, _ROOM_DB[index % 2])
    name = f"{index:02}-{speaker.voice.language}"
    soundfile.write(calls_folder() / f"{name}.flac", heard, LISTENING_RATE_HZ, subtype="PCM_16")
    voice = speaker.voice
    return Call(
        name=name,
        language=voice.language,
        voice=voice.label,
        slow=speaker.slow,
        held_out=speaker.held_out,
        samples=heard.size,
        items=items,
    )


def _item(tape: _Tape, speaker: Speaker, part: Part, chance: np.random.Generator) -> Item:
    agent_from = tape.length
    if part.kind in OVER_AGENT:
        tape.wait(chance.uniform(1200, 2500))
    told, pauses, said = _sound(tape, speaker, part, chance)
    agent = None
    if part.kind in OVER_AGENT:
        agent = Span(start=agent_from, end=told.end + 3500 * PER_MS)
    tape.wait(5000 if part.kind in NO_TURN else BETWEEN_MS)
    return Item(kind=part.kind, sound=told, pauses=pauses, words=said, agent=agent)


def _sound(
    tape: _Tape, speaker: Speaker, part: Part, chance: np.random.Generator
) -> tuple[Span, tuple[Span, ...], tuple[Word, ...]]:
    if part.kind in (Kind.COUGH, Kind.NOISE):
        sound = trimmed(cough(chance) if part.kind is Kind.COUGH else noise(chance))
        return tape.add(_levelled(sound, _LOUDEST)), (), ()
    texts = part.line.split("|")
    letters = np.cumsum([len("".join(words.tokens(text))) for text in texts])
    line = _levelled(
        speak(speaker.voice, spoken(part.line)), _LOUDEST * (_SOFTER if part.kind is Kind.BACKCHANNEL else 1)
    )
    pieces = stretches(line, [float(count / letters[-1]) for count in letters[:-1]])
    pauses: list[Span] = []
    said: list[Word] = []
    start = tape.length
    for number, (text, piece) in enumerate(zip(texts, pieces, strict=True)):
        if number:
            pauses.append(tape.wait(_pause_ms(speaker, part.kind, chance)))
        said += timed(text, tape.add(piece))
    return Span(start=start, end=tape.length), tuple(pauses), tuple(said)


def timed(text: str, span: Span) -> list[Word]:
    """The words of a stretch without pauses, its time shared out by letters."""
    told = words.tokens(text)
    ends = np.cumsum([len(word) for word in told])
    return [
        Word(text=word, end=span.start + round((span.end - span.start) * float(end / ends[-1])))
        for word, end in zip(told, ends, strict=True)
    ]


def _pause_ms(speaker: Speaker, kind: Kind, chance: np.random.Generator) -> float:
    median = (_SLOW_MS if speaker.slow else _USUAL_MS) * (_HESITATING if kind is Kind.HESITATING else 1)
    return float(np.clip(median * np.exp(_SPREAD * chance.standard_normal()), _SHORTEST_MS, _LONGEST_MS))


def _levelled(samples: Samples, loudest: float) -> Samples:
    return samples * np.float32(loudest / float(np.max(rms_windows(samples, LISTENING_RATE_HZ))))


def fingerprint(calls: tuple[Call, ...]) -> str:
    """Of the recordings: the same calls have the same."""
    digest = hashlib.sha256()
    for call in calls:
        digest.update((calls_folder() / f"{call.name}.flac").read_bytes())
    return digest.hexdigest()[:12]


def main() -> int:
    """Compose and tell what there is."""
    calls = compose()
    print(f"{'call':8}{'voice':34}{'turns':>6}{'pauses':>8}{'minutes':>9}")
    for call in calls:
        pauses = sum(len(item.pauses) for item in call.turns)
        print(f"{call.name:8}{call.voice:34}{len(call.turns):6}{pauses:8}{call.samples / PER_MS / 60_000:9.1f}")
    print(f"recordings {fingerprint(calls)} in {calls_folder()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
