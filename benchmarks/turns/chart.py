"""Draws lines of labelled points as SVG, in light and dark. Must not know what they stand for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 760, 460
_LEFT, _RIGHT, _TOP, _BOTTOM = 68, 28, 64, 56
_COLOURS = (("#2563c9", "#6ea8fe"), ("#c2410c", "#fb923c"), ("#5f6771", "#9aa2ac"), ("#15803d", "#4ade80"))
"""Of the lines in light and in dark."""


@dataclass(frozen=True, slots=True)
class Point:
    """A labelled place on a line."""

    label: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Line:
    """Points in the order in which they are joined."""

    title: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Axis:
    """From zero to `end`, with a tick every `step`."""

    title: str
    end: float
    step: float


def chart(title: str, lines: Sequence[Line], x: Axis, y: Axis) -> str:
    """The lines in one panel; what lies beyond an axis is left out."""
    return "\n".join(_parts(title, lines, x, y)) + "\n"


def axis(title: str, values: Sequence[float], step: float) -> Axis:
    """An axis that holds all `values`."""
    return Axis(title, max(1, ceil(max(values, default=0) / step)) * step, step)


def _parts(title: str, lines: Sequence[Line], x: Axis, y: Axis) -> Iterator[str]:
    quoted = escape(title, {'"': "&quot;"})
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        f'role="img" aria-label="{quoted}">'
    )
    yield f"<style>{_style(len(lines))}</style>"
    yield f'<rect class="paper" width="{WIDTH}" height="{HEIGHT}"/>'
    yield f'<text class="title" x="{_LEFT}" y="26">{escape(title)}</text>'
    yield from _legend(lines)
    yield from _grid(x, y)
    for number, line in enumerate(lines):
        yield from _line(number, line, x, y)
    yield "</svg>"


def _style(count: int) -> str:
    light = "".join(f".l{n}{{stroke:{_COLOURS[n][0]}}}.d{n}{{fill:{_COLOURS[n][0]}}}" for n in range(count))
    dark = "".join(f".l{n}{{stroke:{_COLOURS[n][1]}}}.d{n}{{fill:{_COLOURS[n][1]}}}" for n in range(count))
    return (
        'text{font:12px system-ui,"Segoe UI","Noto Sans",sans-serif;fill:#1c1f23}'
        ".title{font-size:15px;font-weight:600}.muted{fill:#5f6771}.paper{fill:#fff}.grid{stroke:#e3e6ea}"
        f".line{{fill:none;stroke-width:2.5}}.small{{font-size:11px}}{light}"
        "@media (prefers-color-scheme:dark){text{fill:#eceef0}.muted{fill:#9aa2ac}.paper{fill:#17191c}"
        f".grid{{stroke:#2f3338}}{dark}}}"
    )


def _legend(lines: Sequence[Line]) -> Iterator[str]:
    at = float(_LEFT)
    for number, line in enumerate(lines):
        yield f'<line class="line l{number}" x1="{at}" x2="{at + 22}" y1="44" y2="44"/>'
        yield f'<text x="{at + 28}" y="48">{escape(line.title)}</text>'
        at += 52 + 6.6 * len(line.title)


def _grid(x: Axis, y: Axis) -> Iterator[str]:
    right, low = WIDTH - _RIGHT, HEIGHT - _BOTTOM
    for number in range(round(y.end / y.step) + 1):
        at = _y(number * y.step, y)
        yield f'<line class="grid" x1="{_LEFT}" x2="{right}" y1="{at:.1f}" y2="{at:.1f}"/>'
        yield f'<text class="muted" x="{_LEFT - 10}" y="{at + 4:.1f}" text-anchor="end">{number * y.step:g}</text>'
    for number in range(round(x.end / x.step) + 1):
        at = _x(number * x.step, x)
        yield f'<text class="muted" x="{at:.1f}" y="{low + 18}" text-anchor="middle">{number * x.step:g}</text>'
    middle_x, middle_y = (_LEFT + right) / 2, (_TOP + low) / 2
    yield f'<text class="muted" x="{middle_x}" y="{low + 42}" text-anchor="middle">{escape(x.title)}</text>'
    yield (
        f'<text class="muted" transform="translate(18 {middle_y}) rotate(-90)" text-anchor="middle">'
        f"{escape(y.title)}</text>"
    )


def _line(number: int, line: Line, x: Axis, y: Axis) -> Iterator[str]:
    inside = [point for point in line.points if point.x <= x.end and point.y <= y.end]
    path = " ".join(f"{_x(point.x, x):.1f},{_y(point.y, y):.1f}" for point in inside)
    yield f'<polyline class="line l{number}" points="{path}"/>'
    for point in inside:
        at_x, at_y = _x(point.x, x), _y(point.y, y)
        yield f'<circle class="d{number}" cx="{at_x:.1f}" cy="{at_y:.1f}" r="4"/>'
        yield f'<text class="small" x="{at_x + 7:.1f}" y="{at_y - 6:.1f}">{escape(point.label)}</text>'


def _x(value: float, axis: Axis) -> float:
    return _LEFT + (WIDTH - _RIGHT - _LEFT) * value / axis.end


def _y(value: float, axis: Axis) -> float:
    return HEIGHT - _BOTTOM - (HEIGHT - _BOTTOM - _TOP) * value / axis.end
