"""The contract of parcels: they are registered, scanned on their way, and delivered."""

from __future__ import annotations

from dataclasses import dataclass, replace

from cqrs_conformance import values
from cqrs_conformance.contracts import Accepted, Command, Decision, Refused, View, contract


@dataclass(frozen=True, slots=True)
class Parcel:
    """A parcel that was registered; None stands for one that never was."""

    parcel_id: str
    to: str
    scans: tuple[tuple[str, int], ...] = ()
    delivered: bool = False


def decide(state: Parcel | None, command: Command) -> Decision:
    """Register a parcel once, and accept anything else until it is delivered."""
    if command["type"] == "ParcelRegistered":
        return Accepted() if state is None else Refused("there is one")
    if state is None or state.delivered:
        return Refused("there is none on its way")
    return Accepted()


def evolve(state: Parcel | None, event: Command) -> Parcel:
    """Return the parcel after an event."""
    if event["type"] == "ParcelRegistered":
        return Parcel(event["parcelId"], event["to"])
    assert state is not None
    if event["type"] == "ParcelDelivered":
        return replace(state, delivered=True)
    return replace(state, scans=(*state.scans, (event["at"], event["grams"])))


def view(state: Parcel | None) -> View:
    """Return the view that a query shows; None is 404."""
    if state is None or state.delivered:
        return None
    scans = [{"at": at, "grams": grams} for at, grams in state.scans]
    return {"parcelId": state.parcel_id, "to": state.to, "scans": scans}


CONTRACT = contract(
    name="parcels", path="/parcels", id_member="parcelId",
    types={
        "ParcelRegistered": {"to": values.text(100)},
        "ParcelScanned": {"at": values.text(60), "grams": values.number("1", "50000")},
        "ParcelDelivered": {},
    },
    decide=decide, evolve=evolve, view=view,
)
