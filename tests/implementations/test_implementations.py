"""Implementations in other languages are judged like any other, through the process boundary."""

from __future__ import annotations

import os
from collections.abc import Mapping

import pytest

from harness.core.contract import Contract
from harness.core.scenario import Concurrently, Scenario, Send, Step
from harness.core.verdict import Outcome, Verdict
from harness.explore.campaign import Campaign
from harness.explore.profiles import PROFILES
from harness.stages.embedded.stage import MotoStage
from harness.template import load
from scenarios.domains.orders import ARTICLE, CONTRACT
from tests.implementations.building import IMPLEMENTATIONS, built

PROFILE = PROFILES[os.environ.get("CQRS_PROFILE", "smoke")]
"""Processes take longer to start than modules: a quick run of Java takes minutes."""
NO_QUEUES = frozenset({"CMD-09", "PRJ-11"})
CONFORMING: Mapping[str, frozenset[str]] = {
    "node": NO_QUEUES, "go": frozenset(), "java": frozenset(), "rust": frozenset(),
}
"""For each implementation what cannot be judged; all else passes."""
AT_THE_BOUNDARY = ("API-01", "API-02", "API-10", "API-11", "API-13", "CMD-04", "CMD-05", "CMD-09",
                   "CMD-10", "CMD-12", "PRJ-01", "PRJ-07", "PRJ-08", "PRJ-11", "QRY", "SYS")
"""Beginnings of the ids of requirements that a process could meet otherwise than a module."""
SLOW = frozenset({"java"})
"""Implementations whose processes take long: the default test judges those alone."""
ARTICLE_FAILS = ("API-06", "API-07", "API-08", "CMD-02", "CMD-11", "CMD-13")
"""Those that take seconds; docs/article.md has all that were found."""


def _examined(
    name: str, requirements: tuple[str, ...], contract: Contract = CONTRACT
) -> dict[str, Verdict]:
    with MotoStage(load(built(name)), contract.path) as stage:
        campaign = Campaign(contract, stage, PROFILE, seed=1)
        return {requirement: campaign.examine(requirement) for requirement in requirements}


def _with_outcome(verdicts: dict[str, Verdict], outcome: Outcome) -> set[str]:
    return {name for name, verdict in verdicts.items() if verdict.outcome is outcome}


def _sent(scenario: Scenario) -> int:
    return sum(map(_commands, scenario.steps))


def _commands(step: Step) -> int:
    if isinstance(step, Concurrently):
        return sum(_commands(inner) for branch in step.branches for inner in branch)
    return int(isinstance(step, Send))


def _marked(name: str) -> object:
    language = getattr(pytest.mark, IMPLEMENTATIONS[name].language)
    return pytest.param(name, marks=language)


@pytest.mark.parametrize("name", [_marked(name) for name in CONFORMING])
def test_conforms(name: str) -> None:
    """A right implementation passes the whole suite, but for relays, which it does not have."""
    _conforms(name, AT_THE_BOUNDARY if name in SLOW else ("",))


@pytest.mark.slow
@pytest.mark.parametrize("name", [_marked(name) for name in SLOW])
def test_conforms_as_a_whole(name: str) -> None:
    """So does one whose processes take long."""
    _conforms(name, ("",))


def _conforms(name: str, chosen: tuple[str, ...]) -> None:
    asked = tuple(requirement.id for requirement in CONTRACT.requirements
                  if requirement.id.startswith(chosen) and not requirement.id.startswith("RLY"))
    verdicts = _examined(name, asked)
    assert _with_outcome(verdicts, Outcome.PASSED) == set(asked) - CONFORMING[name]


@pytest.mark.node
class TestNodeArticle:
    @pytest.mark.parametrize("requirement", ARTICLE_FAILS)
    def test_fails(self, requirement: str) -> None:
        """The faults of the article's system are found, judged by the article's own fold."""
        verdicts = _examined("node_article", (requirement,), ARTICLE)
        assert verdicts[requirement].outcome is Outcome.FAILED


@pytest.mark.node
class TestNodeLostUpdate:
    def test_two_commands(self) -> None:
        """A lost update in another process is found and shrunk to the two commands it takes."""
        verdict = _examined("node_lost_update", ("CMD-05",))["CMD-05"]
        assert verdict.counterexample is not None
        assert _sent(verdict.counterexample.scenario) == 2
