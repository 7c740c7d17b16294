"""Overlapping commands: some order of them, within real time, has to explain every reply.

The state of the checker is the set of worlds that the replies allow so far, so what the
contract leaves open (an indefinite reply, a command that may be refused) stays open.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from harness.core.contract import Contract
from harness.core.errors import UndecidedError
from harness.core.history import History, Reply
from harness.core.ledger import JudgedCommand, Ledger, World
from harness.core.violation import Hop, Kind, Violation
from harness.oracle.linearizability import check
from harness.oracle.linearizability.model import Operation
from harness.oracle.worlds import (
    EFFECT_UNKNOWN,
    EXPECTATIONS_MET_BY,
    initial_world,
    may_have_lost_race,
    possible_outcomes,
    without_effect,
)

BUDGET = 10.0
"""Seconds for one aggregate."""

Worlds = frozenset[World]


@dataclass(frozen=True, slots=True)
class Decider:
    """The contract's rules as a model of one aggregate for the linearizability checker."""

    contract: Contract

    def init(self) -> Worlds:
        """Nothing has happened."""
        return frozenset({initial_world(self.contract)})

    def step(self, state: Worlds, input: JudgedCommand, output: Reply) -> tuple[bool, Worlds]:
        """The worlds after a command that got this reply."""
        after = {
            world
            for before in state
            for expect, world in possible_outcomes(self.contract, before, input.submission)
            if expect in EXPECTATIONS_MET_BY[output]
        }
        if output in EFFECT_UNKNOWN or (input.overlapped and may_have_lost_race(input.sent)):
            after |= {without_effect(world, input.submission) for world in state}
        return bool(after), frozenset(after) or state


def check_linearizable(
    contract: Contract, history: History, ledger: Ledger
) -> Iterator[Violation]:
    """The replies to overlapping commands agree with some order of them.

    Raises:
        UndecidedError: the budget ran out.
    """
    by_aggregate: dict[str, list[JudgedCommand]] = defaultdict(list)
    for judged in ledger.commands:
        if judged.aggregate is not None:
            by_aggregate[judged.aggregate].append(judged)
    for aggregate, commands in by_aggregate.items():
        if any(judged.overlapped for judged in commands) and aggregate not in ledger.narrowed:
            yield from _check(contract, aggregate, commands)


def _check(
    contract: Contract, aggregate: str, commands: list[JudgedCommand]
) -> Iterator[Violation]:
    operations = [_operation(n, judged) for n, judged in enumerate(commands)]
    verdict = check(operations, Decider(contract), budget=BUDGET)
    if verdict.outcome == "unknown":
        raise UndecidedError(
            f"{len(commands)} commands on {aggregate}", f"not decided in {BUDGET} s")
    if verdict.outcome == "not linearizable":
        blocking = verdict.blocking.input if verdict.blocking else commands[-1]
        yield Violation(
            Kind.NOT_LINEARIZABLE, aggregate, blocking.sent.step,
            "replies that some order of the commands gives",
            [f"{_type(judged)} -> {judged.sent.response.status}" for judged in commands],
            Hop.COMMAND)


def _operation(client: int, judged: JudgedCommand) -> Operation:
    called = judged.sent.called if judged.sent.called >= 0 else judged.at
    return Operation(client, 2 * called, 2 * judged.at + 1, judged, judged.sent.reply)


def _type(judged: JudgedCommand) -> str:
    return str((judged.reading.command or {}).get("type"))
