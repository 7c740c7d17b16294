"""Violated requirements of one cause are told together."""

from __future__ import annotations

from typing import Any

from harness.core.violation import Cause, Hop, Kind
from harness.report.groups import group_documents
from harness.report.summary import one_cause
from harness.report.terminal import render_follower

HIT = {"record": "Called", "function": "Command", "operation": "PutEvents", "error": "throttling"}


def failed(id: str, *causes: Cause, steps: int = 2, **more: Any) -> dict[str, Any]:
    """The verdict on a violated requirement."""
    found = {"scenario": {"steps": [id] * steps}, "history": [HIT], "hop": Hop.BUS.value,
             "violation": Kind.UNPUBLISHED.value, "causes": [each.value for each in causes]}
    return {"id": id, "level": "MUST", "outcome": "failed", "counterexample": found | more}


def told(*verdicts: dict[str, Any]) -> list[list[str]]:
    """The requirements of each group."""
    return [group["requirements"] for group in group_documents(verdicts)]


def test_one_cause() -> None:
    """A failed call that two requirements are about is one cause; the shorter scenario leads."""
    assert told(failed("CMD-11", Cause.PUBLISH_FAILURE, steps=3),
                failed("CMD-12", Cause.CALL_FAILURE)) == [["CMD-12", "CMD-11"]]


def test_another_operation() -> None:
    """Failures of two operations are two causes."""
    other = [HIT | {"operation": "PutObject"}]
    assert told(failed("CMD-11", Cause.PUBLISH_FAILURE),
                failed("CMD-12", Cause.CALL_FAILURE, history=other)) == [["CMD-11"], ["CMD-12"]]


def test_another_side() -> None:
    """A first difference in the store and one in a view are two causes."""
    assert told(failed("CMD-06", Cause.RETRY, hop=Hop.STORE.value),
                failed("PRJ-02", Cause.RETRY, hop=Hop.PROJECTION.value)) == [["CMD-06"], ["PRJ-02"]]


def test_plain_violations() -> None:
    """Without a cause the kind of violation tells faults apart."""
    assert told(failed("API-01"), failed("API-13"),
                failed("CMD-13", violation=Kind.EVENT_MEMBERS.value)) == [
                    ["API-01", "API-13"], ["CMD-13"]]


def test_same_scenario() -> None:
    """One scenario that shows two violations has one cause, whatever stage played it."""
    shared = {"scenario": {"steps": []}}
    one, other = failed("CMD-04", **shared), failed("CMD-05", **shared, hop=Hop.STORE.value)
    for each in (one, other):
        del each["counterexample"]["causes"]
    assert told(one, other) == [["CMD-04", "CMD-05"]]


def test_unknown_causes() -> None:
    """Where a stage does not tell the causes, nothing but the scenario makes a group."""
    one, other = failed("CMD-04"), failed("CMD-05")
    for each in (one, other):
        del each["counterexample"]["causes"]
    assert told(one, other) == [["CMD-04"], ["CMD-05"]]


def test_binding_ones_lead() -> None:
    """A requirement that must be met comes before one that should be, however long its scenario."""
    should = failed("QRY-02", Cause.WARM) | {"level": "SHOULD"}
    assert told(should, failed("PRJ-01", Cause.WARM, steps=9)) == [["PRJ-01", "QRY-02"]]


def test_line() -> None:
    """The closing line names the first requirement and those that show the same."""
    assert [one_cause(["A", "B"]), one_cause(["A", "B", "C"])] == [
        "one cause: A, which B shows as well", "one cause: A, which B, C show as well"]


def test_follower() -> None:
    """The text of a follower has no scenario, and still says how to reproduce it."""
    text = "CMD-05 (MUST) All.\n\nViolated: it.\n\nThe smallest\n\nReproduce: run\n   or: replay"
    assert render_follower(text, "CMD-04") == (
        "CMD-05 (MUST) All.\n\nViolated: it.\n\nOne cause with CMD-04, whose scenario shows it."
        "\n\nReproduce: run\n   or: replay")
