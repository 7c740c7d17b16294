"""A whole run on one implementation, as short as can be: its final verdicts.

Several requirements share a generator, and some generators only join others. So each distinct
generator is tried once, for the first requirement that it explores. Where nothing at all is
wrong the others have passed with it; where something is, they are examined as well. A
violation that one requirement's scenarios met of another one is confirmed, as in any run.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from harness.campaign import Campaign, Outcome, Verdict
from harness.contract import Contract
from harness.profiles import Profile
from harness.scenario import Scenario
from harness.stages.moto import MotoStage
from harness.template import load
from scenarios import generators
from scenarios.orders import CONTRACT

MINI = Profile("mini", examples=8, long=24, long_examples=1)
JOINED: frozenset[Callable[..., object]] = frozenset(
    {generators.bad_requests, generators.rewriting}
)
"""Generators that draw from others, each of which is tried by itself."""


def examine(template: Path, *, seed: int, profile: Profile = MINI) -> dict[str, Verdict]:
    """The verdicts of a run on a template, by the requirements' ids."""
    with MotoStage(load(template), CONTRACT.path) as stage:
        campaign = Campaign(CONTRACT, stage, profile, seed)
        verdicts: dict[str, Verdict] = {}
        for group in groups(CONTRACT):
            verdicts |= _explored(campaign, group)
        return verdicts | _confirmed(campaign, verdicts)


def groups(contract: Contract) -> list[list[str]]:
    """The requirements that are explored, by their generators."""
    found: dict[Callable[..., object], list[str]] = {}
    for requirement_id, exploration in contract.explorations.items():
        if exploration.generator not in JOINED:
            found.setdefault(exploration.generator, []).append(requirement_id)
    return list(found.values())


def _explored(campaign: Campaign, group: list[str]) -> dict[str, Verdict]:
    first = campaign.examine(group[0])
    if first.outcome is not Outcome.FAILED and not first.elsewhere:
        return {first.requirement.id: first}
    others = [campaign.examine(requirement_id) for requirement_id in group[1:]]
    return {verdict.requirement.id: verdict for verdict in (first, *others)}


def _confirmed(campaign: Campaign, verdicts: dict[str, Verdict]) -> dict[str, Verdict]:
    met: dict[str, Scenario] = {}
    for verdict in verdicts.values():
        met = verdict.elsewhere | met
    own = {name for name, verdict in verdicts.items() if verdict.outcome is Outcome.FAILED}
    found = {name: campaign.confirm(name, met[name]) for name in sorted(met.keys() - own)}
    return {name: v for name, v in found.items() if v.outcome is Outcome.FAILED}


def failed(verdicts: dict[str, Verdict]) -> frozenset[str]:
    """The requirements that failed."""
    return frozenset(n for n, v in verdicts.items() if v.outcome is Outcome.FAILED)
