"""The contract of tanks: they are filled and drained, and neither overflow nor run dry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from cqrs_conformance import values
from cqrs_conformance.contracts import Accepted, Command, Decision, Refused, View, contract

MOST = 5000


@dataclass(frozen=True, slots=True)
class Tank:
    """A tank that is there; None stands for none."""

    tank_id: str
    name: str
    level: int = 0


def decide(state: Tank | None, command: Command) -> Decision:
    """Register a tank once, and keep its level between nothing and the most."""
    kind = command["type"]
    if kind == "TankRegistered":
        return Accepted() if state is None else Refused("there is one")
    if state is None:
        return Refused("there is none")
    if kind == "Filled" and state.level + command["litres"] > MOST:
        return Refused("it would overflow")
    if kind == "Drained" and command["litres"] > state.level:
        return Refused("there is not so much in it")
    return Accepted()


def evolve(state: Tank | None, event: Command) -> Tank | None:
    """Return the tank after an event."""
    kind = event["type"]
    if kind == "TankRegistered":
        return Tank(event["tankId"], event["name"])
    if state is None or kind == "Scrapped":
        return None
    sign = 1 if kind == "Filled" else -1
    return replace(state, level=state.level + sign * int(event["litres"]))


def view(state: Tank | None) -> View:
    """Return the view that a query shows; None is 404."""
    if state is None:
        return None
    return {"tankId": state.tank_id, "name": state.name, "level": state.level}


def boundaries(state: Tank | None, kind: str) -> Mapping[str, tuple[int, ...]]:
    """Return the litres at which the rules turn."""
    if state is None or kind not in ("Filled", "Drained"):
        return {}
    full = MOST - state.level if kind == "Filled" else state.level
    return {"litres": tuple(litres for litres in (full, full + 1) if 1 <= litres <= MOST)}


CONTRACT = contract(
    name="tanks", path="/tanks", id_member="tankId",
    types={
        "TankRegistered": {"name": values.text(60)},
        "Filled": {"litres": values.number("1", str(MOST))},
        "Drained": {"litres": values.number("1", str(MOST))},
        "Scrapped": {},
    },
    decide=decide, evolve=evolve, view=view, boundaries=boundaries,
)
