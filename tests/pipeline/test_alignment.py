import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.model.conversation import TimedWord
from studio.pipeline.alignment import Alignment, reached


@pytest.mark.parametrize(
    ("text", "words", "so_far"),
    [
        ("The capital of Italy, Rome.", ["The", "capital", "of", "Italy"], "The capital of Italy,"),
        ("The capital of Italy, Rome.", ["the", "capital", "of", "Italy,"], "The capital of Italy,"),
        ("I don't know.", ["I", "don", "'t"], "I don't"),
        ("I don't know.", ["I", "dont"], "I don't"),
        ("a well-known man", ["a", "well-known"], "a well-known"),
        ("It costs $5 now.", ["It", "costs", "five", "dollars"], "It costs"),
        ("It costs $5 now.", ["It", "costs", "five", "dollars", "now"], "It costs $5 now."),
        ("A capital a day", ["A", "a"], "A capital a"),
        ("你好，世界。", ["你", "好"], "你好，"),
        ("你好，世界。", ["你好", "世界"], "你好，世界。"),
        ("안녕하세요. 저는 봇입니다.", ["안녕하세요.", "저는"], "안녕하세요. 저는"),
        ("Straße und Weg", ["STRASSE", "und"], "Straße und"),
        ("Hello there.", ["..."], ""),
        ("", ["Hello"], ""),
    ],
)
def test_told_words_are_found_in_the_text(text: str, words: list[str], so_far: str) -> None:
    at = 0
    for word in words:
        at = reached(text, word, at)
    assert text[:at] == so_far


def test_a_word_far_ahead_is_another_one() -> None:
    assert reached(f"One {'two ' * 30}end", "end", 3) == 3


plain = st.lists(st.text("abcdé한你", min_size=1, max_size=6), min_size=1, max_size=30)


@given(plain, st.lists(st.sampled_from([" ", ", ", ". ", "… ", "\n"]), min_size=30, max_size=30))
def test_words_told_as_they_were_written_lead_to_the_end(words: list[str], between: list[str]) -> None:
    text = "".join(word + mark for word, mark in zip(words, between, strict=False))
    at = 0
    for index, word in enumerate(words):
        at = reached(text, word, at)
        assert text[:at].split() == text.split()[: index + 1]


def course() -> Alignment:
    """Two pieces, the first of which takes 500 ms and is followed by a pause of 100."""
    found = Alignment()
    found.add("The capital ")
    found.add("of Italy. ")
    found.hear([TimedWord("The", 50, 200), TimedWord("capital", 220, 500)])
    found.hear([TimedWord("of", 600, 700)])
    return found


def test_what_is_known_is_never_less_than_the_first_word() -> None:
    found = Alignment()
    assert found.told() == ""
    found.add("The capital ")
    assert found.told() == "The"
    found.hear([TimedWord("The", 0, 200), TimedWord("capital", 200, 500)])
    assert found.told() == "The capital"
    unspaced = Alignment()
    unspaced.add("你好，世界。")
    assert unspaced.told() == "你"


@pytest.mark.parametrize(
    ("ms", "piece"), [(0, 0), (50, 0), (210, 0), (499, 0), (500, 1), (550, 1), (600, 1), (900, 1), (9000, 1)]
)
def test_the_piece_that_is_being_said(ms: float, piece: int) -> None:
    assert course().piece(ms) == piece


@pytest.mark.parametrize(
    ("ms", "begun"), [(0, ("", 1)), (60, ("The", 1)), (500, ("The capital", 1)), (601, ("The capital of", 2))]
)
def test_what_has_been_begun(ms: float, begun: tuple[str, int]) -> None:
    assert course().begun(ms) == begun
