from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.app.bench.axes import Style, axis, grid, svg


@pytest.mark.parametrize(
    ("values", "end", "step"),
    [
        ([401, 12], 500, 100),
        ([46.7], 50, 10),
        ([1069, 299], 1250, 250),
        ([10], 12, 2),  # the largest does not stand on the edge
        ([0.03], 0.04, 0.01),
        ([0], 1.2, 0.2),
        ([], 1.2, 0.2),
    ],
)
def test_an_axis_holds_its_values_in_round_steps(values: list[float], end: float, step: float) -> None:
    made = axis("ms", values, 0, 100)
    assert [made.end, made.step] == pytest.approx([end, step])


@given(st.lists(st.floats(0, 1e6), min_size=1))
def test_every_value_lies_on_its_axis(values: list[float]) -> None:
    made = axis("ms", values, 400, 60)
    assert all(60 <= made.at(value) <= 400 for value in values)
    assert 4 <= len(list(made.ticks())) <= 8
    assert (made.at(0), made.at(made.end)) == (400, 60)


def test_a_picture_has_its_titles_and_ticks() -> None:
    x, y = axis("a < b", [4], 72, 300), axis("%", [9], 200, 60)
    drawn = ET.fromstring(svg('a "title" & more', 400, 300, Style("", ""), grid(x, y)))
    texts = [text.text for text in drawn.iter("{http://www.w3.org/2000/svg}text")]
    assert drawn.get("aria-label") == 'a "title" & more'
    assert texts.count("0") == 2
    assert {'a "title" & more', "a < b", "%", "4", "10"} <= set(texts)
