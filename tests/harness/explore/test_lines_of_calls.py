"""Lines of the user's code in a counterexample's calls."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from harness.core.contract_registry import reference_template
from harness.core.history import Called, History, Role, Stored, System
from harness.core.history_json import from_lines, to_lines
from harness.core.scenario import Query, Scenario, Send, Settle
from harness.explore.lines_of_calls import merged, tracing
from harness.functions.python.environment import Environment, PythonFunction
from harness.play.runner import play
from harness.seams.cpython import current_frame
from harness.stages.controlled.calling_lines import line_of
from harness.stages.embedded.stage import MotoStage
from harness.template import load
from scenarios.domains.orders import CONTRACT

CALL = Called(Role.PROJECTION, "Project", 1, "dynamodb", "PutItem", "Views", "a", 200, None)
TRACED = replace(CALL, line="app.py:3")


def history(*calls: Called) -> History:
    return History("n00001", System(), calls)


def test_taken_over() -> None:
    """A play that makes the same calls gives its lines."""
    assert merged(history(CALL, CALL), history(TRACED, CALL)) == history(TRACED, CALL)


def test_payload() -> None:
    """Payload, answer and time come along, with the ids of the play that is kept."""
    traced = History("n00009", System(), (
        replace(TRACED, payload='{"id": "n00009a"}', at=1.5, answer="n00009b"),))
    (call,) = merged(history(CALL), traced).of(Called)
    assert (call.payload, call.at, call.answer) == ('{"id": "n00001a"}', 1.5, "n00001b")


def test_texts_of_a_play() -> None:
    """A stage that traces calls tells what each has sent and been answered, streams too."""
    created = '{"type": "OrderCreated", "orderId": "~a", "customer": "x", "createdAt": "%s"}'
    scenario = Scenario((Send(created % "2026-01-02T03:04:05Z"), Settle(), Query("~a")))
    with (MotoStage(load(reference_template(CONTRACT)), CONTRACT.path) as stage,
          tracing(stage)):
        played = play(scenario, stage, CONTRACT)
    texts = {call.operation: (call.payload, call.answer) for call in played.of(Called)}
    (stored,) = played.of(Stored)
    assert texts["PutObject"][0] == stored.text
    assert '"customer"' in texts["GetItem"][1]
    assert "FailedEntryCount" in texts["PutEvents"][1]


def test_other_calls() -> None:
    """A play that makes other calls gives none."""
    other = replace(TRACED, operation="GetItem")
    assert merged(history(CALL), history(other)) == history(CALL)


def test_kept_in_files() -> None:
    """A line is kept in a file, and a call without one is as it was before there were lines."""
    found = history(TRACED, CALL)
    lines = list(to_lines(found))
    assert (from_lines(lines), '"line"' in lines[1], '"line"' in lines[2]) == (found, True, False)


def test_own_frame() -> None:
    """The line is that of the innermost frame in the function's own code."""
    here = Path(__file__).parent
    own = Environment(PythonFunction("F", here, "x.y", {}))
    other = Environment(PythonFunction("F", here / "elsewhere", "x.y", {}))
    line = current_frame().f_lineno + 1
    assert line_of(own, current_frame(), here) == f"{Path(__file__).name}:{line}"
    assert line_of(other, current_frame(), here) == ""
