"""Sweeps of long histories, disturbed just where something is due that is not done every time.

A snapshot is written with every tenth event, say: then its command makes other calls than the
commands before it. Where a history shows that, a crash, a failure or a race is worth trying. So it
is where a projection makes other calls for an event than for the one before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

from harness.core.contract import Play
from harness.core.faults import FaultKind
from harness.core.history import Called, History, Role
from harness.core.scenario import (
    Concurrently,
    Deliver,
    Fault,
    Redeliver,
    Scenario,
    Send,
    Settle,
)
from harness.explore.sweep.calls import by_invocation, by_operation, writes
from harness.explore.sweep.commands import boundaries
from harness.explore.sweep.failing import Disturbance
from harness.explore.sweep.order import in_turn

FEW_CALLS = 20
"""Where no command makes more calls, none reads all of the events one by one: since a snapshot of
every tenth at most."""
MOST_DUE, MOST_DISTURBED = 2, 16
"""Versions of a history that are disturbed, and plays of that."""


def long_lived(bases: Sequence[Scenario], play: Play) -> Iterator[Scenario]:
    """Histories, each longer than the one before, and what is disturbed in them.

    A longer one is played where commands are cheap after the shorter one.
    """
    for base in bases:
        history = play(base)  # first, so that it is kept and played once only
        yield base
        for role, disturbed in ((Role.COMMAND, _disturbed), (Role.PROJECTION, _disturbed_delivery)):
            due = [disturbed(base, place, calls) for place, calls in _due(base, history, role)]
            yield from islice(in_turn(due), MOST_DISTURBED)
        if max(map(len, _new_commands(base, history)), default=FEW_CALLS + 1) > FEW_CALLS:
            return


def _new_commands(base: Scenario, history: History) -> list[list[Called]]:
    """The calls of commands that come for the first time; what is repeated may be looked for."""
    sent = [step for step in base.steps if isinstance(step, Send)]
    made = by_invocation(history, Role.COMMAND)
    return [calls for n, calls in enumerate(made[: len(sent)]) if sent[n] not in sent[:n]]


def _due(base: Scenario, history: History, role: Role) -> list[tuple[int, list[Called]]]:
    """The places of commands for which a function writes otherwise than for the one before.

    With its calls. A projection that gets one event at a time has them in the commands' order.
    """
    made = by_invocation(history, role)
    sent = [number for number, step in enumerate(base.steps)
            if isinstance(step, Send) and step not in base.steps[:number]]
    if len(made) < len(sent):
        return []
    usual = [[call.operation for call in calls if writes(call)] for calls in made]
    found = [(sent[n], made[n]) for n in range(2, len(sent))
             if usual[n] != usual[n - 1] and len(usual[n]) >= len(usual[n - 1])]
    return found[:MOST_DUE]


def _disturbed(base: Scenario, place: int, calls: list[Called]) -> Iterator[Scenario]:
    """A crash after each write of that command, a failure of each, and a race before each."""
    before, sent, after = base.steps[:place], base.steps[place], base.steps[place + 1 : place + 3]
    for operation, nth, kind, lasting in boundaries(calls):
        crash = Fault(Role.COMMAND.value, operation, nth, kind, lasting)
        yield replace(base, steps=(*before, crash, sent, sent, *after))
        yield replace(base, steps=(*before, crash, sent, *after, sent))
    for operation, nth, kind, lasting in _failed_writes(calls):
        failed = Fault(Role.COMMAND.value, operation, nth, kind, lasting)
        yield replace(base, steps=(*before, failed, sent, *after))
    for number, call in enumerate(calls):
        if number and writes(call) and after:
            block = Concurrently(((sent,), (after[0],)), (number,))
            yield replace(base, steps=(*before, block, *after[1:]))


def _disturbed_delivery(base: Scenario, place: int, calls: list[Called]) -> Iterator[Scenario]:
    """The event of that command out of order, and its projection failing; the others are in order.

    It comes before the one before it, after the next, or once more after that. Then a crash after
    each write for it, and a failure of each.
    """
    before, sent, after = base.steps[:place], base.steps[place], base.steps[place + 1 : place + 2]
    yield replace(base, steps=(*before[:-1], Settle(), before[-1], sent, Deliver(1), Settle()))
    yield replace(base, steps=(*before, Settle(), sent, *after, Deliver(1), Settle()))
    yield replace(base, steps=(*before, sent, *after, Settle(), Redeliver(len(after)), Settle()))
    for operation, nth, kind, lasting in [*boundaries(calls), *_failed_writes(calls)]:
        fault = Fault(Role.PROJECTION.value, operation, nth, kind, lasting)
        yield replace(base, steps=(*before, Settle(), sent, fault, Settle()))


def _failed_writes(calls: list[Called]) -> list[Disturbance]:
    """A failure of each write, which lasts."""
    return [(operation, nth, FaultKind.SERVICE_ERROR, True)
            for (operation, nth), call in zip(by_operation(calls), calls, strict=True)
            if writes(call)]
