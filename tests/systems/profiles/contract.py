"""The contract of profiles: a change names the version of the profile that its client has seen."""

from __future__ import annotations

from dataclasses import dataclass, replace

from cqrs_conformance import values
from cqrs_conformance.contracts import (
    Accepted,
    Command,
    Decision,
    Refused,
    Repetition,
    Version,
    View,
    contract,
)


@dataclass(frozen=True, slots=True)
class Profile:
    """A profile; None stands for one that is not there."""

    profile_id: str
    name: str
    email: str | None = None


def decide(state: Profile | None, command: Command) -> Decision:
    """Create a profile that is not there, and change or delete one that is."""
    if (state is None) == (command["type"] == "ProfileCreated"):
        return Accepted()
    return Refused("there is none" if state is None else "there is one")


def evolve(state: Profile | None, event: Command) -> Profile | None:
    """Return the profile after an event."""
    if event["type"] == "ProfileCreated":
        return Profile(event["profileId"], event["name"])
    if state is None or event["type"] == "ProfileDeleted":
        return None
    return replace(state, email=event["email"])


def view(state: Profile | None) -> View:
    """Return the view that a query shows; None is 404."""
    if state is None:
        return None
    email = {} if state.email is None else {"email": state.email}
    return {"profileId": state.profile_id, "name": state.name, **email}


CONTRACT = contract(
    name="profiles", path="/profiles", id_member="profileId",
    types={
        "ProfileCreated": {"name": values.text(80)},
        "EmailChanged": {"email": values.text(120)},
        "ProfileDeleted": {},
    },
    decide=decide, evolve=evolve, view=view, repetition=Repetition.none(),
    version=Version("seen", shown="version", required=True),
)
