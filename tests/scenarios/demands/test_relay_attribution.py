"""Violations at relays belong to the requirement that names their cause."""

import pytest

from harness.core.violation import Cause, Hop, Kind, Violation
from scenarios.demands.attribution import attribute

LOST = Violation(Kind.UNPUBLISHED, "a", 0, "x", "y", Hop.BUS)


@pytest.mark.parametrize(("cause", "requirement"), [
    (Cause.RELAY_PUBLISH_FAILURE, "RLY-03"), (Cause.RELAY_FAILURE, "RLY-02"),
    (Cause.BATCH, "RLY-04"), (Cause.DUPLICATE, "RLY-01")])
def test_deliveries_to_relays(cause: Cause, requirement: str) -> None:
    """A failure at a relay is its cause, also where the deliveries to relays matter."""
    assert attribute(LOST, frozenset({Cause.RELAY, cause})) == (requirement,)


@pytest.mark.parametrize("kind", [Kind.WILDCARD, Kind.NOT_ALLOWED])
def test_rights_of_relays(kind: Kind) -> None:
    """A role that allows too much is no event that is lost: no relay is blamed for it."""
    found = Violation(kind, None, -1, "named actions", "sqs:*", Hop.RELAY)
    assert attribute(found, frozenset()) == ("SYS-04",)
