"""The page of a report, filled in."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
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

PAGE, STYLE, SCRIPT = "report.html", "report.css", "report.js"
BINS = 24
"""Bars of the picture of measured times."""


def html(report: dict[str, Any]) -> str:
    """Return a report, as report.schema.json describes it, as one page of HTML."""
    found = [_Failure.of(verdict) for verdict in _most_telling_first(report)]
    page = _environment().get_template(PAGE)
    return page.render(
        report=report, failures=found, outcomes=[o for o in Outcome if report["counts"].get(o)],
        accepted=[v for v in report["requirements"] if "accepted" in v],
        most=max((v["triggers"] for v in report["requirements"]), default=0) or 1,
        measured=[(v["id"], bars(v["measured"])) for v in report["requirements"]
                  if v.get("measured")],
        judged=report.get("base_url") or report["template"] or report["stage"],
        style=Markup(_text(STYLE)), script=Markup(_text(SCRIPT)))


def _environment() -> Environment:
    """Everything is escaped but the style and the script of the page."""
    made = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True,
                       lstrip_blocks=True, loader=DictLoader({PAGE: _text(PAGE)}))
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
