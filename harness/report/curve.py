"""Kills over time as an SVG picture, readable on light and on dark backgrounds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import log10
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 720, 380
LEFT, RIGHT, TOP, BOTTOM = 64, 24, 46, 52
SOONEST = 0.01
STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #24292f }
  .title { font-size: 15px; font-weight: 600 }
  .grid { stroke: #d0d7de; stroke-width: 1 }
  .line { fill: none; stroke-width: 2.5; stroke-linejoin: round }
  .first { stroke: #0969da } text.first { fill: #0969da; stroke: none }
  .second { stroke: #bc4c00 } text.second { fill: #bc4c00; stroke: none }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .grid { stroke: #3d444d }
    .first { stroke: #4493f8 } text.first { fill: #4493f8 }
    .second { stroke: #f0883e } text.second { fill: #f0883e }
  }
"""


@dataclass(frozen=True, slots=True)
class Curve:
    """One hunter's kills: the seconds until each, and the number of mutants hunted."""

    label: str
    seconds: tuple[float, ...]
    hunted: int


def draw(curves: Sequence[Curve], budget: float, caption: str) -> str:
    """A picture of up to two curves up to the budget's seconds, on a logarithmic scale."""
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
        f"<title>{escape(caption)}</title>",
        f"<style>{STYLE}</style>",
        f'<text class="title" x="{LEFT}" y="24">{escape(caption)}</text>',
        *_grid(budget),
        *(line for kind, curve in zip(("first", "second"), curves, strict=False)
          for line in _curve(kind, curve, budget)),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _across(seconds: float, budget: float) -> float:
    part = log10(max(seconds, SOONEST) / SOONEST) / log10(budget / SOONEST)
    return round(LEFT + min(part, 1.0) * (WIDTH - LEFT - RIGHT), 1)


def _up(share: float) -> float:
    return round(HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM), 1)


def _grid(budget: float) -> Iterator[str]:
    bottom = HEIGHT - BOTTOM
    for percent in (0, 25, 50, 75, 100):
        y = _up(percent / 100)
        yield f'<line class="grid" x1="{LEFT}" y1="{y}" x2="{WIDTH - RIGHT}" y2="{y}"/>'
        yield f'<text x="{LEFT - 8}" y="{y + 4}" text-anchor="end">{percent} %</text>'
    for seconds in (s for s in (0.01, 0.1, 1, 10, 100, 1000) if s <= budget):
        x = _across(seconds, budget)
        yield f'<line class="grid" x1="{x}" y1="{TOP}" x2="{x}" y2="{bottom}"/>'
        yield f'<text x="{x}" y="{bottom + 18}" text-anchor="middle">{seconds:g} s</text>'
    middle = (LEFT + WIDTH - RIGHT) / 2
    yield (f'<text x="{middle}" y="{HEIGHT - 10}" text-anchor="middle">'
           "time until the first violation was met</text>")


def _curve(kind: str, curve: Curve, budget: float) -> Iterator[str]:
    """A step for each kill, and the label above the end of the last one."""
    points = [(_across(SOONEST, budget), _up(0.0))]
    for number, seconds in enumerate(sorted(curve.seconds), start=1):
        x = _across(seconds, budget)
        points += [(x, points[-1][1]), (x, _up(number / curve.hunted))]
    end, height = _across(budget, budget), points[-1][1]
    path = " ".join(f"{x},{y}" for x, y in [*points, (end, height)])
    label = f"{curve.label}: {len(curve.seconds)} of {curve.hunted}"
    yield f'<polyline class="line {kind}" points="{path}"/>'
    yield (f'<text class="{kind}" x="{end}" y="{height - 6}" text-anchor="end">'
           f"{escape(label)}</text>")
