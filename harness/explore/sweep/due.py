"""Sweeps of long histories, disturbed just where something is due that is not done every time.

A snapshot is written with every tenth event, say: then its command makes other calls than the
commands before it. Where a history shows that, a crash, a failure or a race is worth trying.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

from harness.core.contract import Play
from harness.core.faults import FaultKind
from harness.core.history import Called, History, Role
from harness.core.scenario import Concurrently, Fault, Scenario, Send
from harness.explore.sweep.calls import by_invocation, by_operation, writes
from harness.explore.sweep.commands import boundaries
from harness.explore.sweep.order import in_turn

FEW_CALLS = 12
"""Where no command makes more calls, none reads all of the events one by one."""
MOST_DUE, MOST_DISTURBED = 2, 12
"""Versions of a history that are disturbed, and plays of that."""


def long_lived(bases: Sequence[Scenario], play: Play) -> Iterator[Scenario]:
    """Histories, each longer than the one before, and what is disturbed in them.

    A longer one is played where commands are cheap after the shorter one.
    """
    for base in bases:
        history = play(base)  # first, so that it is kept and played once only
        yield base
        due = [_disturbed(base, place, calls) for place, calls in _due(base, history)]
        yield from islice(in_turn(due), MOST_DISTURBED)
        if max(map(len, _new_commands(base, history)), default=FEW_CALLS + 1) > FEW_CALLS:
            return


def _new_commands(base: Scenario, history: History) -> list[list[Called]]:
    """The calls of commands that come for the first time; what is repeated may be looked for."""
    sent = [step for step in base.steps if isinstance(step, Send)]
    made = by_invocation(history, Role.COMMAND)
    return [calls for n, calls in enumerate(made[: len(sent)]) if sent[n] not in sent[:n]]


def _due(base: Scenario, history: History) -> list[tuple[int, list[Called]]]:
    """The places of commands that write otherwise than the one before, with their calls."""
    made = by_invocation(history, Role.COMMAND)
    sent = [number for number, step in enumerate(base.steps) if isinstance(step, Send)]
    usual = [[call.operation for call in calls if writes(call)] for calls in made]
    found = [(sent[n], made[n]) for n in range(2, min(len(sent), len(made)))
             if usual[n] != usual[n - 1] and len(usual[n]) >= len(usual[n - 1])]
    return found[:MOST_DUE]


def _disturbed(base: Scenario, place: int, calls: list[Called]) -> Iterator[Scenario]:
    """A crash after each write of that command, a failure of each, and a race before each."""
    before, sent, after = base.steps[:place], base.steps[place], base.steps[place + 1 : place + 3]
    for operation, nth, kind, lasting in boundaries(calls):
        crash = Fault(Role.COMMAND.value, operation, nth, kind, lasting)
        yield replace(base, steps=(*before, crash, sent, sent, *after))
        yield replace(base, steps=(*before, crash, sent, *after, sent))
    for (operation, nth), call in zip(by_operation(calls), calls, strict=True):
        if writes(call):
            failed = Fault(Role.COMMAND.value, operation, nth, FaultKind.SERVICE_ERROR, True)
            yield replace(base, steps=(*before, failed, sent, *after))
    for number, call in enumerate(calls):
        if number and writes(call) and after:
            block = Concurrently(((sent,), (after[0],)), (number,))
            yield replace(base, steps=(*before, block, *after[1:]))
