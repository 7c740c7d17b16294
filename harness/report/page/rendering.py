"""The pages of reports, filled in: of a run, of an audit, of a soak."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import pairwise
from typing import Any

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup

from harness.core.history import History
from harness.core.history_json import from_lines
from harness.core.requirements import Level
from harness.core.verdict import Outcome
from harness.core.violation import Hop
from harness.report.page.differences import Pair, side_by_side
from harness.report.page.lanes import HOPS, Lane, Row, carrier, lanes, rows

PAGES = ("base.html", "report.html", "audit.html", "soak.html")
STYLE, SCRIPT = "report.css", "report.js"
FINDINGS = 5000
"""Findings that the page of an audit lists."""
WIDTH, HEIGHT = 600, 120
"""Units of a picture of lines."""
BINS = 24
"""Bars of the picture of measured times."""


def html(report: dict[str, Any]) -> str:
    """Return the report of a run, as report.schema.json describes it, as one page of HTML."""
    found = [_Failure.of(verdict) for verdict in _most_telling_first(report)]
    return _filled(
        "report.html", report=report, failures=found,
        outcomes=[o for o in Outcome if report["counts"].get(o)],
        most=max((v["triggers"] for v in report["requirements"]), default=0) or 1,
        measured=[(v["id"], bars(v["measured"])) for v in report["requirements"]
                  if v.get("measured")],
        judged=report.get("base_url") or report["template"] or report["stage"])


def audit_html(report: dict[str, Any], meanings: Mapping[str, str]) -> str:
    """Return the report of an audit as a page; ``meanings``: of the kinds, in their order."""
    counted = Counter(found["kind"] for found in report["findings"])
    return _filled(
        "audit.html", report=report, said=_said(len(report["findings"]), "finding"),
        shown=report["findings"][:FINDINGS],
        counted=[(kind, counted[kind], text) for kind, text in meanings.items() if counted[kind]])


def soak_html(report: dict[str, Any]) -> str:
    """Return the report of a soak as a page with its figures over time."""
    slices = report["over_time"]
    step = _step(slices, report)
    quantiles = [(name, [one["latency_ms"].get(name, 0.0) for one in slices])
                 for name in ("p50", "p99")]
    return _filled(
        "soak.html", report=report, said=_said(len(report["violations"]), "kind of violation"),
        rate=slices and lines([("sent", [one["requests"] / step for one in slices])]),
        latency=slices and lines(quantiles), side_by_side=side_by_side)


def _step(slices: Sequence[dict[str, Any]], report: dict[str, Any]) -> float:
    """The seconds of one part of the time."""
    starts = sorted(one["seconds"] for one in slices)
    steps = [later - start for start, later in pairwise(starts)]
    return float(min(steps, default=0) or report["minutes"] * 60)


def _said(number: int, what: str) -> str:
    return f"{number or 'no'} {what}{'' if number == 1 else 's'}"


def _filled(page: str, **context: Any) -> str:
    return _environment().get_template(page).render(
        style=Markup(_text(STYLE)), script=Markup(_text(SCRIPT)), **context)


def _environment() -> Environment:
    """Everything is escaped but the style and the script of the page."""
    made = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True,
                       lstrip_blocks=True, loader=DictLoader({name: _text(name) for name in PAGES}))
    made.filters["slug"] = lambda outcome: str(outcome).replace(" ", "-")
    made.filters["pretty"] = lambda value: json.dumps(value, ensure_ascii=False)
    return made


def _text(name: str) -> str:
    return (files("harness.report.page") / name).read_text("utf-8")


def _most_telling_first(report: dict[str, Any]) -> list[dict[str, Any]]:
    """The failed requirements, those of one cause together, warnings last."""
    groups = [id for group in report["groups"] for id in group["requirements"]]
    order = {id: place for place, id in enumerate(groups)}
    failed = [v for v in report["requirements"] if v["outcome"] == Outcome.FAILED]
    return sorted(failed, key=lambda v: (_warns(v), order.get(v["id"], len(order))))


def _warns(verdict: dict[str, Any]) -> bool:
    return verdict["level"] == Level.SHOULD.value or "accepted" in verdict


@dataclass(frozen=True, slots=True)
class _Failure:
    """A failed requirement with its picture; a failure of another group's cause has none."""

    verdict: dict[str, Any]
    warns: bool
    lanes: Sequence[Lane]
    carrier: str
    hop: Lane | None
    rows: Sequence[Row]
    pairs: Sequence[Pair]

    @classmethod
    def of(cls, verdict: dict[str, Any]) -> _Failure:
        found = verdict["counterexample"]
        if found is None:
            return cls(verdict, _warns(verdict), (), "", None, (), ())
        history = _history(found["history"])
        return cls(verdict, _warns(verdict), lanes(history), carrier(history),
                   HOPS[Hop(found["hop"])],
                   rows(history, found.get("steps", ()), found["line"] or ""),
                   side_by_side(_named(found["expected"], history),
                                _named(found["observed"], history)))


def _history(documents: Sequence[dict[str, Any]]) -> History:
    return from_lines([json.dumps(document) for document in documents])


def _named(value: Any, history: History) -> Any:
    """A value without the namespace of the play, which says nothing to a reader."""
    return json.loads(json.dumps(value).replace(history.namespace, ""))


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of the picture of measured times, in milliseconds; ``share`` of the highest one."""

    least: float
    most: float
    count: int
    share: float


def bars(seconds: Sequence[float]) -> list[Bar]:
    """Count times in equal steps from the shortest to the longest.

    A single time has one bar.
    """
    low, high = 1000 * min(seconds), 1000 * max(seconds)
    count = min(BINS, max(1, math.isqrt(len(seconds)) * 2)) if high > low else 1
    width = (high - low) / count
    counts = [0] * count
    for each in seconds:
        counts[min(count - 1, int((1000 * each - low) / width)) if width else 0] += 1
    return [Bar(low + at * width, low + (at + 1) * width, n, n / max(counts))
            for at, n in enumerate(counts)]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a picture: its name, and its points as SVG has them."""

    name: str
    points: str


@dataclass(frozen=True, slots=True)
class Lines:
    """A picture of lines from 0 to ``most``, in units of ``width`` and ``height``."""

    lines: Sequence[Line]
    most: float
    width: int = WIDTH
    height: int = HEIGHT


def lines(series: Iterable[tuple[str, Sequence[float]]]) -> Lines:
    """Draw series of figures, one for each equal part of the time."""
    drawn = list(series)
    most = max((value for _, values in drawn for value in values), default=0.0)
    return Lines([Line(name, _points(values, most or 1.0)) for name, values in drawn], most)


def _points(values: Sequence[float], most: float) -> str:
    step = WIDTH / max(1, len(values) - 1)
    return " ".join(f"{at * step:.1f},{HEIGHT - HEIGHT * value / most:.1f}"
                    for at, value in enumerate(values))
