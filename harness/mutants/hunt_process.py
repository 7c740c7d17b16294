"""One hunt in a process of its own, which nothing that a specimen does can outlive.

A kill is told at once and again when its scenario is small, so that neither a long shrinking nor
its end by force loses it. Whatever goes wrong is told as *errored*.
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
from harness.mutants.baseline import PlainMachine
from harness.mutants.catalogue import Specimen, chosen, find_catalogue
from harness.mutants.hunt import Hunt, Kill
from harness.mutants.results import ALL_PLAYED, OUT_OF_TIME, Fate, Trial
from harness.stages.embedded.stage import MotoStage
from harness.template import load

SETTING_UP = 60.0
"""Seconds for building and deploying a specimen, and for its last scenario to end."""
SHRINKING = 60.0
"""Seconds for making a counterexample small."""


class Hunter(StrEnum):
    """Who hunts."""

    HARNESS = "harness"
    BASELINE = "baseline"


@dataclass(frozen=True, slots=True)
class Task:
    """One hunt to make: whom, by whom, where (an empty folder), and how much is tried."""

    catalogue: str
    name: str
    hunter: Hunter
    folder: Path
    profile: str
    seed: int
    budget: float
    contract: str | None = None


def hunt_alone(channel: Connection, task: Task) -> None:
    """Be the process of one hunt: tell its trials, the last of which counts."""
    _keep_to_yourself(task.budget + SETTING_UP + SHRINKING)
    try:
        (specimen,) = chosen(find_catalogue(task.catalogue, task.contract), [task.name])
        with MotoStage(load(specimen.build(task.folder)), specimen.contract.path) as stage:
            if task.hunter is Hunter.BASELINE:
                channel.send(_plainly(PlainMachine(specimen.contract, stage, task.seed), task))
            else:
                campaign = Campaign(
                    specimen.contract, stage, PROFILES[task.profile], task.seed)
                _thoroughly(channel, campaign, specimen, task)
    except Exception as error:
        channel.send(Trial(Fate.ERRORED, f"{type(error).__name__}: {error}"))
    finally:
        channel.close()


def _keep_to_yourself(seconds: float) -> None:
    """Leave Ctrl-C to the parent, write nothing to its terminal, and do not outlive it for long."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(ceil(seconds) + 5)
    sys.stdout.flush()
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)


def _plainly(machine: PlainMachine, task: Task) -> Trial:
    kill = machine.run(task.budget)
    if kill is None:
        return _unscathed(machine)
    return Trial(Fate.KILLED, kill.reason, examples=kill.examples, seconds=kill.met,
                 named=kill.met, cpu=kill.cpu)


def _thoroughly(
    channel: Connection, campaign: Campaign, specimen: Specimen, task: Task
) -> None:
    hunt = Hunt(campaign, specimen.counted)
    trial: Trial | None = None
    for kill in hunt.kills(task.budget):
        trial = _killed(kill, specimen)
        channel.send(trial)
        small = hunt.smallest(kill, trial.requirements[0])
        if small is not None:
            channel.send(replace(trial, small=small.scenario))
            return
    channel.send(_survived(hunt) if trial is None else replace(trial, fate=Fate.ERRORED, reason=(
        f"{trial.requirements[0]}: {trial.reason}, but not when it was played again")))


def _killed(kill: Kill, specimen: Specimen) -> Trial:
    """The trial of a kill; what the specimen must fail comes first of what it violates."""
    known = specimen.fails | specimen.may_fail
    ids = tuple(sorted(kill.requirements, key=lambda id: id not in known))
    return Trial(Fate.KILLED, kill.kind.value, ids, kill.examples, kill.met, kill.named, kill.cpu)


def _survived(hunt: Hunt) -> Trial:
    if hunt.undecided:
        return Trial(Fate.ERRORED, f"{hunt.undecided} scenarios were too much for the oracle",
                     examples=hunt.examples)
    return _unscathed(hunt)


def _unscathed(hunt: Hunt | PlainMachine) -> Trial:
    why = OUT_OF_TIME if hunt.out_of_time else ALL_PLAYED
    return Trial(Fate.SURVIVED, why, examples=hunt.examples)
