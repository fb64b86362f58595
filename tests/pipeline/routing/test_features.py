import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.pipeline.routing.features import HASHED, SIZE, features, korean, plain


@given(st.text())
def test_any_text_has_a_vector_in_its_bounds(text: str) -> None:
    seen = features(text)
    assert len(seen.places) == len(seen.values) == len(set(seen.places.tolist()))
    assert all(0 <= place < SIZE for place in seen.places)
    length = float(np.linalg.norm(seen.values[seen.places < HASHED]))
    assert length == pytest.approx(1.0, abs=1e-5) if plain(text) else length == 0


@given(st.text())
def test_the_same_words_have_the_same_vector(text: str) -> None:
    first, again = features(text), features(text)
    assert np.array_equal(first.places, again.places)
    assert np.array_equal(first.values, again.values)


@pytest.mark.parametrize(
    ("text", "as_heard"),
    [
        ("What time is it?", "what time is it"),
        ("I’d like a table, please.", "i'd like a table please"),
        ("예약 취소해 주세요.", "예약 취소해 주세요"),
    ],
)
def test_case_and_punctuation_do_not_count(text: str, as_heard: str) -> None:
    assert set(features(text).places.tolist()) == set(features(as_heard).places.tolist())


def test_what_is_hashed_stays_what_it_was() -> None:
    """Weights that were trained once must fit: whoever changes this raises VERSION and trains anew."""
    assert sorted(features("네").places.tolist()) == [
        3647,
        4874,
        7405,
        7674,
        8818,
        12838,
        13148,
        13241,
        15007,
        16395,
        16407,
        16416,
    ]


def test_only_the_beginning_of_a_long_speech_is_looked_at() -> None:
    long = "and then we went on " * 500
    assert len(plain(long)) < 200


@pytest.mark.parametrize(("text", "is_korean"), [("hello", False), ("안녕", True), ("Seoul 서울", True), ("", False)])
def test_the_language_is_seen_by_its_letters(text: str, is_korean: bool) -> None:
    assert korean(text) is is_korean
