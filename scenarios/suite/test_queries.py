"""QRY-01 to QRY-04: the query function."""

from __future__ import annotations

import pytest

from harness.entry.conform import Conform


@pytest.mark.cqrs_requirement("QRY-01")
def test_queries_write_nothing(conform: Conform) -> None:
    """Threat: a query repairs, counts or caches by writing.

    Expectation: the query function only reads.
    """
    conform()


@pytest.mark.cqrs_requirement("QRY-02")
def test_reads_do_not_go_back(conform: Conform) -> None:
    """Threat: a client sees a version and then an older one.

    Expectation: reads are monotonic.
    """
    conform()


@pytest.mark.cqrs_requirement("QRY-03")
def test_every_read_is_a_prefix(conform: Conform) -> None:
    """Threat: while events are on their way a view shows what never was.

    Expectation: each read is the fold of some prefix of the aggregate's events.
    """
    conform()


@pytest.mark.cqrs_requirement("QRY-04")
def test_deleted_aggregates_are_not_found(conform: Conform) -> None:
    """Threat: a deleted aggregate leaves an empty or a last view.

    Expectation: 404.
    """
    conform()
