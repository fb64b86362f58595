"""Draws labelled points in panels as SVG, in light and dark. Must not know what they stand for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from xml.sax.saxutils import escape

WIDTH = 520
HEIGHT = 400
_LEFT, _RIGHT, _TOP, _BOTTOM = 72, 24, 72, 56
_CHARACTER = 6.6
"""About how wide a character of a label is."""
_LINE = 15
"""How high a label is."""
_RADIUS = 6
"""Of a point."""
_LEAST = 1e-9
"""Below this, a figure is as good as zero."""

_STYLE = """
  text { font: 12px system-ui, "Segoe UI", "Noto Sans", sans-serif; fill: #1c1f23; }
  .title { font-size: 15px; font-weight: 600; }
  .panel { font-size: 13px; font-weight: 600; }
  .muted { fill: #5f6771; }
  .paper { fill: #ffffff; }
  .grid { stroke: #e3e6ea; }
  .point { fill: #2563c9; stroke: #ffffff; stroke-width: 2; }
  .halo { stroke: #ffffff; stroke-width: 3; stroke-linejoin: round; }
  .leader { stroke: #5f6771; stroke-width: 0.75; }
  @media (prefers-color-scheme: dark) {
    text { fill: #eceef0; }
    .muted { fill: #9aa2ac; }
    .paper { fill: #17191c; }
    .grid { stroke: #2f3338; }
    .point { fill: #6ea8fe; stroke: #17191c; }
    .halo { stroke: #17191c; }
    .leader { stroke: #9aa2ac; }
  }
"""


@dataclass(frozen=True, slots=True)
class Point:
    """A labelled place."""

    label: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Panel:
    """Points on two axes from zero; nearer to the corner at the left below is where both are small."""

    title: str
    x_title: str
    y_title: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class _Axis:
    end: float
    step: float
    low: float
    high: float
    """Where 0 and `end` are drawn."""

    def at(self, value: float) -> float:
        return self.low + (self.high - self.low) * value / self.end

    def ticks(self) -> Iterator[float]:
        for number in range(round(self.end / self.step) + 1):
            yield number * self.step


def picture(title: str, panels: Sequence[Panel]) -> str:
    """The panels that have points, side by side; empty where none has."""
    drawn = [panel for panel in panels if panel.points]
    if not drawn:
        return ""
    width = WIDTH * len(drawn)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {HEIGHT}" width="{width}" height="{HEIGHT}" '
        f'role="img" aria-label="{escape(title, {chr(34): "&quot;"})}">',
        f"<style>{_STYLE}</style>",
        f'<rect class="paper" width="{width}" height="{HEIGHT}"/>',
        f'<text class="title" x="{_LEFT}" y="26">{escape(title)}</text>',
        *(part for index, panel in enumerate(drawn) for part in _panel(panel, index * WIDTH)),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _panel(panel: Panel, left: int) -> Iterator[str]:
    x = _axis((point.x for point in panel.points), left + _LEFT, left + WIDTH - _RIGHT)
    y = _axis((point.y for point in panel.points), HEIGHT - _BOTTOM, _TOP)
    yield f'<text class="panel" x="{x.low}" y="{_TOP - 18}">{escape(panel.title)}</text>'
    for tick in y.ticks():
        yield f'<line class="grid" x1="{x.low}" x2="{x.high}" y1="{y.at(tick):.1f}" y2="{y.at(tick):.1f}"/>'
        yield f'<text class="muted" x="{x.low - 12}" y="{y.at(tick) + 4:.1f}" text-anchor="end">{tick:g}</text>'
    for tick in x.ticks():
        yield f'<text class="muted" x="{x.at(tick):.1f}" y="{y.low + 18}" text-anchor="middle">{tick:g}</text>'
    middle = (x.low + x.high) / 2
    yield f'<text class="muted" x="{middle}" y="{y.low + 40}" text-anchor="middle">{escape(panel.x_title)}</text>'
    middle = (y.low + y.high) / 2
    yield (
        f'<text class="muted" transform="translate({left + 20} {middle}) rotate(-90)" text-anchor="middle">'
        f"{escape(panel.y_title)}</text>"
    )
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
                inside = left >= edge - WIDTH + _LEFT / 2 and right <= edge and top >= _TOP - _LINE
                if inside and bottom <= HEIGHT - _BOTTOM:
                    yield offer
    yield _Spot(x + 10, y, width, leftward=False)


def _meet(one: _Box, other: _Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _axis(values: Iterator[float], low: float, high: float) -> _Axis:
    """From zero to a round number above all `values`, in about five round steps."""
    largest = max(values)
    largest = largest if largest > _LEAST else 1.0
    rough = largest / 5
    power = 10.0 ** floor(log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough)
    return _Axis(ceil(largest / step + 0.1) * step, step, low, high)
