"""The contract of tickets: they are opened, commented on, and closed for good."""

from __future__ import annotations

from dataclasses import dataclass, replace

from cqrs_conformance import values
from cqrs_conformance.contracts import Accepted, Command, Decision, Refused, View, contract


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket that was opened; None stands for one that never was."""

    ticket_id: str
    subject: str
    comments: tuple[tuple[str, str], ...] = ()
    closed: bool = False


def decide(state: Ticket | None, command: Command) -> Decision:
    """Accept a ticket once, and anything else while it is open."""
    if command["type"] == "TicketOpened":
        return Accepted() if state is None else Refused("the ticket is there")
    if state is None or state.closed:
        return Refused("the ticket is not open")
    return Accepted()


def evolve(state: Ticket | None, event: Command) -> Ticket:
    """Return the ticket after an event."""
    if event["type"] == "TicketOpened":
        return Ticket(event["ticketId"], event["subject"])
    assert state is not None
    if event["type"] == "TicketClosed":
        return replace(state, closed=True)
    return replace(state, comments=(*state.comments, (event["author"], event["text"])))


def view(state: Ticket | None) -> View:
    """Return the view that a query shows; None is 404."""
    if state is None or state.closed:
        return None
    comments = [{"author": author, "text": text} for author, text in state.comments]
    return {"ticketId": state.ticket_id, "subject": state.subject, "comments": comments}


CONTRACT = contract(
    name="tickets", path="/tickets", id_member="ticketId",
    types={
        "TicketOpened": {"subject": values.text(200)},
        "CommentAdded": {"author": values.name(), "text": values.text(500)},
        "TicketClosed": {},
    },
    decide=decide, evolve=evolve, view=view,
)
