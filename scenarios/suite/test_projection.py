"""PRJ-01 to PRJ-11: from the bus to the read model."""

from __future__ import annotations

import pytest

from harness.entry.conform import Conform


@pytest.mark.cqrs_requirement("PRJ-01")
def test_views_converge_to_the_fold(conform: Conform) -> None:
    """Threat: the view misses an event, or folds one wrongly.

    Expectation: after the last command it is the fold of what was acknowledged, and stays so.
    """
    conform()


@pytest.mark.cqrs_requirement("PRJ-02")
def test_redelivery_changes_nothing(conform: Conform) -> None:
    """Threat: the bus delivers at least once, so an old event comes again after newer ones.

    Expectation: the view does not care.
    """
    conform()


@pytest.mark.cqrs_requirement("PRJ-03")
def test_order_of_delivery_does_not_matter(conform: Conform) -> None:
    """Threat: the bus keeps no order, so an update comes before what it updates.

    Expectation: the same view in the end.
    """
    conform()


@pytest.mark.cqrs_requirement("PRJ-04")
def test_what_is_gone_stays_gone(conform: Conform) -> None:
    """Threat: a late or repeated event brings a deleted aggregate back.

    Expectation: 404, for good.
    """
    conform()


@pytest.mark.cqrs_requirement("PRJ-05")
def test_lost_deliveries_are_made_good(conform: Conform) -> None:
    """Threat: an event is lost for a while and its place is taken by the next.

    Expectation: when it is redelivered, or earlier, the view is right.
    """
    conform()


@pytest.mark.cqrs_requirement("PRJ-06")
def test_unprocessable_events_harm_nobody(conform: Conform) -> None:
    """Threat: an event of unknown type, foreign source or malformed detail blocks or wipes.

    Expectation: every aggregate is as if it had never come.
    """
    conform()


@pytest.mark.cqrs_requirement("PRJ-07")
def test_crashes_of_the_projection_are_repaired(conform: Conform) -> None:
    """Threat: the projection marks an event as done, crashes, and never does it."""
    conform()


@pytest.mark.cqrs_requirement("PRJ-08")
def test_concurrent_deliveries_converge(conform: Conform) -> None:
    """Threat: two deliveries at once both read the old view, and one write is lost."""
    conform()


@pytest.mark.cqrs_requirement("PRJ-09")
def test_the_read_model_can_be_rebuilt(conform: Conform) -> None:
    """Threat: the read model holds what the events do not say.

    Expectation: wiped and made again from the store, it is the same.
    """
    conform()


@pytest.mark.cqrs_requirement("PRJ-10")
def test_aggregates_do_not_touch_each_other(conform: Conform) -> None:
    """Threat: something is shared between aggregates that should not be.

    Expectation: each view depends on its own events only.
    """
    conform()


@pytest.mark.cqrs_requirement("PRJ-11")
def test_every_event_of_a_batch_is_projected(conform: Conform) -> None:
    """Threat: only the first record is projected, or a bad one takes the others along.

    Expectation: every event is; a failed record is reported and comes again.
    """
    conform()
