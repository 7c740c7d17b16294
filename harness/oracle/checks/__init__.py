"""Checks: pure functions from a contract, a history and its ledger to violations.

Each module has one subject: ``replies`` to commands, their ``results``, ``reads`` on the way,
``final_views``, ``endless`` chains of events, the ``event_log``, its ``expiry``, ``published``
events, ``batches`` of queue records, ``concurrency``, and the ``separation`` of commands from
queries. ``sessions`` reports facts and judges nothing. Every history is judged by every check that
applies; attribution then decides which requirement a violation violates (decision 0004).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from harness.core.contract import Contract
from harness.core.history import History
from harness.core.ledger import Ledger
from harness.core.violation import Violation
from harness.oracle.checks.batches import check_reports
from harness.oracle.checks.concurrency import check_linearizable
from harness.oracle.checks.endless import check_end
from harness.oracle.checks.event_log import check_chosen, check_immutable, check_log
from harness.oracle.checks.expiry import check_expiry
from harness.oracle.checks.final_views import check_views
from harness.oracle.checks.published import check_published, check_unpublished
from harness.oracle.checks.reads import (
    check_client_members,
    check_form,
    check_monotonic,
    check_prefixes,
)
from harness.oracle.checks.replies import check_disclosure, check_replies
from harness.oracle.checks.results import check_decided
from harness.oracle.checks.separation import check_rights, check_separation
from harness.oracle.consequences import without_consequences
from harness.oracle.ledger_building import build_ledger
from harness.oracle.narrowing import known_violations

Check = Callable[[Contract, History, Ledger], Iterator[Violation]]
CHECKS: tuple[Check, ...] = (
    check_replies,
    check_disclosure,
    check_decided,
    check_linearizable,
    check_log,
    check_chosen,
    check_immutable,
    check_expiry,
    check_published,
    check_unpublished,
    check_reports,
    check_form,
    check_end,
    check_views,
    check_prefixes,
    check_monotonic,
    check_client_members,
    check_separation,
    check_rights,
)


def judge(contract: Contract, history: History) -> tuple[Ledger, list[Violation]]:
    """The ledger of a history, and all violations in it, in the order of the checks.

    Raises:
        UndecidedError: there are too many courses that events may have taken.
    """
    ledger = build_ledger(contract, history)
    found = [v for check in CHECKS for v in check(contract, history, ledger)]
    return ledger, without_consequences(contract, ledger, known_violations(ledger, found))
