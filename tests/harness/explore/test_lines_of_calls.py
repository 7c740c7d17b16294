"""Lines of the user's code in a counterexample's calls."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from harness.core.history import Called, History, Role, System
from harness.core.history_json import from_lines, to_lines
from harness.explore.lines_of_calls import merged
from harness.functions.python.environment import Environment, PythonFunction
from harness.seams.cpython import current_frame
from harness.stages.controlled.calling_lines import line_of

CALL = Called(Role.PROJECTION, "Project", 1, "dynamodb", "PutItem", "Views", "a", 200, None)
TRACED = replace(CALL, line="app.py:3")


def history(*calls: Called) -> History:
    return History("n00001", System(), calls)


def test_taken_over() -> None:
    """A play that makes the same calls gives its lines."""
    assert merged(history(CALL, CALL), history(TRACED, CALL)) == history(TRACED, CALL)


def test_payload() -> None:
    """Payload and time come along, with the ids of the play that is kept."""
    traced = History("n00009", System(), (replace(TRACED, payload='{"id": "n00009a"}', at=1.5),))
    (call,) = merged(history(CALL), traced).of(Called)
    assert (call.payload, call.at) == ('{"id": "n00001a"}', 1.5)


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
