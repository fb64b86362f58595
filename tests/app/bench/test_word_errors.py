import sys

import pytest

from studio.app.bench.word_errors import word_errors
from studio.model.errors import ErrorCategory, ProviderError


@pytest.mark.parametrize(
    ("said", "heard", "language", "words", "errors"),
    [
        ("It's twenty-five dollars, please.", "it is $25 please", "en", 4, 0),
        ("What is the capital of Italy?", "what is a capital Italy now", "en", 6, 3),
        ("Hello.", "", "en", 1, 1),
        ("안녕하세요, 반갑습니다.", "안녕하세요 반갑습니다", "ko", 2, 0),
        ("你好吗", "你好", "zh", 3, 1),
        ("Good morning", "Good morning", "", 2, 0),
    ],
    ids=[
        "alike when read aloud",
        "three kinds of error",
        "nothing heard",
        "another script",
        "no spaces",
        "no language",
    ],
)
def test_errors_are_counted_as_others_count_them(said: str, heard: str, language: str, words: int, errors: int) -> None:
    counted = word_errors([(said, heard)], language)
    assert counted is not None
    assert (counted.words, counted.errors, counted.rate) == (words, errors, errors / words)


def test_the_rate_is_that_of_all_texts_together() -> None:
    counted = word_errors([("one", "two"), ("a b c d e f g h i", "a b c d e f g h i")])
    assert counted is not None
    assert counted.rate == 0.1


def test_without_a_word_there_is_no_rate() -> None:
    assert word_errors([]) is None
    assert word_errors([("[laughter]", "hello")]) is None


@pytest.mark.parametrize("module", ["jiwer", "whisper_normalizer.basic"])
def test_what_is_not_installed_is_told(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ProviderError, match=r"pip install voice-agent-studio\[bench\]") as caught:
        word_errors([("a", "a")])
    assert caught.value.category is ErrorCategory.NOT_INSTALLED
