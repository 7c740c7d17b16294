"""Sweeps of the faults of the command function: crashes, failures, and those of publishing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

from harness.core.contract import Play
from harness.core.faults import (
    ANY_OPERATION,
    FaultKind,
)
from harness.core.history import Called, Role
from harness.core.scenario import Fault, Scenario, Send, Step
from harness.explore.sweep.calls import EACH, by_invocation, send_positions, writes
from harness.explore.sweep.failing import FAILURES, Disturbance, failing, is_possible, rotated
from harness.explore.sweep.order import in_turn

ERRORS = tuple(each for each in FAILURES if each[1] and each[0] is not FaultKind.LOST_RESPONSE)
CONTESTED = ((FaultKind.CONFLICT, False),)
AMBIGUOUS = ((FaultKind.LOST_RESPONSE, False),)
LOST = ((FaultKind.LOST_RESPONSE, True),)
"""Errors that no SDK repairs; what looks like another thing than it is; what was done after all."""
IN_A_ROW = 3
"""Failures of publishing one event, each of them of another attempt."""


def crashes(scenario: Scenario, play: Play, start: float = 0.0) -> Iterator[Scenario]:
    """A crash of the command function wherever that tells, with the command repeated.

    Where other commands follow they come before that, and again: at once is a shorter scenario's.
    Or it is never repeated: what is accepted after it must not rest on what nobody has stored.
    Those begin with the crash after the first write, which may be all that anybody sees of it. Of
    more than two commands the last one crashes.
    """
    made = _commands(scenario, play)
    places = [(position, boundaries(calls))
              for position, calls in (made if len(made) <= EACH else made[:1])]
    last, others = _crashed(scenario, places, start)
    _, unrepeated = _crashed(scenario, places, 0.0)
    yield from in_turn([iter(last), map(_repeated_later, others),
                        map(_never_repeated, unrepeated)])


def _crashed(
    scenario: Scenario, places: list[tuple[int, list[Disturbance]]], start: float
) -> tuple[list[Scenario], list[Scenario]]:
    """The scenarios in which the last command crashes, and those in which another one does."""
    last: list[Scenario] = []
    others: list[Scenario] = []
    for position, found in places:
        for crash in rotated(found, start):
            disturbed = _disturbed(scenario, position, crash, repeated=True)
            is_last = len(_since_fault(disturbed)) == len(("fault", "sent", "again"))
            (last if is_last else others).append(disturbed)
    return last, others


def _since_fault(scenario: Scenario) -> list[Step]:
    fault = next(n for n, step in enumerate(scenario.steps) if isinstance(step, Fault))
    return list(scenario.steps[fault:])


def _repeated_later(scenario: Scenario) -> Scenario:
    """The scenario with the repetition after the next commands, which then come again, too."""
    crash, sent, again, *later = _since_fault(scenario)
    before = scenario.steps[: scenario.steps.index(crash)]
    return replace(scenario, steps=(*before, crash, sent, *later, again, *later))


def _never_repeated(scenario: Scenario) -> Scenario:
    """The scenario without the repetition."""
    crash, sent, _, *later = _since_fault(scenario)
    before = scenario.steps[: scenario.steps.index(crash)]
    return replace(scenario, steps=(*before, crash, sent, *later))


def failures(scenario: Scenario, play: Play, start: float = 0.0) -> Iterator[Scenario]:
    """Every failure of every call of the command function, with the command repeated or not.

    A client that was told that its command is accepted does not repeat it: where the
    acknowledgement was a lie, only the scenario without a repetition shows it.
    """
    for position, calls in _commands(scenario, play):
        for disturbance, repeated in _telling_first(calls, start):
            yield _disturbed(scenario, position, disturbance, repeated=repeated)


def _telling_first(calls: list[Called], start: float) -> list[tuple[Disturbance, bool]]:
    """All failures of a command's calls, each without a repetition of the command and with one.

    At first the few calls that may conflict do so. Then every call fails for good, in a way of its
    own for each scenario.
    """
    error = rotated(list(ERRORS), start)[:1]
    passes = ((CONTESTED, False), (error, False), (AMBIGUOUS, False), (LOST, True), (error, True),
              (FAILURES, False), (FAILURES, True))
    return list(dict.fromkeys((disturbance, repeated) for kinds, repeated in passes
                              for disturbance in failing(calls, kinds=kinds)))


def publish_failures(scenario: Scenario, play: Play, start: float = 0.0) -> Iterator[Scenario]:
    """Every failure of publishing, with the command repeated and without.

    At first one that comes several times in a row: nobody may give up, neither a client who repeats
    the command until the last failure, or beyond, nor a queue that hands it over again.
    """
    kinds = ((FaultKind.PARTIAL, True), (FaultKind.PARTIAL, False), *FAILURES)
    disturbances = [("PutEvents", 0, *kind) for kind in kinds if is_possible(kind[0], "PutEvents")]
    again = rotated([_failing_again(scenario, position, repetitions)
                   for position in send_positions(scenario)[-1:]
                   for repetitions in (0, IN_A_ROW - 1, IN_A_ROW)], start)
    yield from again[:1]
    for position in reversed(send_positions(scenario)):
        for disturbance, repeated in product(rotated(disturbances, start), (False, True)):
            yield _disturbed(scenario, position, disturbance, repeated=repeated)
    yield from again[1:]


def _failing_again(scenario: Scenario, position: int, repetitions: int) -> Scenario:
    """The scenario with a command of which publishing fails some times, and then does not."""
    faults = [Fault(Role.COMMAND.value, "PutEvents", nth, FaultKind.PARTIAL)
              for nth in range(IN_A_ROW)]
    sends = [scenario.steps[position]] * (1 + repetitions)
    return replace(scenario, steps=(*scenario.steps[:position], *faults, *sends,
                                    *scenario.steps[position + 1 :]))


def _commands(scenario: Scenario, play: Play) -> list[tuple[int, list[Called]]]:
    """The commands' places and calls, the last one first: the others end shorter scenarios."""
    made = by_invocation(play(scenario), Role.COMMAND)
    return list(zip(send_positions(scenario), made, strict=False))[::-1]


def boundaries(calls: list[Called]) -> list[Disturbance]:
    """After each write, and before anything: reads leave nothing behind when a function ends.

    After a call is before the next one, if there is one.
    """
    last = len(calls) - 1
    found = [(ANY_OPERATION, nth, FaultKind.CRASH_AFTER, False) if nth == last
             else (ANY_OPERATION, nth + 1, FaultKind.CRASH_BEFORE, False)
             for nth, call in enumerate(calls) if nth == last or writes(call)]
    return [*found, *[(ANY_OPERATION, 0, FaultKind.CRASH_BEFORE, False)][: len(calls)]]


def _disturbed(
    scenario: Scenario, position: int, disturbance: Disturbance, *, repeated: bool
) -> Scenario:
    """The scenario with a fault before a command, which has a key only if it is repeated."""
    operation, nth, kind, lasting = disturbance
    fault = Fault(Role.COMMAND.value, operation, nth, kind, lasting)
    sent = scenario.steps[position]
    assert isinstance(sent, Send)
    sends = (sent, sent) if repeated else (replace(sent, key=None),)
    steps = (*scenario.steps[:position], fault, *sends, *scenario.steps[position + 1 :])
    return replace(scenario, steps=steps)
