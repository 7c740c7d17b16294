"""The contract of parcel lockers: a new parcel takes the place of the one before it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from cqrs_conformance import values
from cqrs_conformance.contracts import Accepted, Command, Decision, Refused, View, contract


@dataclass(frozen=True, slots=True)
class Locker:
    """A locker; None stands for one that never was."""

    locker: str
    size: str
    parcel: str | None = None
    removed: bool = False


def decide(state: Locker | None, command: Command) -> Decision:
    """Install a locker once, and empty it when there is a parcel in it."""
    if command["type"] == "LockerInstalled":
        return Accepted() if state is None else Refused("the locker is there")
    if state is None or state.removed:
        return Refused("there is no such locker")
    if command["type"] == "ParcelTaken" and state.parcel is None:
        return Refused("the locker is empty")
    return Accepted()


def evolve(state: Locker | None, event: Command) -> Locker:
    """Return the locker after an event."""
    if event["type"] == "LockerInstalled":
        return Locker(event["locker"], event["size"])
    assert state is not None
    if event["type"] == "LockerRemoved":
        return replace(state, removed=True)
    return replace(state, parcel=event.get("parcel"))


def view(state: Locker | None) -> View:
    """Return the view that a query shows; None is no locker."""
    if state is None or state.removed:
        return None
    parcel = {} if state.parcel is None else {"parcel": state.parcel}
    return {"locker": state.locker, "size": state.size, **parcel}


CONTRACT = contract(
    name="lockers", path="/lockers", id_member="locker",
    types={
        "LockerInstalled": {"size": values.text(20)},
        "ParcelPut": {"parcel": values.text(50)},
        "ParcelTaken": {},
        "LockerRemoved": {},
    },
    decide=decide, evolve=evolve, view=view,
)
