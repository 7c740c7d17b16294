"""The contract of rooms: they are opened, their seats are booked, and they are closed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from cqrs_conformance import values
from cqrs_conformance.contracts import Accepted, Command, Decision, Refused, View, contract


@dataclass(frozen=True, slots=True)
class Room:
    """An open room; None stands for one that is not open."""

    room_id: str
    title: str
    seats: int
    free: int


def decide(state: Room | None, command: Command) -> Decision:
    """Open a room that is not open, and book seats that are free."""
    if command["type"] == "RoomOpened":
        return Accepted() if state is None else Refused("the room is open")
    if state is None:
        return Refused("no such room")
    if command["type"] == "SeatsBooked" and command["seats"] > state.free:
        return Refused("not so many seats are free")
    return Accepted()


def evolve(state: Room | None, event: Command) -> Room | None:
    """Return the room after an event."""
    if event["type"] == "RoomOpened":
        seats = int(event["seats"])
        return Room(event["roomId"], event["title"], seats, seats)
    if state is None or event["type"] == "RoomClosed":
        return None
    return replace(state, free=state.free - int(event["seats"]))


def view(state: Room | None) -> View:
    """Return the view that a query shows; None is no room."""
    if state is None:
        return None
    return {"roomId": state.room_id, "title": state.title, "seats": state.seats,
            "free": state.free}


def boundaries(state: Room | None, kind: str) -> Mapping[str, tuple[Any, ...]]:
    """Return the numbers of seats at which the rule on booking turns."""
    if state is None or kind != "SeatsBooked":
        return {}
    return {"seats": (state.free, state.free + 1)}


SEATS = values.number("1", "500")
CONTRACT = contract(
    name="rooms", path="/rooms", id_member="roomId",
    types={
        "RoomOpened": {"title": values.text(80), "seats": SEATS},
        "SeatsBooked": {"seats": SEATS},
        "RoomClosed": {},
    },
    decide=decide, evolve=evolve, view=view, boundaries=boundaries,
)
