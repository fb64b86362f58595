"""Who calls and what each of them says, drawn from `lines.toml` with a fixed seed. Must not know any sound."""

import random
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

from benchmarks.turns.truth import Kind
from benchmarks.turns.voices import Voice

_SEED = 20261124
_EACH = {
    Kind.PLAIN: 4,
    Kind.SHORT: 1,
    Kind.PAUSING: 4,
    Kind.NUMBER: 1,
    Kind.HESITATING: 1,
    Kind.INTERRUPTION: 2,
    Kind.BACKCHANNEL: 3,
    Kind.COUGH: 1,
    Kind.NOISE: 1,
}
"""What a caller does in a call, in an order that is drawn."""


@dataclass(frozen=True, slots=True)
class Speaker:
    """A caller."""

    voice: Voice
    slow: bool = False
    """Makes longer pauses, too."""
    held_out: bool = False


SPEAKERS = (
    Speaker(Voice("hibari", "heart", "en")),
    Speaker(Voice("hibari", "heart", "en", 0.7), slow=True, held_out=True),
    Speaker(Voice("hibari", "heart", "en", 1.1, pitch=0.8)),
    Speaker(Voice("hibari", "heart", "en", 0.95, pitch=1.12), held_out=True),
    Speaker(Voice("kokoro", "am_michael", "en")),
    Speaker(Voice("kokoro", "bf_emma", "en"), held_out=True),
    Speaker(Voice("kokoro", "bm_george", "en", 0.75), slow=True),
    Speaker(Voice("kokoro", "af_sarah", "en", 1.15), held_out=True),
    Speaker(Voice("kokoro", "af_bella", "ko")),
    Speaker(Voice("kokoro", "am_fenrir", "ko"), held_out=True),
    Speaker(Voice("kokoro", "af_kore", "ko", 0.75), slow=True),
    Speaker(Voice("espeak", "ko", "ko"), held_out=True),
    Speaker(Voice("espeak", "ko+f2", "ko", 0.75), slow=True, held_out=True),
    Speaker(Voice("espeak", "ko+f4", "ko", 1.1)),
)


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that a caller does; `line` is empty for a cough and a noise."""

    kind: Kind
    line: str


def parts() -> Iterator[tuple[Speaker, tuple[Part, ...]]]:
    """What each speaker does in their call."""
    lines = tomllib.loads(Path(__file__).with_name("lines.toml").read_text(encoding="utf-8"))
    chance = random.Random(_SEED)
    names = {Kind.NUMBER: "numbers", Kind.INTERRUPTION: "interruptions", Kind.BACKCHANNEL: "backchannels"}
    pools: dict[tuple[str, Kind], Iterator[str]] = {}
    for language, told in lines.items():
        for kind in _EACH:
            pool = list(told.get(names.get(kind, kind.value), [""]))
            chance.shuffle(pool)
            pools[language, kind] = cycle(pool)
    for speaker in SPEAKERS:
        said = [
            Part(kind, line)
            for kind, count in _EACH.items()
            for line in islice(pools[speaker.voice.language, kind], count)
        ]
        chance.shuffle(said)
        yield speaker, tuple(said)


def spoken(line: str) -> str:
    """The line as a voice is given it."""
    return " ".join(line.replace("|", " ").split())
