"""CMD-01 to CMD-15: the command function and the event store."""

from __future__ import annotations

import pytest

from harness.entry.conform import Conform


@pytest.mark.cqrs_requirement("CMD-01")
def test_every_acknowledged_command_is_stored_once(conform: Conform) -> None:
    """Threat: an acknowledged command is lost, or stored twice.

    Expectation: exactly one event for each.
    """
    conform()


@pytest.mark.cqrs_requirement("CMD-02")
def test_refused_commands_store_nothing(conform: Conform) -> None:
    """Threat: a refused or invalid command leaves an event behind.

    Expectation: the store is unchanged.
    """
    conform()


@pytest.mark.cqrs_requirement("CMD-03")
def test_versions_have_no_gap(conform: Conform) -> None:
    """Threat: versions repeat, skip or follow another order than the commands.

    Expectation: 1..n for each aggregate.
    """
    conform()


@pytest.mark.cqrs_requirement("CMD-04")
def test_concurrent_commands_are_linearizable(conform: Conform) -> None:
    """Threat: two commands at once both see the same past, and one is lost."""
    conform()


@pytest.mark.cqrs_requirement("CMD-05")
def test_every_interleaving_is_linearizable(conform: Conform) -> None:
    """Threat: some order of the AWS calls of two commands loses one of them."""
    conform()


@pytest.mark.cqrs_requirement("CMD-06")
def test_repeated_commands_take_effect_once(conform: Conform) -> None:
    """Threat: a client that missed the reply repeats its command, and it happens twice.

    Expectation: one effect, and the same acknowledgement.
    """
    conform()


@pytest.mark.cqrs_requirement("CMD-07")
def test_reused_keys_are_refused(conform: Conform) -> None:
    """Threat: a key used for another command hides it, or does both.

    Expectation: 4xx, and nothing happens; on another aggregate the key is free.
    """
    conform()


@pytest.mark.cqrs_requirement("CMD-08")
def test_stored_events_stay(conform: Conform) -> None:
    """Threat: a retry or a deletion rewrites or removes history.

    Expectation: a stored event is never changed.
    """
    conform()


@pytest.mark.cqrs_requirement("CMD-09")
def test_every_record_of_a_batch_is_handled(conform: Conform) -> None:
    """Threat: only the first record is handled, or one bad record takes the others along.

    Expectation: every record has its effect; only failed ones come back.
    """
    conform()


@pytest.mark.cqrs_requirement("CMD-10")
def test_crashes_between_calls_are_repaired(conform: Conform) -> None:
    """Threat: a crash between storing and publishing leaves an event nobody hears of."""
    conform()


@pytest.mark.cqrs_requirement("CMD-11")
def test_failed_publishing_is_not_acknowledged(conform: Conform) -> None:
    """Threat: PutEvents fails in part with status 200, and nobody looks."""
    conform()


@pytest.mark.cqrs_requirement("CMD-12")
def test_service_errors_are_told(conform: Conform) -> None:
    """Threat: throttling is swallowed and the client is told that all is well."""
    conform()


@pytest.mark.cqrs_requirement("CMD-13")
def test_events_are_complete_and_published_as_stored(conform: Conform) -> None:
    """Threat: a member is missing or altered, or the bus gets something else than the store.

    Expectation: all members, and both the same.
    """
    conform()


@pytest.mark.cqrs_requirement("CMD-14")
def test_long_histories_keep_working(conform: Conform) -> None:
    """Threat: version 10 sorts before 9, or a listing's second page is never read.

    Expectation: hundreds of events are like three.
    """
    conform()


@pytest.mark.cqrs_requirement("CMD-15")
def test_similar_ids_are_different_aggregates(conform: Conform) -> None:
    """Threat: listing by a prefix finds another aggregate's events as well.

    Expectation: every aggregate sees its own.
    """
    conform()
