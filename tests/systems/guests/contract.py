"""The contract of guests: they are welcomed and named, and never leave."""

from __future__ import annotations

from dataclasses import dataclass, replace

from cqrs_conformance import values
from cqrs_conformance.contracts import (
    Accepted,
    Command,
    Decision,
    Refused,
    Repetition,
    View,
    contract,
)


@dataclass(frozen=True, slots=True)
class Guest:
    """A guest, who may have no name yet."""

    guest_id: str
    name: str | None = None


def decide(state: Guest | None, command: Command) -> Decision:
    """Welcome a guest once; a name may come at any time, even before."""
    if command["type"] == "Welcomed" and state is not None:
        return Refused("there is one")
    return Accepted()


def evolve(state: Guest | None, event: Command) -> Guest:
    """Return the guest after an event."""
    found = state or Guest(event["guestId"])
    return replace(found, name=event["name"]) if event["type"] == "Named" else found


def view(state: Guest | None) -> View:
    """Return the view that a query shows; None is no guest."""
    if state is None:
        return None
    return {"guestId": state.guest_id} | ({} if state.name is None else {"name": state.name})


CONTRACT = contract(
    name="guests", path="/guests", id_member="guestId",
    types={"Welcomed": {}, "Named": {"name": values.text(100)}},
    decide=decide, evolve=evolve, view=view, repetition=Repetition.none(),
    not_promised=["API-06", "API-08", "API-09"],
)
