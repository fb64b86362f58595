"""Draws lines of labelled points as SVG, in light and dark. Must not know what they stand for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from studio.app.bench.axes import LEFT, Axis, Point, Style, axis, grid, svg

WIDTH, HEIGHT = 760, 460
_RIGHT, _TOP, _BOTTOM = 28, 64, 56
_COLOURS = (("#2563c9", "#6ea8fe"), ("#c2410c", "#fb923c"), ("#5f6771", "#9aa2ac"), ("#15803d", "#4ade80"))
"""Of the lines in light and in dark."""


@dataclass(frozen=True, slots=True)
class Line:
    """Points in the order in which they are joined."""

    title: str
    points: tuple[Point, ...]


def chart(title: str, lines: Sequence[Line], x_title: str, y_title: str) -> str:
    """The lines in one panel."""
    points = [point for line in lines for point in line.points]
    x = axis(x_title, (point.x for point in points), LEFT, WIDTH - _RIGHT)
    y = axis(y_title, (point.y for point in points), HEIGHT - _BOTTOM, _TOP)
    drawn = (part for number, line in enumerate(lines) for part in _line(number, line, x, y))
    return svg(title, WIDTH, HEIGHT, _style(len(lines)), [*_legend(lines), *grid(x, y), *drawn])


def _style(count: int) -> Style:
    light, dark = (
        "".join(f"\n  .l{n} {{ stroke: {of[n]}; }}\n  .d{n} {{ fill: {of[n]}; }}" for n in range(count))
        for of in zip(*_COLOURS, strict=True)
    )
    return Style(f"\n  .line {{ fill: none; stroke-width: 2.5; }}\n  .small {{ font-size: 11px; }}{light}", dark)


def _legend(lines: Sequence[Line]) -> Iterator[str]:
    at = float(LEFT)
    for number, line in enumerate(lines):
        yield f'<line class="line l{number}" x1="{at}" x2="{at + 22}" y1="44" y2="44"/>'
        yield f'<text x="{at + 28}" y="48">{escape(line.title)}</text>'
        at += 52 + 6.6 * len(line.title)


def _line(number: int, line: Line, x: Axis, y: Axis) -> Iterator[str]:
    path = " ".join(f"{x.at(point.x):.1f},{y.at(point.y):.1f}" for point in line.points)
    yield f'<polyline class="line l{number}" points="{path}"/>'
    for point in line.points:
        at_x, at_y = x.at(point.x), y.at(point.y)
        yield f'<circle class="d{number}" cx="{at_x:.1f}" cy="{at_y:.1f}" r="4"/>'
        yield f'<text class="small" x="{at_x + 7:.1f}" y="{at_y - 6:.1f}">{escape(point.label)}</text>'
