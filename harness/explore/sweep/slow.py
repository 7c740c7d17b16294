"""Sweeps of calls that take so long that little of the function's time-out is left.

Nothing fails. But whoever looks at the remaining time may leave undone what it has acknowledged,
and a lease that is shorter than the time-out runs out while its owner is still at work.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from harness.core.contract import Play
from harness.core.faults import ANY_OPERATION, FaultKind
from harness.core.history import Called, Role
from harness.core.scenario import Concurrently, Fault, Query, Scenario, Send, Settle, Step
from harness.explore.sweep.calls import by_invocation, writes


def slow(role: Role, nth: int) -> Fault:
    """From its ``nth`` call on the calls of an invocation take long, until little time is left."""
    return Fault(role.value, ANY_OPERATION, nth, FaultKind.NEARLY_LATE, lasting=True)


def slow_commands(scenario: Scenario, play: Play) -> Iterator[Scenario]:
    """The last command with slow calls from each of its calls on, and never repeated.

    Each on an aggregate of its own, in one scenario.
    """
    made = by_invocation(play(scenario), Role.COMMAND)[-1:]
    steps: list[Step] = []
    for nth in range(len(made[0]) if made else 0):
        *before, last = on_another_aggregate(scenario.steps, nth)
        steps += [*before, slow(Role.COMMAND, nth), last]
    yield replace(scenario, steps=tuple(steps))


def on_another_aggregate(steps: Iterable[Step], number: int) -> list[Step]:
    """Commands without keys, on an aggregate of that number instead of the first one."""
    return [replace(step, key=None, body=str(step.body).replace('"~a"', f'"~{100 + number}"'))
            for step in steps if isinstance(step, Send)]


def slow_races(scenario: Scenario, play: Play) -> Iterator[Scenario]:
    """The first branch is slow just before each of its writes, and all others go first there."""
    made = [call for call in play(scenario).of(Called) if call.branch == 0]
    for number, call in enumerate(made):
        if number and writes(call):
            yield replace(scenario, steps=tuple(
                inner for step in scenario.steps for inner in _slowed(step, number)))


def _slowed(step: Step, number: int) -> tuple[Step, ...]:
    """The step; before branches a fault, so that the first one's call of that number is late."""
    if not isinstance(step, Concurrently):
        return (step,)
    return slow(Role.COMMAND, number - 1), replace(step, schedule=(number,))


def slow_projections(scenario: Scenario, play: Play) -> Iterator[Scenario]:
    """The last delivery with slow calls from each of its calls on, each on an aggregate of its own.

    In the end the views are read slowly, too.
    """
    history = play(scenario)
    made = by_invocation(history, Role.PROJECTION)[-1:]
    reads = by_invocation(history, Role.QUERY)[-1:]
    steps: list[Step] = []
    for nth in range(len(made[0]) if made else 0):
        *before, last = on_another_aggregate(scenario.steps, nth)
        steps += [*before, Settle(), last, slow(Role.PROJECTION, nth), Settle()]
    query = Query("~100")
    for nth in range(len(reads[0]) if reads and steps else 0):
        steps += [slow(Role.QUERY, nth), query]
    yield replace(scenario, steps=tuple(steps))
