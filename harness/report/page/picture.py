"""A history as one SVG picture of swim lanes, for pages that show no more than that.

It has its own background, so that it can be read on a light and on a dark page, and only the lanes
that something happens in. A row of the page's picture (``lanes``) is a row here.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape

from harness.core.history import History
from harness.report.page.lanes import Lane, Row, carrier, rows

LANE, ROW, EDGE = 128, 30, 14
"""Units of a lane's width, a row's height, and the free edge."""
LETTER = 6.6
"""Units of a letter's width, about."""
PHYSICAL = re.compile(r"cqrs-conformance-(\w+)-[A-Z0-9]{12}\b")
"""The name that a deployment gives a resource; the logical id is enough."""
LONG_ID = re.compile(r"\b([0-9a-f]{4})[0-9a-f]{4}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
MOMENT = re.compile(r"\b\d{4}-\d\d-\d\dT[\d:]{8}\.\d{6}(?:Z|\+00:00)?")
"""A moment that a function has read from its clock: another one in each play."""
STYLE = """
  .paper { fill: #ffffff; stroke: #d5dbe3 } text { font: 12px system-ui, sans-serif; fill: #1d2430 }
  .head { font-weight: 600 } .lane { stroke: #d5dbe3 } .band { fill: #eef2f7 }
  .step text { font-weight: 600 } .between text { fill: #5b6677; font-style: italic }
  .halo { paint-order: stroke; stroke: #ffffff; stroke-width: 4px; stroke-linejoin: round }
  .arrow { stroke: #56617a; stroke-width: 1.6; fill: none } .tip { fill: #56617a }
  .request .arrow, .reply .arrow, .delivery .arrow { stroke: #2158b5 }
  .request .tip, .reply .tip, .delivery .tip { fill: #2158b5 }
  .delivery .arrow { stroke-dasharray: 6 4 }
  .bad .arrow { stroke: #b3202c; stroke-dasharray: 2 3 } .bad .tip, .bad text { fill: #b3202c }
  @media (prefers-color-scheme: dark) {
    .paper { fill: #14181f; stroke: #343c49 } text { fill: #e5e9f0 } .lane { stroke: #343c49 }
    .band { fill: #222a36 } .between text { fill: #9aa6b8 } .halo { stroke: #14181f }
    .arrow { stroke: #a5b1c6 } .tip { fill: #a5b1c6 }
    .request .arrow, .reply .arrow, .delivery .arrow { stroke: #8db5ff }
    .request .tip, .reply .tip, .delivery .tip { fill: #8db5ff }
    .bad .arrow { stroke: #ff8a8a } .bad .tip, .bad text { fill: #ff8a8a }
  }
"""


def picture(history: History, sentences: Sequence[str], title: str) -> str:
    """Return the SVG document of a history; ``sentences`` tell the steps of its scenario."""
    made = [row for row in rows(history, sentences) if not row.kind.endswith("run") or row.bad]
    shown = [lane for lane in Lane if any(lane in (row.source, row.target) for row in made)]
    drawing = _Drawing(shown, carrier(history))
    body = [line for row in made for line in drawing.row(row)]
    return "\n".join([*drawing.opening(title), *body, "</svg>"]) + "\n"


def short_name(text: str) -> str:
    """A text with logical ids in the place of a deployment's names."""
    return PHYSICAL.sub(r"\1", text)


class _Drawing:
    """The rows of a picture, one below the other."""

    def __init__(self, lanes: Sequence[Lane], carrier: str) -> None:
        self._lanes, self._carrier = lanes, carrier
        self._width = LANE * len(lanes) + 2 * EDGE
        self._y = EDGE + 16 * max(len(self._heading(lane)) for lane in lanes) + 6

    def opening(self, title: str) -> Iterator[str]:
        height = self._y + EDGE
        yield (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self._width} {height}" '
               f'width="{self._width}" height="{height}" role="img">')
        yield f"<title>{escape(title)}</title>\n<style>{STYLE}</style>"
        yield (f'<rect class="paper" x="0.5" y="0.5" width="{self._width - 1}" '
               f'height="{height - 1}" rx="6"/>')
        for lane in self._lanes:
            x, y = self._x(lane), EDGE - 4
            for line in self._heading(lane):
                y += 14
                yield _text(x, y, line, "head")
            yield f'<path class="lane" d="M{x} {y + 6}V{height - EDGE / 2}"/>'

    def _heading(self, lane: Lane) -> list[str]:
        name = self._carrier if lane is Lane.CARRIER else lane.value
        return textwrap.wrap(name, int(LANE / LETTER) - 1)

    def row(self, row: Row) -> Iterator[str]:
        """The lines of one row."""
        yield f'<g class="{escape(row.kind)}">'
        yield from self._across(row) if row.source is None else self._between(row)
        yield "</g>"

    def _across(self, row: Row) -> Iterator[str]:
        lines = textwrap.wrap(row.text, int((self._width - 3 * EDGE) / LETTER)) or [""]
        height = 16 * len(lines) + 8
        if row.kind == "step":
            self._y += 8
            yield (f'<rect class="band" x="{EDGE / 2}" y="{self._y + 3}" '
                   f'width="{self._width - EDGE}" height="{height}"/>')
        for line in lines:
            self._y += 16
            yield _text(EDGE, self._y + 2, line, "", "start")
        self._y += 16

    def _between(self, row: Row) -> Iterator[str]:
        assert row.source is not None
        start, end = self._x(row.source), self._x(row.target or row.source)
        label = self._label(row)
        half = len(label) * LETTER / 2
        middle = min(max((start + end) / 2, EDGE + half), self._width - EDGE - half)
        self._y += ROW
        yield _text(middle, self._y - 5, label, "halo")
        if start != end:
            tip = 7 if end < start else -7
            yield f'<path class="arrow" d="M{start} {self._y}H{end + tip}"/>'
            yield f'<path class="tip" d="M{end} {self._y}l{tip} -4v8z"/>'

    def _label(self, row: Row) -> str:
        branch = f"[{row.branch + 1}] " if row.branch is not None else ""
        short = MOMENT.sub("…", LONG_ID.sub(r"\1…", short_name(row.text)))
        text = branch + " ".join(short.split())
        longest = int((self._width - 2 * EDGE) / LETTER)
        return text if len(text) <= longest else text[: longest - 1] + "…"

    def _x(self, lane: Lane) -> float:
        return EDGE + LANE * (self._lanes.index(lane) + 0.5)


def _text(x: float, y: float, text: str, kind: str, anchor: str = "middle") -> str:
    return (f'<text class="{kind}" x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}">'
            f"{escape(text)}</text>")
