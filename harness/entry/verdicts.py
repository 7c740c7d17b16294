"""The verdicts of a run, as documents: those that tests reported, and those that are missing.

Tests may run in other processes, so verdicts come as JSON-ready data and stay so.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from typing import Any

from harness.core.contract import Contract
from harness.core.verdict import Outcome, Verdict
from harness.report import summary
from harness.report.groups import groups
from harness.report.terminal import render_follower

INTERRUPTED = "not reached: the run was interrupted"
STOPPED = "not reached: the run was stopped before"
Document = dict[str, Any]
"""A verdict as in the report."""


class Verdicts:
    """The verdict of every requirement, and scenarios that violated another requirement.

    ``in_suite``: requirements that have a test; ``selected``: those whose tests are to run.
    """

    def __init__(self) -> None:
        self._documents: dict[str, Document] = {}
        self._other_violations: dict[str, dict[str, str]] = {}
        self.in_suite: set[str] = set()
        self.selected: set[str] = set()

    def __bool__(self) -> bool:
        return bool(self._documents)

    def learn(self, in_suite: Sequence[str], selected: Sequence[str]) -> None:
        """Take in the tests of another process."""
        self.in_suite |= set(in_suite)
        self.selected |= set(selected)

    def add(self, document: Document, other_violations: Mapping[str, str]) -> None:
        """Take in a verdict; ``other_violations``: by the id of another requirement, a scenario."""
        self._documents[document["id"]] = document
        for id, text in other_violations.items():
            self._other_violations.setdefault(id, {})[document["id"]] = text

    def replace(self, found: Verdict) -> Document:
        """Let a violation replace the verdict of its requirement, whose figures stay."""
        before = self._documents.get(found.requirement.id, {})
        figures = {name: before.get(name, 0) for name in ("triggers", "examples", "commands")}
        document = summary.document(found) | figures
        self._documents[found.requirement.id] = document
        return document

    def without_scenario(self, document: Document, text: str) -> str | None:
        """Return the text of a failure that refers to one before which shows the cause better."""
        found = groups(list(self._documents.values()))
        leaders = (group[0]["id"] for group in found if document in group)
        leader = next((id for id in leaders if id != document["id"]), None)
        return leader and render_follower(text, leader)

    def violated_elsewhere(self, wanted: Sequence[str]) -> Iterator[tuple[str, str, str]]:
        """Yield requirements violated only in scenarios of another requirement's generator.

        Each with that other requirement and the scenario, as JSON.
        """
        for id, texts in sorted(self._other_violations.items()):
            failed = self._documents.get(id, {}).get("outcome") == Outcome.FAILED
            if not failed and id in wanted:
                yield id, min(texts), texts[min(texts)]

    def unselected(self, left_out: Container[str]) -> tuple[str, ...]:
        """Return requirements that were not selected, and that scenarios of others violate.

        ``left_out``: those that nobody wants to hear of.
        """
        return tuple(id for id in sorted(self._other_violations)
                     if id not in self._documents and id not in left_out)

    def add_missing(
        self, contract: Contract, wanted: Sequence[str], *, interrupted: bool, stopped: bool
    ) -> None:
        """Add a verdict for each wanted requirement without one, with the reason."""
        for id in wanted:
            if id in self._documents:
                continue
            if id in self.selected:
                self._documents[id] = _not_reached(contract, id, interrupted, stopped)
            elif self.in_suite and id not in self.in_suite:
                self._documents[id] = skipped(contract, id, "needs a test in the suite")

    def ordered(self, contract: Contract) -> list[Document]:
        """Return the verdicts in the order of the contract."""
        known = (r.id for r in contract.requirements)
        return [self._documents[id] for id in known if id in self._documents]


def _not_reached(contract: Contract, id: str, interrupted: bool, stopped: bool) -> Document:
    if interrupted or stopped:
        reason = INTERRUPTED if interrupted else STOPPED
        return summary.document(Verdict(contract.requirement(id), Outcome.NOT_RUN, reason))
    return errored(contract, id, "its test ended without a verdict")


def errored(contract: Contract, id: str, reason: str) -> Document:
    """Return the verdict of a requirement that could not be judged."""
    return summary.document(Verdict(contract.requirement(id), Outcome.ERRORED, reason))


def skipped(contract: Contract, id: str, reason: str) -> Document:
    """Return the verdict of a requirement that was not judged."""
    return summary.document(Verdict(contract.requirement(id), Outcome.SKIPPED, reason))


def fails_its_test(document: Document) -> bool:
    """Tell whether the test of a requirement fails with a verdict."""
    return document["outcome"] in (Outcome.FAILED, Outcome.ERRORED, Outcome.VACUOUS)
