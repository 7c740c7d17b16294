"""The fixture ``conform``: it judges the requirement of one test."""

from __future__ import annotations

import pytest

from harness.core.errors import HarnessError
from harness.core.requirements import Level
from harness.core.verdict import NOT_JUDGED, Outcome, Verdict
from harness.entry.contract_errors import naming_the_contract
from harness.entry.judge import Judge, Told
from harness.entry.suite_tests import requirement_id

VERDICT = pytest.StashKey[Verdict]()
TOLD = pytest.StashKey[Told]()


class Conform:
    """Judges the requirement of the test that asks for it."""

    def __init__(self, judge: Judge, item: pytest.Item) -> None:
        self._judge, self._item = judge, item
        self._requirement = str(requirement_id(item))

    def __call__(self) -> None:
        """Explore the requirement's scenarios; the test ends as its verdict says."""
        try:
            with naming_the_contract(self._judge.contract):
                verdict = self._judge.campaign().examine(self._requirement)
        except HarnessError as error:
            requirement = self._judge.contract.requirement(self._requirement)
            verdict = Verdict(requirement, Outcome.ERRORED, str(error))
        self.conclude(verdict)

    def conclude(self, verdict: Verdict) -> None:
        """End the test with a verdict."""
        self._item.stash[VERDICT] = verdict
        if verdict.outcome in NOT_JUDGED:
            pytest.skip(verdict.reason)
        if verdict.counterexample is not None:
            self._fail(verdict)
        if verdict.outcome is not Outcome.PASSED:
            pytest.fail(f"{self._requirement} {verdict.outcome.value}: {verdict.reason}",
                        pytrace=False)

    def _fail(self, verdict: Verdict) -> None:
        told = self._judge.told(verdict, self._requirement)
        self._item.stash[TOLD] = told
        text = told.text
        warns = verdict.requirement.level is Level.SHOULD and not self._judge.options.strict
        if warns or self._requirement in self._judge.accepted:
            pytest.xfail(text)
        pytest.fail(text, pytrace=False)
