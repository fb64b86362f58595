"""The labelled utterances that the classifiers learn from and are measured on.

Which are held out is fixed by a hash of the words, so that a row never moves from one side to the other. The table
is `assets/routing/utterances.tsv`; this reads no file.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

from studio.model.terms import Intent, Level
from studio.pipeline.routing.features import korean, plain

SHARES = (0.25, 0.5, 0.75, 1.0)
"""Of its words that a prefix has."""
_HELD_OUT_OF_256 = 64


@dataclass(frozen=True, slots=True)
class Utterance:
    """What somebody might say, with what is to be known of it."""

    text: str
    intent: Intent
    level: Level

    @property
    def korean(self) -> bool:
        """Whether it is in Korean; English else."""
        return korean(self.text)

    @property
    def held_out(self) -> bool:
        """Whether nothing may be learned from it: one in four."""
        return sha256(" ".join(plain(self.text)).encode()).digest()[0] < _HELD_OUT_OF_256


def utterances(table: str) -> list[Utterance]:
    """The rows of a table with the columns intent, level and text.

    Raises:
        ValueError: a row has other columns or an unknown label; names its line.
    """
    found = []
    for number, line in enumerate(table.splitlines()[1:], start=2):
        try:
            intent, level, text = line.split("\t")
            found.append(Utterance(text, Intent(intent), Level(level)))
        except ValueError as error:
            raise ValueError(f"line {number}: {error}") from error
    return found


def prefix(text: str, share: float) -> str:
    """The beginning of `text` with that share of its words, at least one: what a partial transcript has."""
    words = text.split()
    return " ".join(words[: max(1, round(share * len(words)))])


def prefixes(text: str) -> Iterator[str]:
    """Each different beginning at `SHARES`, the whole last."""
    yield from dict.fromkeys(prefix(text, share) for share in SHARES)
