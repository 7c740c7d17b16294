"""Implementations of other designs conform, whatever the seed."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.campaign import Outcome
from harness.contract import Contract
from harness.profiles import Profile
from scenarios import accounts
from scenarios.orders import ARTICLE, CONTRACT
from tests.miniatures.building import READ_MODEL, Change, Miniature, build
from tests.miniatures.examining import MINI, examine, examine_all, failed

VARIANTS = Path(__file__).parent / "variants"
NO_QUEUES = {"CMD-09": "needs a queue before the command function",
             "PRJ-11": "needs a queue before the projection function"}
NO_KEYS = {"CMD-07": "what it is about never happened"}
"""A queue's message id is the key, so no key ever comes with two bodies."""
EXPECTED: dict[str, dict[str, str]] = {
    "plain": NO_QUEUES,
    "refolding": NO_QUEUES,
    "queued": NO_KEYS,
}
"""For each variant what is not judged, and why; everything else passes."""

WAITING = Miniature(
    "waits_for_missing_events",
    "The projection reads no events: one that comes early fails until those before it are there.",
    (Change("lambdas/projector.py", "            missing = self.store", (
        "            if event.version > seen.version + 1:\n"
        "                raise ContendedError(\"events are missing before this one\")\n"
        "            missing = self.store"
    )),),
    frozenset(),
)
"""A correct design, too: the bus delivers what failed again until it gets through."""
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
AS_TEXT = Miniature(
    "keeps_views_as_text",
    "The table has each view as one JSON text, numbers and lists and all.",
    (
        Change(READ_MODEL, "from .aws import", "from . import codec\nfrom .aws import"),
        Change(READ_MODEL, '{"view": row.view}', '{"view": codec.dumps(row.view)}'),
        Change(READ_MODEL, 'values.get("view"))', 'codec.loads(values.get("view", "null")))'),
    ),
    frozenset(),
    contract=accounts.CONTRACT,
)
FOLD = ("API-02", "PRJ-01", "PRJ-09", "QRY-03")
"""Requirements that judge little else than the fold."""


SHORT = Profile("short", examples=5, long=24, long_examples=1, sweep=12)


def _not_passed(
    template: Path, seed: int, profile: Profile = MINI, contract: Contract = CONTRACT
) -> dict[str, str]:
    verdicts = examine_all(template, seed=seed, profile=profile, contract=contract)
    return {name: verdict.reason for name, verdict in verdicts.items()
            if verdict.outcome is not Outcome.PASSED}


class TestVariants:
    @pytest.mark.parametrize("name", EXPECTED)
    def test_conforms(self, name: str) -> None:
        """A correct implementation of another design passes all that can be judged."""
        assert _not_passed(VARIANTS / name / "template.yaml", 1, SHORT) == EXPECTED[name]

    @pytest.mark.slow
    @pytest.mark.parametrize("seed", [2, 3, 4, 5])
    @pytest.mark.parametrize("name", EXPECTED)
    def test_conforms_with_other_seeds(self, name: str, seed: int) -> None:
        """So it does with other scenarios."""
        assert _not_passed(VARIANTS / name / "template.yaml", seed) == EXPECTED[name]

    @pytest.mark.slow
    @pytest.mark.parametrize("variant", [WAITING, AS_TEXT], ids=lambda variant: variant.name)
    def test_changed(self, variant: Miniature, tmp_path: Path) -> None:
        """So does the reference implementation where it is changed without harm."""
        assert _not_passed(build(variant, tmp_path), 1, contract=variant.contract) == {}


class TestArticle:
    def test_conforms(self, tmp_path: Path) -> None:
        """What folds as the article does conforms to the contract that says so."""
        template = build(AS_THE_ARTICLE, tmp_path)
        assert failed(examine(template, seed=1, own=FOLD, contract=ARTICLE)) == frozenset()

    @pytest.mark.parametrize(("contract", "changed"), [(CONTRACT, AS_THE_ARTICLE), (ARTICLE, None)])
    def test_folds_differ(
        self, contract: Contract, changed: Miniature | None, tmp_path: Path
    ) -> None:
        """What conforms to one of the two contracts does not conform to the other."""
        unchanged = Miniature("reference", "", (), frozenset())
        template = build(changed or unchanged, tmp_path)
        assert "PRJ-01" in failed(examine(template, seed=1, own=["PRJ-01"], contract=contract))
