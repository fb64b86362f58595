import pytest

from studio.pipeline.phrases import (
    balanced,
    begins_predicate,
    breathes_after,
    breathes_before,
    is_abbreviation,
    is_address,
    is_ordinal,
    may_be_ordinal,
    words_in,
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 0),
        ("... —", 0),
        ("It's 3.5 now", 4),
        ("오늘 날씨는", 2),
        ("下雨的时候", 3),
        ("はい", 1),
        ("Rome は 都市", 3),
        ("😀 Hi", 1),
    ],
)
def test_how_much_is_said(text: str, words: int) -> None:
    assert words_in(text) == words


@pytest.mark.parametrize(
    ("before", "is_one"),
    [
        ("Dr", True),
        ("see e.g", True),
        ("**Mr", True),
        ("J", True),
        ("do I", False),
        ("- 1", True),
        ("room 1", False),
        ("z.B", True),
        ("end", False),
        ("", False),
        ("Dr ", False),
    ],
)
def test_abbreviations(before: str, is_one: bool) -> None:
    assert is_abbreviation(before) is is_one


@pytest.mark.parametrize(
    ("before", "is_one"), [("see https://a.b/c", True), ("(www.a", True), ("a.b", False), ("https ", False)]
)
def test_addresses(before: str, is_one: bool) -> None:
    assert is_address(before) is is_one


@pytest.mark.parametrize(
    ("before", "word", "is_one"),
    [
        ("Am 3", "Oktober", True),
        ("Im 19", "Jahrhundert,", True),
        ("Es sind 3", "Das", False),
        ("the 3", "place", True),
        ("No", "5", True),
        ("No", "It", False),
    ],
)
def test_ordinals(before: str, word: str, is_one: bool) -> None:
    assert may_be_ordinal(before)
    assert is_ordinal(before, word) is is_one


@pytest.mark.parametrize("before", ["in 2026", "end", "5th"])
def test_most_points_need_no_second_look(before: str) -> None:
    assert not may_be_ordinal(before)


@pytest.mark.parametrize(
    ("text", "whole"), [("a (b) c", True), ("a (b", False), ('say "so', False), ("“so”", True), ("“so", False)]
)
def test_open_quotes_and_brackets(text: str, whole: bool) -> None:
    assert balanced(text) is whole


@pytest.mark.parametrize(
    ("head", "word", "breathes"),
    [
        ("I cannot come ", "because", True),
        ("I cannot come ", "android", False),
        ("It is Marks ", "and", False),
        ("It is Marks ", "who", True),
        ("rooms 4 ", "and", False),
        ("one hundred ", "and", False),
        ("between nine ", "and", False),
        ("it was and ", "because", False),
        ("Wir bleiben hier ", "weil", True),
        ("", "because", False),
    ],
)
def test_breaths_before_a_word(head: str, word: str, breathes: bool) -> None:
    assert breathes_before(head, word) is breathes


@pytest.mark.parametrize(
    ("head", "word", "begins"),
    [
        ("The capital of Italy ", "is", True),
        ("The Mona Lisa ", "was", True),
        ("Yes. The two museums nearby ", "are", True),
        ("Die Hauptstadt von Italien ", "ist", True),
        ("The American civil ", "war", False),
        ("The shop ", "is", False),
        ("Yes, the shop ", "is", False),
        ("The capital of Italy ", "island", False),
        ("I think that it ", "is", False),
        ("What you can do ", "is", False),
        ("Open it when the box ", "is", False),
        ("When the weather outside ", "is", False),
        ("The number in room 4 ", "is", False),
        ("The number twenty ", "is", False),
        ("", "is", False),
    ],
)
def test_a_long_subject_is_over_before_its_verb(head: str, word: str, begins: bool) -> None:
    assert begins_predicate(head, word) is begins


@pytest.mark.parametrize(
    ("word", "breathes"),
    [
        ("있지만", True),
        ("가는데", True),
        ("하고", True),
        ("가면", True),
        ("학교에서", False),
        ("최고", False),
        ("고", False),
        ("날씨는", False),
    ],
)
def test_breaths_after_a_korean_verb(word: str, breathes: bool) -> None:
    assert breathes_after(word) is breathes
