"""Events as JSON objects: the same one is stored and published (contract, section 4).

Reading checks as strictly as the front door does. A rule may therefore be loosened later, but a
tightened one needs a new event type: stored events stay for ever.
"""

from collections.abc import Mapping
from typing import Any

from .domain.interface import Command, Domain, Event, InvalidCommandError


class MalformedEventError(Exception):
    """The object is no event of this domain; trying again will not help."""


def record(command: Command, event_id: str, version: int) -> Event:
    """Return the event that says that the command was accepted."""
    return Event(event_id, version, command.type, command.aggregate_id, command.members)


def is_record_of(event: Event, command: Command) -> bool:
    """Tell whether the event is this very command, accepted earlier."""
    return (event.type, event.members) == (command.type, command.members)


def to_detail(event: Event) -> dict[str, Any]:
    """Return the event's JSON object."""
    own = {"eventId": event.event_id, "type": event.type, "version": event.version}
    return {**event.members, **own}


def from_detail(domain: Domain[Any], detail: object) -> Event:
    """Read an event's JSON object; raises MalformedEventError."""
    if not isinstance(detail, Mapping):
        raise MalformedEventError("expected an object")
    event_id, version = detail.get("eventId"), detail.get("version")
    if not isinstance(event_id, str) or not event_id:
        raise MalformedEventError("eventId: expected a text")
    if type(version) is not int or version < 1:  # bool is an int, too
        raise MalformedEventError("version: expected an integer from 1")
    try:
        return record(domain.parse(detail), event_id, version)
    except InvalidCommandError as error:
        raise MalformedEventError(str(error)) from error
