"""The contract of meters: they are installed, read, and removed, and never run backwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from cqrs_conformance import values
from cqrs_conformance.contracts import Accepted, Command, Decision, Refused, View, contract


@dataclass(frozen=True, slots=True)
class Meter:
    """A meter that was installed; None stands for one that never was."""

    meter_id: str
    place: str
    value: int = 0
    removed: bool = False


def decide(state: Meter | None, command: Command) -> Decision:
    """Install a meter once, and take readings that are not less than the last one."""
    if command["type"] == "MeterInstalled":
        return Accepted() if state is None else Refused("it is there")
    if state is None or state.removed:
        return Refused("there is none")
    if command["type"] == "MeterRead" and command["value"] < state.value:
        return Refused("a meter does not run backwards")
    return Accepted()


def evolve(state: Meter | None, event: Command) -> Meter:
    """Return the meter after an event."""
    if event["type"] == "MeterInstalled":
        return Meter(event["meterId"], event["place"])
    assert state is not None
    if event["type"] == "MeterRemoved":
        return replace(state, removed=True)
    return replace(state, value=int(event["value"]))


def view(state: Meter | None) -> View:
    """Return the view that a query shows; None is 404."""
    if state is None or state.removed:
        return None
    return {"meterId": state.meter_id, "place": state.place, "value": state.value}


def boundaries(state: Meter | None, kind: str) -> Mapping[str, tuple[Any, ...]]:
    """Return the readings at which the rule turns."""
    if state is None or kind != "MeterRead" or state.value < 2:
        return {}
    return {"value": (state.value - 1, state.value)}


CONTRACT = contract(
    name="meters", path="/meters", id_member="meterId",
    types={
        "MeterInstalled": {"place": values.text(100)},
        "MeterRead": {"value": values.number("1", "1000000")},
        "MeterRemoved": {},
    },
    decide=decide, evolve=evolve, view=view, boundaries=boundaries,
)
