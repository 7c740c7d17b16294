"""The contract of notes: they are written, written anew, and removed."""

from __future__ import annotations

from dataclasses import dataclass

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
class Note:
    """A note; None stands for one that is not there."""

    title: str
    text: str


def decide(state: Note | None, command: Command) -> Decision:
    """Write at any time, and remove what is there."""
    if command["type"] == "NoteRemoved" and state is None:
        return Refused("no such note")
    return Accepted()


def evolve(state: Note | None, event: Command) -> Note | None:
    """Return the note after an event."""
    if event["type"] == "NoteRemoved":
        return None
    return Note(event["title"], event["text"])


def view(state: Note | None) -> View:
    """Return the view that a query shows; None is 404."""
    return None if state is None else {"title": state.title, "text": state.text}


CONTRACT = contract(
    name="notes", path="/notes", id_member="noteId",
    types={
        "NoteWritten": {"title": values.text(60), "text": values.text(400)},
        "NoteRemoved": {},
    },
    decide=decide, evolve=evolve, view=view, repetition=Repetition.by_content(),
)
