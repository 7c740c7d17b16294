"""One hunt in its own process, so that no implementation can keep running afterwards.

The process sends a kill at once, and again with the shrunk scenario: a process that is killed
while it shrinks has reported its kill already. Every other failure is reported as *errored*.
"""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import dataclass, replace
from enum import StrEnum
from math import ceil
from multiprocessing.connection import Connection
from pathlib import Path

from harness.explore.campaign import Campaign
from harness.explore.profiles import PROFILES
from harness.mutants.baseline import BaselineMachine
from harness.mutants.catalogue import Implementation, find_catalogue, select
from harness.mutants.hunt import Hunt, Kill
from harness.mutants.results import ALL_PLAYED, OUT_OF_TIME, HuntOutcome, HuntResult
from harness.stages.embedded.stage import MotoStage
from harness.template import load

SETTING_UP = 60.0
"""Seconds to build and deploy an implementation, and to end its last scenario."""
SHRINKING = 60.0
"""Seconds to shrink a counterexample."""


class Hunter(StrEnum):
    """The kinds of hunts: with the harness, or with the baseline."""

    HARNESS = "harness"
    BASELINE = "baseline"


@dataclass(frozen=True, slots=True)
class Task:
    """One hunt to make: the implementation, the hunter, an empty folder, and the limits."""

    catalogue: str
    name: str
    hunter: Hunter
    folder: Path
    profile: str
    seed: int
    budget: float
    contract: str | None = None


def run_hunt(channel: Connection, task: Task) -> None:
    """Make one hunt in this process and send its results; the last result counts."""
    _detach_from_terminal(task.budget + SETTING_UP + SHRINKING)
    try:
        (implementation,) = select(find_catalogue(task.catalogue, task.contract), [task.name])
        contract = implementation.contract
        with MotoStage(load(implementation.build(task.folder)), contract.path) as stage:
            if task.hunter is Hunter.BASELINE:
                machine = BaselineMachine(contract, stage, task.seed)
                channel.send(_hunt_with_baseline(machine, task))
            else:
                campaign = Campaign(contract, stage, PROFILES[task.profile], task.seed)
                _hunt_with_harness(channel, campaign, implementation, task)
    except Exception as error:
        channel.send(HuntResult(HuntOutcome.ERRORED, f"{type(error).__name__}: {error}"))
    finally:
        channel.close()


def _detach_from_terminal(seconds: float) -> None:
    """Ignore Ctrl-C, close the terminal's streams, and end by an alarm after some seconds."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(ceil(seconds) + 5)
    sys.stdout.flush()
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)


def _hunt_with_baseline(machine: BaselineMachine, task: Task) -> HuntResult:
    kill = machine.run(task.budget)
    if kill is None:
        return _nothing_found(machine)
    return HuntResult(
        HuntOutcome.KILLED, kill.reason, examples=kill.examples, seconds=kill.seconds,
        named_seconds=kill.seconds, cpu_seconds=kill.cpu_seconds)


def _hunt_with_harness(
    channel: Connection, campaign: Campaign, implementation: Implementation, task: Task
) -> None:
    hunt = Hunt(campaign, implementation.counted)
    result: HuntResult | None = None
    for kill in hunt.kills(task.budget):
        result = _killed(kill, implementation)
        channel.send(result)
        small = hunt.smallest(kill, result.requirements[0])
        if small is not None:
            channel.send(replace(result, smallest=small.scenario))
            return
    channel.send(_survived(hunt) if result is None else _unconfirmed(result))


def _unconfirmed(result: HuntResult) -> HuntResult:
    reason = f"{result.requirements[0]}: {result.reason}, but not when it was played again"
    return replace(result, outcome=HuntOutcome.ERRORED, reason=reason)


def _killed(kill: Kill, implementation: Implementation) -> HuntResult:
    """The result of a kill; requirements that the implementation must fail come first."""
    known = implementation.fails | implementation.may_fail
    ids = tuple(sorted(kill.requirements, key=lambda id: id not in known))
    return HuntResult(HuntOutcome.KILLED, kill.kind.value, ids, kill.examples,
                      kill.seconds, kill.named_seconds, kill.cpu_seconds)


def _survived(hunt: Hunt) -> HuntResult:
    if hunt.undecided:
        reason = f"{hunt.undecided} scenarios were too much for the oracle"
        return HuntResult(HuntOutcome.ERRORED, reason, examples=hunt.examples)
    return _nothing_found(hunt)


def _nothing_found(hunt: Hunt | BaselineMachine) -> HuntResult:
    why = OUT_OF_TIME if hunt.out_of_time else ALL_PLAYED
    return HuntResult(HuntOutcome.SURVIVED, why, examples=hunt.examples)
