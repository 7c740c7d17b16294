"""The page as a file: what it says, and what it must not let through."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest

from harness.core.history import Called, Role
from harness.report.page import audit_html, html, soak_html
from harness.report.page.rendering import bars
from tests.harness.report.test_reports import failed, passed, report

UNSAFE = "<script>alert(1)</script>"


class Tags(HTMLParser):
    """The tags and the addresses of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.addresses: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href")]


def test_one_file() -> None:
    """The page loads nothing: every address is a place in itself."""
    tags = Tags(html(report(passed("PRJ-01"), failed())))
    assert tags.addresses
    assert all(address.startswith("#") for address in tags.addresses)
    assert "link" not in tags.names


@pytest.mark.parametrize("place", ["reason", "story", "printed"])
def test_everything_is_escaped(place: str) -> None:
    """A text of the system under test stays a text."""
    verdict = failed()
    found = verdict["counterexample"]
    if place == "reason":
        verdict["reason"] = UNSAFE
    elif place == "story":
        found["story"] = [UNSAFE]
    else:
        found["history"].append({
            "record": "Invoked", "role": "command", "function": "C", "invocation": 1,
            "cold": False, "error": UNSAFE, "output": "", "seconds": 0.1})
    page = html(report(verdict))
    assert UNSAFE not in page
    assert "&lt;script&gt;alert(1)" in page


def test_the_failure_is_drawn() -> None:
    """The page has the sentence, the picture, the marked line and the commands of a failure."""
    page = html(report(failed()))
    for text in ("Delivering any event again", "PutItem", "first differs here", "app/view,1.py:12",
                 "<pre>replay</pre>"):
        assert text in page


def test_a_warning_comes_last() -> None:
    """A violated SHOULD stands below what fails the run."""
    page = html(report(failed("QRY-02"), failed("PRJ-02")))
    assert page.index('id="PRJ-02"') < page.index('id="QRY-02"')


def test_no_failure() -> None:
    """A conforming run has a page too."""
    assert "No failures" in html(report(passed("PRJ-01")))


def test_a_failure_without_a_counterexample() -> None:
    """A failure that has no scenario of its own is listed with its reason."""
    verdict = failed() | {"counterexample": None}
    assert "100% wrong" in html(report(verdict))


@pytest.mark.parametrize(("seconds", "counts"), [
    ([0.01], [1]), ([0.01, 0.01], [2]), ([0.01, 0.02, 0.03, 0.05], [1, 1, 1, 1])])
def test_measured_times_are_bars(seconds: list[float], counts: list[int]) -> None:
    """Each time is counted once, the longest in the last bar."""
    drawn = bars(seconds)
    assert sum(bar.count for bar in drawn) == len(seconds)
    assert [bar.count for bar in drawn if bar.count] == counts


def test_measured_times_are_shown() -> None:
    """A requirement that has measured times shows them."""
    verdict: dict[str, Any] = passed("SYS-03") | {"measured": [0.01, 0.02]}
    page = " ".join(html(report(verdict)).split())
    assert "SYS-03: 2 measured, 10.0 to 20.0 ms" in page


SOAK: dict[str, Any] = {
    "contract": "orders", "stage": "http", "minutes": 0.1, "rate": 40, "requests": 4, "commands": 3,
    "queries": 1, "unsent": 0, "achieved_rate": 39.0, "statuses": {"200": 4},
    "latency_ms": {"p50": 5.0, "p99": 20.0, "max": 21.0}, "convergence_ms": {}, "lives": 1,
    "undecided": 0, "over_time": [
        {"seconds": 0.0, "requests": 2, "latency_ms": {"p50": 5.0, "p99": 10.0}},
        {"seconds": 3.0, "requests": 6, "latency_ms": {"p50": 5.0, "p99": 20.0}}],
    "violations": [{"kind": UNSAFE, "number": 2, "aggregate": "a", "expected": {"x": 1},
                    "observed": None}]}


def test_a_soak_is_drawn() -> None:
    """Rates and quantiles are lines over time, as parts of the highest figure."""
    page = " ".join(soak_html(SOAK).split())
    assert 'points="0.0,80.0 600.0,0.0"' in page
    assert 'points="0.0,60.0 600.0,0.0"' in page
    assert "from 0 to 2.0 a second" in page
    assert UNSAFE not in page


def test_a_soak_without_an_answer_has_a_page() -> None:
    """Nothing is drawn where nothing was sent."""
    page = soak_html(SOAK | {"over_time": [], "latency_ms": {}, "violations": []})
    assert "<polyline" not in page
    assert "No violation" in page


def test_a_clean_audit_has_a_page() -> None:
    """An audit that found nothing says so."""
    report = {"contract": "orders", "aggregates": 1, "events": 2, "views": 1, "replies": 0,
              "findings": []}
    assert "Every view that was read is the fold of its events." in audit_html(report, {})


def long_report(calls: int) -> dict[str, Any]:
    """A report whose failure has so many calls."""
    verdict = failed()
    found = verdict["counterexample"]
    call = next(r for r in found["history"] if r.get("record") == Called.__name__)
    assert call["role"] == Role.PROJECTION.value
    found["history"] += [call | {"invocation": n, "key": f"a/{n}"} for n in range(calls)]
    return report(verdict)
