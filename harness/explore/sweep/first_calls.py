"""A sweep of what environments keep of a failure in their first calls."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from harness.core.contract import Play
from harness.core.faults import FaultKind
from harness.core.history import History, Role
from harness.core.scenario import ColdStart, Deliver, Fault, Query, Scenario, Settle, Step
from harness.explore.sweep.calls import by_invocation
from harness.explore.sweep.slow import on_another_aggregate

ROLES = (Role.COMMAND, Role.PROJECTION, Role.QUERY)


def first_calls(scenario: Scenario, play: Play) -> Iterator[Scenario]:
    """In new environments the first call to each service fails, and then all has to work.

    A client that was made, or a value that was read, while that failed must not be kept.
    """
    history = play(scenario)
    command, projection, query = (_first_of_each_service(history, role) for role in ROLES)
    for kind in (FaultKind.SERVICE_ERROR, FaultKind.TIMEOUT):
        def failing_first(role: Role, operation: str, kind: FaultKind = kind) -> Fault:
            return Fault(role.value, operation, 0, kind, lasting=True)

        steps: list[Step] = [ColdStart()]
        for number, operation in enumerate(command):
            steps += [failing_first(Role.COMMAND, operation),
                      *on_another_aggregate(scenario.steps, number)]
        steps += scenario.steps
        for operation in projection:
            steps += [failing_first(Role.PROJECTION, operation), Deliver()]
        steps.append(Settle())
        for operation in query:
            steps += [failing_first(Role.QUERY, operation), Query("~a")]
        yield replace(scenario, steps=(*steps, Query("~a"), *scenario.steps))


def _first_of_each_service(history: History, role: Role) -> list[str]:
    """The operations that are the first to a service in the first invocation of a role."""
    made = next(iter(by_invocation(history, role)), [])
    first = {call.service: call.operation for call in reversed(made)}
    return [operation for _, operation in sorted(
        first.items(), key=lambda item: [call.service for call in made].index(item[0]))]
