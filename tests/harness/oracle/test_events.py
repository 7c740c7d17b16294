"""Hand-made histories of a contract whose commands make several events, or none."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from harness.core.commands import Accepted, Command, Decision, Refused, View
from harness.core.history import Published, Role
from harness.core.violation import Kind
from scenarios.domains import standard
from scenarios.generators import values
from scenarios.generators.commands import accepted_sequences
from tests.harness.histories import Story

State = tuple[tuple[str, ...], bool] | None
"""The seats of a booking, and whether it is full."""


def decide(state: State, command: Command) -> Decision:
    """A booking is begun once; seats are taken until it is full; closing it again is fine."""
    if (command["type"] == "Begin") != (state is None):
        return Refused("it is begun once")
    full = command["type"] == "Take" and state is not None and state[1]
    return Refused("it is full") if full else Accepted()


def events(state: State, command: Command) -> list[Mapping[str, Any]]:
    """The second seat fills a booking; closing a full one changes nothing."""
    if command["type"] == "Begin":
        return [{"type": "Begun"}]
    if command["type"] == "Close":
        return [] if state is not None and state[1] else [{"type": "Filled"}]
    taken = {"type": "Taken", "seat": command["seat"]}
    return [taken, {"type": "Filled"}] if state is not None and state[0] else [taken]


def evolve(state: State, event: Command) -> State:
    """The booking after an event."""
    if state is None:
        return (), False
    if event["type"] == "Filled":
        return state[0], True
    return (*state[0], event["seat"]), state[1]


def view(state: State) -> View:
    """The view of a booking."""
    return None if state is None else {"seats": list(state[0]), "full": state[1]}


CONTRACT = standard.contract(
    name="bookings", path="/bookings", id_member="bookingId",
    types={"Begin": {}, "Take": {"seat": values.name()}, "Close": {}},
    event_types={"Begun": {}, "Taken": {"seat": values.name()}, "Filled": {}},
    decide=decide, events=events, evolve=evolve, view=view,
)
BEGUN, ONE, TWO, FILLED = {"type": "Begun"}, {"type": "Taken", "seat": "1"}, {
    "type": "Taken", "seat": "2"}, {"type": "Filled"}


def story(*stored: Mapping[str, Any]) -> Story:
    """A booking that was begun, of which two seats were taken and which was closed then."""
    found = Story(contract=CONTRACT)
    for version, event in enumerate(stored, 1):
        whole = {"eventId": f"e{version}", "bookingId": "a", "version": version, **event}
        found.store(whole).add(Published(0, "bookings", str(event["type"]), json.dumps(whole),
                                         "bus", Role.COMMAND, 1))
    for command in ({"type": "Begin"}, {"type": "Take", "seat": "1"}, {"type": "Take", "seat": "2"},
                    {"type": "Close"}):
        found.send({"bookingId": "a", **command})
    return found


def kinds(found: Story) -> set[Kind]:
    return {violation.kind for violation in found.violations}


RIGHT = (BEGUN, ONE, TWO, FILLED)


def test_right() -> None:
    """Events are counted, not commands: one command has two of them, and one has none."""
    found = story(*RIGHT).query({"seats": ["1", "2"], "full": True})
    assert found.violations == []


@pytest.mark.parametrize(("stored", "kind"), [
    ((BEGUN, ONE, TWO), Kind.EVENT_MISSING),
    ((BEGUN, ONE, FILLED), Kind.EVENT_MISSING),
    ((*RIGHT, FILLED), Kind.EVENT_EXTRA),
    ((BEGUN, ONE, FILLED, TWO), Kind.VERSIONS),
    ((BEGUN, ONE, {**TWO, "seat": "3"}, FILLED), Kind.EVENT_MEMBERS),
])
def test_wrong(stored: tuple[Mapping[str, Any], ...], kind: Kind) -> None:
    """An event that is missing, too much, out of order or of another seat is found."""
    assert kind in kinds(story(*stored))

@pytest.mark.parametrize(("shown", "right"), [
    ({"seats": ["1", "2"], "full": False}, True), ({"seats": ["1"], "full": True}, False)])
def test_read_between_events(shown: dict[str, Any], right: bool) -> None:
    """A read may show the state between two events of one command, and no other."""
    found = story(*RIGHT).query(shown, "during")
    assert (Kind.READ_NOT_PREFIX not in kinds(found)) is right


def test_generators() -> None:
    """Sequences of accepted commands follow the events that these make."""
    longest = max(accepted_sequences(CONTRACT, 4), key=len)
    assert len(longest) == 4
