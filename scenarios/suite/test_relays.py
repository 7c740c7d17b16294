"""RLY-01 to RLY-06: relays and streams between the event store and the bus."""

from __future__ import annotations

import pytest

from harness.entry.conform import Conform


@pytest.mark.cqrs_requirement("RLY-01")
def test_every_event_is_passed_on(conform: Conform) -> None:
    """Threat: a relay leaves an event out, or one that its carrier repeats or delivers late.

    Expectation: every stored event reaches the view.
    """
    conform()


@pytest.mark.cqrs_requirement("RLY-02")
def test_a_failing_relay_loses_nothing(conform: Conform) -> None:
    """Threat: a relay ends, or a call of it fails, and it goes on as if it had passed all on.

    Expectation: its carrier hands it the event again.
    """
    conform()


@pytest.mark.cqrs_requirement("RLY-03")
def test_failed_publishing_is_noticed(conform: Conform) -> None:
    """Threat: an entry that the bus has not taken counts as published.

    Expectation: it is published later.
    """
    conform()


@pytest.mark.cqrs_requirement("RLY-04")
def test_every_record_of_a_batch_is_passed_on(conform: Conform) -> None:
    """Threat: only the first record is passed on, or a failed one takes the others along.

    Expectation: every one is; a failed record is reported and comes again.
    """
    conform()


@pytest.mark.cqrs_requirement("RLY-05")
def test_a_strange_record_blocks_nothing(conform: Conform) -> None:
    """Threat: a record of an unknown kind is retried for ever, and all behind it wait.

    Expectation: the events of other aggregates are passed on.
    """
    conform()


@pytest.mark.cqrs_requirement("RLY-06")
def test_an_expired_item_is_no_event(conform: Conform) -> None:
    """Threat: the deletion of an item whose time has come is taken for an event.

    Expectation: every view stays as it is.
    """
    conform()
