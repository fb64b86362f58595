import pytest

from studio.pipeline.routing.traits import TRAITS, traits


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("which one is better and why", {"asks to compare", "asks why"}),
        ("explain it step by step", {"asks to explain", "step by step"}),
        ("what time is it", {"asks for a fact", "few words"}),
        ("three people if it rains", {"has numbers", "gives conditions"}),
        ("book a table please", {"wants a booking"}),
        ("cancel my order", {"wants a change"}),
        ("sorry could you repeat that", {"did not hear"}),
        ("no not that", {"no", "few words"}),
        ("yes", {"yes", "one word"}),
    ],
)
def test_english(text: str, expected: set[str]) -> None:
    found = set(traits(text.split(), is_korean=False))
    assert expected <= found
    assert "Korean" not in found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("두 요금제를 비교해서 설명해 주세요", {"asks to compare", "asks to explain"}),
        ("요금이 왜 올랐어요", {"asks why"}),
        ("예약 취소해 주세요", {"wants a booking", "wants a change"}),
        ("네", {"yes", "one word"}),
    ],
)
def test_korean(text: str, expected: set[str]) -> None:
    assert expected | {"Korean"} <= set(traits(text.split(), is_korean=True))


@pytest.mark.parametrize(
    ("words", "name"), [(1, "one word"), (4, "few words"), (9, "a short sentence"), (40, "very many words")]
)
def test_length_has_exactly_one_name(words: int, name: str) -> None:
    lengths = {"one word", "few words", "a short sentence", "a sentence", "a long sentence", "very many words"}
    assert lengths & set(traits(["la"] * words, is_korean=False)) == {name}


def test_each_name_stands_once() -> None:
    assert len(set(TRAITS)) == len(TRAITS)
