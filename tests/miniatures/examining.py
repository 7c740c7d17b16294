"""A run on one implementation, as short as can be: its final verdicts.

A run examines some fifty requirements, which takes too long for some fifty implementations.
So only the requirements that ought to fail get examples of their own. All others share one
exploration, which draws from every generator: every history is judged by every check, and
what is found to violate another requirement is confirmed, as at the end of any run.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from hypothesis import strategies as st

from harness.core.contract import Contract, Exploration
from harness.core.scenario import Scenario
from harness.core.verdict import Outcome, Verdict
from harness.explore.campaign import Campaign
from harness.explore.profiles import Profile
from harness.stages.embedded.stage import MotoStage
from harness.template import load
from scenarios.domains.orders import CONTRACT

MINI = Profile("mini", examples=12, long=23, long_examples=1, sweep=40)
ANYTHING = "SYS-03"
"""A requirement that nothing violates: it lends its name to what explores all the others."""
SHARED = 32
"""Examples of the shared exploration."""


def examine(
    template: Path,
    *,
    seed: int,
    own: Iterable[str],
    spared: frozenset[str] = frozenset(),
    contract: Contract = CONTRACT,
) -> dict[str, Verdict]:
    """The verdicts of a short run: those of ``own`` requirements, and every other failure.

    The verdict of the shared exploration is among them as ``ANYTHING``: if it is not *passed*,
    nothing was judged. Violations of ``spared`` requirements that other requirements' scenarios
    show are not confirmed.
    """
    with MotoStage(load(template), contract.path) as stage:
        campaign = Campaign(contract, stage, MINI, seed)
        judged = [r.id for r in contract.requirements if not campaign.not_judged(r)]
        shared = Campaign(_all_in_one(contract, judged), stage, replace(MINI, examples=SHARED),
                          seed)
        verdicts = {name: campaign.examine(name) for name in own}
        everything = shared.examine(ANYTHING)
        met = [*verdicts.values(), everything]
        return {ANYTHING: everything} | verdicts | confirmed(campaign, met, spared)


def _all_in_one(contract: Contract, judged: Iterable[str]) -> Contract:
    """The contract with one requirement that is explored by all that are judged."""
    explorations = [contract.explorations[name] for name in judged]
    generators = dict.fromkeys(e.generator for e in explorations if not e.long)

    def anything(given: Contract) -> st.SearchStrategy[Scenario]:
        return st.one_of([generator(given) for generator in generators])

    shared = {**contract.explorations, ANYTHING: Exploration(anything)}
    return replace(contract, explorations=MappingProxyType(shared))


def examine_all(
    template: Path, *, seed: int, profile: Profile = MINI, contract: Contract = CONTRACT
) -> dict[str, Verdict]:
    """The verdicts of a whole run."""
    with MotoStage(load(template), contract.path) as stage:
        return examine_campaign(Campaign(contract, stage, profile, seed))


def examine_campaign(campaign: Campaign) -> dict[str, Verdict]:
    """The verdicts of a whole run on a stage that is open."""
    verdicts = {r.id: campaign.examine(r.id) for r in campaign.contract.requirements}
    return verdicts | confirmed(campaign, verdicts.values())


def confirmed(
    campaign: Campaign, verdicts: Iterable[Verdict], spared: frozenset[str] = frozenset()
) -> dict[str, Verdict]:
    """Of the requirements that others' scenarios showed violated, those that are."""
    known = set(spared)
    met: dict[str, Scenario] = {}
    for verdict in verdicts:
        met = verdict.other_requirements | met
        known |= {verdict.requirement.id} if verdict.outcome is Outcome.FAILED else set()
    found = {name: campaign.confirm(name, met[name]) for name in sorted(met.keys() - known)}
    return {name: verdict for name, verdict in found.items() if verdict.outcome is Outcome.FAILED}


def failed(verdicts: dict[str, Verdict]) -> frozenset[str]:
    """The requirements that failed."""
    return frozenset(n for n, v in verdicts.items() if v.outcome is Outcome.FAILED)
