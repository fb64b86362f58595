import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.app.bench.axes import Point
from studio.app.bench.picture import HEIGHT, WIDTH, Panel, picture

SVG = "{http://www.w3.org/2000/svg}"


def panel(*points: Point) -> Panel:
    return Panel("Speed & accuracy", "ms", "%", points)


def test_points_stand_where_their_figures_are() -> None:
    drawn = ET.fromstring(picture("Compared", [panel(Point("a/b", 100, 5), Point("c/d", 300, 10))]))
    first, second = drawn.findall(f"{SVG}circle")
    assert float(first.get("cx", "")) < float(second.get("cx", ""))
    assert float(first.get("cy", "")) > float(second.get("cy", ""))
    texts = [text.text for text in drawn.iter(f"{SVG}text")]
    assert {"Compared", "Speed & accuracy", "a/b", "c/d", "ms", "%", "0"} <= set(texts)


def test_panels_stand_side_by_side_and_those_without_points_are_left_out() -> None:
    full = panel(Point("a", 1, 1))
    assert ET.fromstring(picture("x", [full, full])).get("width") == str(2 * WIDTH)
    assert ET.fromstring(picture("x", [full, panel()])).get("width") == str(WIDTH)
    assert picture("x", [panel()]) == ""


def test_every_colour_has_its_counterpart_in_the_dark() -> None:
    style = picture("x", [panel(Point("a", 1, 1))])
    light, dark = style.split("@media (prefers-color-scheme: dark)")
    colours = [set(re.findall(r"(?:^|\n) *([.\w]+) \{[^}]*#", part)) for part in (light, dark)]
    assert colours[0] == colours[1]


def test_a_label_at_the_right_edge_stands_to_the_left_of_its_point() -> None:
    drawn = ET.fromstring(picture("x", [panel(Point("a-rather-long/name-of-a-model", 1000, 5))]))
    label = next(text for text in drawn.iter(f"{SVG}text") if text.text == "a-rather-long/name-of-a-model")
    assert label.get("text-anchor") == "end"


def test_labels_of_points_that_are_close_do_not_cover_each_other() -> None:
    points = [Point(f"vendor/model-{number}", 100 + number, 5 + number / 100) for number in range(6)]
    drawn = ET.fromstring(picture("x", [panel(*points)]))
    places = {
        (text.get("text-anchor"), text.get("y"))
        for text in drawn.iter(f"{SVG}text")
        if (text.text or "").startswith("vendor/") and text.get("class") is None
    }
    assert len(places) == 6


@pytest.mark.parametrize("label", ["<script>", 'a"b', "a & b"])
def test_names_cannot_break_the_picture(label: str) -> None:
    drawn = ET.fromstring(picture(label, [panel(Point(label, 1, 1))]))
    assert drawn.get("aria-label") == label


@given(st.lists(st.tuples(st.floats(0, 1e6), st.floats(0, 1e6)), min_size=1, max_size=20))
def test_whatever_the_figures_everything_stays_in_the_picture(places: list[tuple[float, float]]) -> None:
    drawn = ET.fromstring(picture("x", [panel(*(Point(f"v/{n}", *place) for n, place in enumerate(places)))]))
    for circle in drawn.iter(f"{SVG}circle"):
        assert 0 <= float(circle.get("cx", "")) <= WIDTH
        assert 0 <= float(circle.get("cy", "")) <= HEIGHT
