"""Implementations of other designs conform, whatever the seed: no false alarm.

A whole run takes half a minute even when it is small. So the tests that always run play what all
requirements share; whole runs, and fifty seeds for each variant, take hours.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from harness.core.contract import Contract
from harness.core.scenario import Scenario
from harness.core.verdict import Outcome
from harness.core.violation import Kind
from harness.explore.profiles import Profile
from harness.mutants.catalogue import Implementation
from scenarios.domains.orders import ARTICLE, CONTRACT
from tests.false_alarms import DRAWN, campaign_on, drawn_kills
from tests.miniatures.building import Change, Miniature, build
from tests.miniatures.examining import MINI, examine, examine_all, failed
from tests.variants.changed import CONFORMING

NO_BASE64 = {"API-11": "the REST API names no binary media types, so that no body is encoded"}
NO_QUEUES = {"CMD-09": "needs a queue before the command function",
             "PRJ-11": "needs a queue before the projection function"}
NO_KEYS = {"CMD-07": "needs a reply to the command: a queue takes it"}
"""A queue's message id is the key, so no key ever comes with two bodies."""
NO_ROLES = {"SYS-04": "needs a role whose policies the template has"}
ONE_AFTER_ANOTHER = {
    "CMD-09": NO_QUEUES["CMD-09"],
    "PRJ-08": "needs invocations at once: a FIFO queue or a limit makes it one at a time",
}
NOT_JUDGED: dict[str, dict[str, str]] = {
    "plain": NO_QUEUES,
    "refolding": NO_QUEUES,
    "queued": NO_KEYS,
    "carries_state": NO_QUEUES,
    "version_table": NO_QUEUES | NO_ROLES,
    "entries_apart": ONE_AFTER_ANOTHER | NO_BASE64,
    "powertools": ONE_AFTER_ANOTHER,
    "proxied": ONE_AFTER_ANOTHER,
    "leases": NO_QUEUES | NO_BASE64,
    "claims": NO_QUEUES | NO_BASE64,
    "partiql": NO_QUEUES | NO_BASE64,
    "intents": NO_QUEUES,
    "locks": NO_QUEUES,
    "tasks": NO_KEYS | {"PRJ-11": NO_QUEUES["PRJ-11"]},
    "zipped": NO_QUEUES,
}
"""For each variant what is not judged, and why; everything else passes."""

AS_THE_ARTICLE = Miniature(
    "folds_as_the_article",
    "An update makes the order anew, with the customer there was and without createdAt.",
    (
        Change("lambdas/domain/orders.py", (
            '    customer = values.get("customer", order.customer)\n'
            '    return replace(order, customer=customer, updated_at=values["updatedAt"])'
        ), '    return replace(order, created_at=None, updated_at=values["updatedAt"])'),
        Change("lambdas/domain/orders.py", 'shown["customer"], shown["createdAt"]',
               'shown["customer"], shown.get("createdAt")'),
    ),
    frozenset(),
)
FOLD = ("API-02", "PRJ-01", "PRJ-09", "QRY-03")
"""Requirements that judge little else than the fold."""


NOT_EVERY_RUN = frozenset({"locks", "partiql", "proxied"})
"""Variants that the default run leaves out, for the time that they take."""
MANY = range(1, 51)


def _not_passed(
    implementation: Implementation, folder: Path, seed: int, profile: Profile
) -> dict[str, str]:
    verdicts = examine_all(implementation.build(folder), seed=seed, profile=profile,
                           contract=implementation.contract)
    return {name: verdict.reason for name, verdict in verdicts.items()
            if verdict.outcome is not Outcome.PASSED}


def _found(
    implementation: Implementation, folder: Path, seeds: Iterable[int]
) -> dict[int, list[tuple[Kind, Scenario]]]:
    found: dict[int, list[tuple[Kind, Scenario]]] = {}
    for seed in seeds:
        with campaign_on(implementation, folder / str(seed), DRAWN, seed) as campaign:
            hunt, found[seed] = drawn_kills(campaign, implementation.counted)
        assert hunt.examples > len(implementation.contract.requirements)
        assert hunt.undecided == 0
    return {seed: kills for seed, kills in found.items() if kills}


def _alarms(implementation: Implementation, folder: Path, seed: int) -> dict[str, str]:
    verdicts = examine(
        implementation.build(folder), seed=seed, own=(), contract=implementation.contract)
    return {name: verdict.reason for name, verdict in verdicts.items()
            if verdict.outcome is not Outcome.PASSED}


@pytest.mark.parametrize("variant", [
    pytest.param(each, id=each.name, marks=[pytest.mark.catalogue] * (each.name in NOT_EVERY_RUN))
    for each in CONFORMING])
class TestVariants:
    def test_no_alarm(self, variant: Implementation, tmp_path: Path) -> None:
        """No history of a correct implementation of another design violates anything."""
        assert _alarms(variant, tmp_path, 1) == {}

    @pytest.mark.slow
    def test_conforms(self, variant: Implementation, tmp_path: Path) -> None:
        """It passes all that can be judged."""
        assert _not_passed(variant, tmp_path, 1, MINI) == NOT_JUDGED.get(variant.name, {})

    @pytest.mark.slow
    def test_other_seeds(self, variant: Implementation, tmp_path: Path) -> None:
        """No scenario that another seed draws shows anything wrong with it."""
        assert _found(variant, tmp_path, MANY) == {}


class TestArticle:
    def test_conforms(self, tmp_path: Path) -> None:
        """A fold like the article's conforms to the article's contract."""
        template = build(AS_THE_ARTICLE, tmp_path)
        verdicts = examine(template, seed=1, own=FOLD, contract=ARTICLE)
        assert {verdict.outcome for verdict in verdicts.values()} == {Outcome.PASSED}

    @pytest.mark.parametrize(("contract", "changed"), [(CONTRACT, AS_THE_ARTICLE), (ARTICLE, None)])
    def test_folds_differ(
        self, contract: Contract, changed: Miniature | None, tmp_path: Path
    ) -> None:
        """An implementation that conforms to one contract does not conform to the other."""
        unchanged = Miniature("reference", "", (), frozenset())
        template = build(changed or unchanged, tmp_path)
        assert "PRJ-01" in failed(examine(template, seed=1, own=["PRJ-01"], contract=contract))
