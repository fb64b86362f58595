"""Draws a frame with a title and two axes from zero as SVG, in light and dark. Must not know what they stand for."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import ceil, floor, log10
from xml.sax.saxutils import escape

LEFT = 72
"""Room for a vertical axis; the title begins there."""
_LEAST = 1e-9
"""Below this, a figure is as good as zero."""

_LIGHT = """
  text { font: 12px system-ui, "Segoe UI", "Noto Sans", sans-serif; fill: #1c1f23; }
  .title { font-size: 15px; font-weight: 600; }
  .muted { fill: #5f6771; }
  .paper { fill: #ffffff; }
  .grid { stroke: #e3e6ea; }"""
_DARK = """
    text { fill: #eceef0; }
    .muted { fill: #9aa2ac; }
    .paper { fill: #17191c; }
    .grid { stroke: #2f3338; }"""


@dataclass(frozen=True, slots=True)
class Point:
    """A labelled place."""

    label: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Style:
    """Rules for what stands in the frame, and those that differ in the dark."""

    light: str
    dark: str


@dataclass(frozen=True, slots=True)
class Axis:
    """From zero to `end` with a tick every `step`."""

    title: str
    end: float
    step: float
    low: float
    high: float
    """Where 0 and `end` are drawn."""

    def at(self, value: float) -> float:
        """Where `value` is drawn."""
        return self.low + (self.high - self.low) * value / self.end

    def ticks(self) -> Iterator[float]:
        """The values that are written beside it."""
        for number in range(round(self.end / self.step) + 1):
            yield number * self.step


def axis(title: str, values: Iterable[float], low: float, high: float) -> Axis:
    """From zero to a round number above all `values`, in about five round steps."""
    largest = max(values, default=0.0)
    largest = largest if largest > _LEAST else 1.0
    rough = largest / 5
    power = 10.0 ** floor(log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough)
    return Axis(title, ceil(largest / step + 0.1) * step, step, low, high)


def grid(x: Axis, y: Axis) -> Iterator[str]:
    """Both axes with their figures and titles."""
    for tick in y.ticks():
        yield f'<line class="grid" x1="{x.low}" x2="{x.high}" y1="{y.at(tick):.1f}" y2="{y.at(tick):.1f}"/>'
        yield f'<text class="muted" x="{x.low - 12}" y="{y.at(tick) + 4:.1f}" text-anchor="end">{tick:g}</text>'
    for tick in x.ticks():
        yield f'<text class="muted" x="{x.at(tick):.1f}" y="{y.low + 18}" text-anchor="middle">{tick:g}</text>'
    middle = (x.low + x.high) / 2
    yield f'<text class="muted" x="{middle}" y="{y.low + 40}" text-anchor="middle">{escape(x.title)}</text>'
    middle = (y.low + y.high) / 2
    yield (
        f'<text class="muted" transform="translate({x.low - LEFT + 20} {middle}) rotate(-90)" text-anchor="middle">'
        f"{escape(y.title)}</text>"
    )


def svg(title: str, width: int, height: int, style: Style, parts: Iterable[str]) -> str:
    """A whole picture."""
    frame = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-label="{escape(title, {chr(34): "&quot;"})}">',
        f"<style>{_LIGHT}{style.light}\n  @media (prefers-color-scheme: dark) {{{_DARK}{style.dark}\n  }}\n</style>",
        f'<rect class="paper" width="{width}" height="{height}"/>',
        f'<text class="title" x="{LEFT}" y="26">{escape(title)}</text>',
    )
    return "\n".join((*frame, *parts, "</svg>")) + "\n"
