"""Draws labelled points in panels as SVG, in light and dark. Must not know what they stand for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from studio.app.bench.axes import LEFT, Point, Style, axis, grid, svg

WIDTH = 520
HEIGHT = 400
_RIGHT, _TOP, _BOTTOM = 24, 72, 56
_CHARACTER = 6.6
"""About how wide a character of a label is."""
_LINE = 15
"""How high a label is."""
_RADIUS = 6
"""Of a point."""

_STYLE = Style(
    """
  .panel { font-size: 13px; font-weight: 600; }
  .point { fill: #2563c9; stroke: #ffffff; stroke-width: 2; }
  .halo { stroke: #ffffff; stroke-width: 3; stroke-linejoin: round; }
  .leader { stroke: #5f6771; stroke-width: 0.75; }""",
    """
    .point { fill: #6ea8fe; stroke: #17191c; }
    .halo { stroke: #17191c; }
    .leader { stroke: #9aa2ac; }""",
)


@dataclass(frozen=True, slots=True)
class Panel:
    """Points on two axes from zero; nearer to the corner at the left below is where both are small."""

    title: str
    x_title: str
    y_title: str
    points: tuple[Point, ...]


def picture(title: str, panels: Sequence[Panel]) -> str:
    """The panels that have points, side by side; empty where none has."""
    drawn = [panel for panel in panels if panel.points]
    if not drawn:
        return ""
    parts = (part for index, panel in enumerate(drawn) for part in _panel(panel, index * WIDTH))
    return svg(title, WIDTH * len(drawn), HEIGHT, _STYLE, parts)


def _panel(panel: Panel, left: int) -> Iterator[str]:
    x = axis(panel.x_title, (point.x for point in panel.points), left + LEFT, left + WIDTH - _RIGHT)
    y = axis(panel.y_title, (point.y for point in panel.points), HEIGHT - _BOTTOM, _TOP)
    yield f'<text class="panel" x="{x.low}" y="{_TOP - 18}">{escape(panel.title)}</text>'
    yield from grid(x, y)
    places = [(x.at(point.x), y.at(point.y)) for point in panel.points]
    spots = _spots([point.label for point in panel.points], places, x.high + _RIGHT)
    for (at_x, at_y), spot in zip(places, spots, strict=True):
        if abs(spot.y - at_y) > _LINE / 2:
            yield f'<line class="leader" x1="{at_x:.1f}" y1="{at_y:.1f}" x2="{spot.x:.1f}" y2="{spot.y:.1f}"/>'
    for at_x, at_y in places:
        yield f'<circle class="point" cx="{at_x:.1f}" cy="{at_y:.1f}" r="{_RADIUS}"/>'
    for point, spot in zip(panel.points, spots, strict=True):
        anchor = "end" if spot.leftward else "start"
        at = f'x="{spot.x:.1f}" y="{spot.y + 4:.1f}"'
        for of_class in (' class="halo"', ""):  # the grid behind a label must not cross it out
            yield f'<text{of_class} {at} text-anchor="{anchor}">{escape(point.label)}</text>'


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where a label begins, or ends where it is `leftward`; its middle's height."""

    x: float
    y: float
    width: float
    leftward: bool

    @property
    def box(self) -> "_Box":
        left = self.x - self.width if self.leftward else self.x
        return left, self.y - _LINE / 2, left + self.width, self.y + _LINE / 2


_Box = tuple[float, float, float, float]
"""Left, top, right and bottom."""


def _spots(labels: Sequence[str], places: Sequence[tuple[float, float]], edge: float) -> list[_Spot]:
    """Where each point's label goes: beside its point, as near as can be, and upon no point or other label."""
    taken: list[_Box] = [(x - _RADIUS, y - _RADIUS, x + _RADIUS, y + _RADIUS) for x, y in places]
    spots = []
    for label, (x, y) in zip(labels, places, strict=True):
        offers = list(_offers(x, y, len(label) * _CHARACTER, edge))
        free = (offer for offer in offers if not any(_meet(offer.box, box) for box in taken))
        spot = next(free, offers[0])
        taken.append(spot.box)
        spots.append(spot)
    return spots


def _offers(x: float, y: float, width: float, edge: float) -> Iterator[_Spot]:
    """Places for the label of a point, the best first."""
    for step in range(12):
        for height in sorted({y - step * _LINE, y + step * _LINE}):
            for leftward in (False, True):
                offer = _Spot(x - 10 if leftward else x + 10, height, width, leftward)
                left, top, right, bottom = offer.box
                inside = left >= edge - WIDTH + LEFT / 2 and right <= edge and top >= _TOP - _LINE
                if inside and bottom <= HEIGHT - _BOTTOM:
                    yield offer
    yield _Spot(x + 10, y, width, leftward=False)


def _meet(one: _Box, other: _Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
