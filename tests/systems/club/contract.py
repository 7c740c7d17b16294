"""The contract of a club: members join, earn points, and leave."""

from __future__ import annotations

from dataclasses import dataclass, replace

from cqrs_conformance import values
from cqrs_conformance.contracts import Accepted, Command, Decision, Refused, View, contract


@dataclass(frozen=True, slots=True)
class Member:
    """A member; None stands for somebody who is none."""

    member_id: str
    name: str
    points: int = 0


def decide(state: Member | None, command: Command) -> Decision:
    """Take in who is no member, and anything else from who is one."""
    joining = command["type"] == "MemberJoined"
    if joining == (state is None):
        return Accepted()
    return Refused("already a member" if joining else "no such member")


def evolve(state: Member | None, event: Command) -> Member | None:
    """Return the member after an event."""
    if event["type"] == "MemberJoined":
        return Member(event["memberId"], event["name"])
    if state is None or event["type"] == "MemberLeft":
        return None
    return replace(state, points=state.points + int(event["points"]))


def view(state: Member | None) -> View:
    """Return the entry of the list; None is no entry."""
    if state is None:
        return None
    return {"memberId": state.member_id, "name": state.name, "points": state.points}


CONTRACT = contract(
    name="club", path="/club", id_member="memberId",
    types={
        "MemberJoined": {"name": values.text(100)},
        "PointsEarned": {"points": values.number("1", "10000")},
        "MemberLeft": {},
    },
    decide=decide, evolve=evolve, view=view,
)
