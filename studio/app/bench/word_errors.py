"""Word error rate as others publish it: jiwer over texts that Whisper's normaliser has made alike.

Both are in the extra `bench`. Must not know who heard the words.
"""

import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import ModuleType

from studio.model.errors import ErrorCategory, ProviderError

UNSPACED = frozenset({"zh", "ja", "th", "lo", "my", "km"})
"""Languages written without spaces: each character counts as a word."""


@dataclass(frozen=True, slots=True)
class WordErrors:
    """Of some texts together."""

    words: int
    """In what was really said."""
    errors: int
    """Words that are wrong, missing or too many."""

    @property
    def rate(self) -> float:
        """0 is perfect; can be above 1."""
        return self.errors / self.words


def word_errors(pairs: Iterable[tuple[str, str]], language: str = "en") -> WordErrors | None:
    """Of pairs of what was said and what was heard; None where nothing that was said is a word.

    Raises:
        ProviderError: the extra `bench` is not installed.
    """
    normal = _normaliser(language or "en")
    alike = [(normal(said).strip(), normal(heard).strip()) for said, heard in pairs]
    told = [(said, heard) for said, heard in alike if said]
    if not told:
        return None
    jiwer = _jiwer()
    counted = jiwer.process_words([said for said, _ in told], [heard for _, heard in told])
    wrong = counted.substitutions + counted.deletions + counted.insertions
    return WordErrors(counted.hits + counted.substitutions + counted.deletions, wrong)


def _normaliser(language: str) -> Callable[[str], str]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a slip in its docstrings is told whenever it is first compiled
            from whisper_normalizer.basic import BasicTextNormalizer
            from whisper_normalizer.english import EnglishTextNormalizer
    except ImportError as error:
        raise _missing() from error
    short = language.lower()[:2]
    made: Callable[[str], str]
    made = EnglishTextNormalizer() if short == "en" else BasicTextNormalizer(split_letters=short in UNSPACED)
    return made


def _jiwer() -> ModuleType:
    try:
        import jiwer
    except ImportError as error:
        raise _missing() from error
    return jiwer


def _missing() -> ProviderError:
    return ProviderError(
        "Counting word errors needs jiwer and whisper-normalizer; run `pip install voice-agent-studio[bench]`.",
        ErrorCategory.NOT_INSTALLED,
    )
