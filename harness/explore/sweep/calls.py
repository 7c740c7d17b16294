"""The calls of a play, by invocation and by operation."""

from __future__ import annotations

from harness.core.aws_operations import is_read
from harness.core.history import Called, History, Role
from harness.core.scenario import Scenario, Send

EACH = 2
"""In a scenario of at most so many commands each is disturbed; a longer one is there for its last.
"""


def writes(call: Called) -> bool:
    """Tell if a call may change anything."""
    return not is_read(call.operation)


def by_operation(calls: list[Called]) -> list[tuple[str, int]]:
    """Each call by its operation and its number among those of that operation."""
    names = [call.operation for call in calls]
    return [(name, names[:place].count(name)) for place, name in enumerate(names)]


def send_positions(scenario: Scenario) -> list[int]:
    """The positions of a scenario's commands."""
    return [n for n, step in enumerate(scenario.steps) if isinstance(step, Send)]


def by_invocation(history: History, role: Role) -> list[list[Called]]:
    """The calls of a role's functions, a list for each invocation."""
    made: dict[int, list[Called]] = {}
    for call in history.of(Called):
        if call.role is role:
            made.setdefault(call.invocation, []).append(call)
    return list(made.values())
