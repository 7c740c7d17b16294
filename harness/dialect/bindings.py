"""Bindings: what one play knows of the ids and events of the system, beside the dialect.

A scenario's ids are symbolic where the server makes ids: each is bound to a real one by the reply
to its creation. The event is stored before that reply, so evidence that has an unbound id is kept
back; a creation whose reply was lost leaves such an id for good, and that is no finding.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from harness.core.json_values import same_json
from harness.dialect.conversions import SetUpId
from harness.dialect.expressions import MISSING, SETUP, pointer

NUMBERS = 10**12
"""Ids in the form of numbers are smaller than this, so that JSON parsers keep them exact."""


@dataclass(frozen=True, slots=True)
class SetUp:
    """Something that was set up before the first command: its id, and what tells of it."""

    id: Any
    document: Any = MISSING


@dataclass(slots=True)
class Bindings:
    """The ids and events of one play. ``ids``: the form of ids on the wire.

    ``shared``: the stores have other plays' events as well. ``key_form``: the form of repetition
    keys on the wire; ``keys`` counts those that were made up, and ``play`` tells them from those of
    other plays. ``stored`` are the canonical events in the store, by their place; ``entries`` the
    wire's Detail of published events, by event id. ``sources``: Source and DetailType of the types
    that an entry's Source names.
    """

    ids: str | None = None
    shared: bool = False
    key_form: str | None = None
    keys: int = 0
    play: str = ""
    stored: dict[str, dict[str, Any]] = field(default_factory=dict)
    entries: dict[str, str] = field(default_factory=dict)
    sources: dict[str, tuple[str, str]] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    _wire: dict[str, Any] = field(default_factory=dict)
    _canonical: dict[str, str] = field(default_factory=dict)
    _creations: dict[str, tuple[str | None, str]] = field(default_factory=dict)
    _keys: dict[str, str] = field(default_factory=dict)
    _bound: set[str] = field(default_factory=set)
    _lost: set[str] = field(default_factory=set)
    _unknown: dict[str, None] = field(default_factory=dict)
    _places: dict[str, dict[str, int]] = field(default_factory=dict)
    _matched: set[str] = field(default_factory=set)
    _set_up: dict[str, SetUp] = field(default_factory=dict)
    _met: dict[str, int] = field(default_factory=dict)

    def wire(self, id: str) -> Any:
        """The id as the system knows it: bound, or in the form that its ids have."""
        if id not in self._wire:
            self.name(id, formed(id, self.ids))
        return self._wire[id]

    def canonical(self, wire_id: Any) -> str | None:
        """The scenario's id for one of the system's; None if nothing has told of it."""
        return self._canonical.get(str(wire_id))

    def name(self, id: str, wire_id: Any) -> None:
        """Note that an id of the scenario is that one in the system."""
        self._wire[id] = wire_id
        self._canonical[str(wire_id)] = id

    def create(self, id: str, key: str | None, body: str) -> bool:
        """Begin a creation; False if the id has been created by another command before.

        The same command again is one with the same repetition key. A system that takes commands
        on an id that nobody has created has begun an aggregate by it.
        """
        if id in self._met and id not in self._creations:
            return False
        if id not in self._creations:
            self._creations[id] = (key, body)
            return True
        return key is not None and self._creations[id] == (key, body)

    def created(self, id: str, wire_id: Any) -> None:
        """Bind an id to the one that the server made; the first reply counts."""
        if id not in self._bound:
            self._bound.add(id)
            self.name(id, wire_id)
            self._unknown.pop(str(wire_id), None)

    def not_created(self, id: str) -> None:
        """Note that a creation was refused: it may be tried again, if none is lost."""
        if id not in self._bound and id not in self._lost:
            self._creations.pop(id, None)

    def is_unknown(self, id: str) -> bool:
        """True if the system is to make the id, and no reply has told it yet."""
        return id in self._creations and id not in self._bound and id not in self._lost

    def meet(self, id: str) -> None:
        """Note a command on an id that was never created, until it turns out to be refused."""
        if id not in self._bound:
            self._met[id] = self._met.get(id, 0) + 1

    def not_met(self, id: str) -> None:
        """Note that such a command was refused: nothing is there."""
        left = self._met.pop(id, 0) - 1
        self._met |= {id: left} if left > 0 else {}

    def lost(self, id: str) -> None:
        """Note that a creation got no definite reply: it may have taken effect."""
        self._lost.add(id)

    def is_hidden(self, wire_id: Any) -> bool:
        """True if an unknown id may belong to a creation whose reply has not been seen."""
        if self.shared:
            return True
        self._unknown.setdefault(str(wire_id), None)
        unanswered = len(self._creations) - len(self._bound)
        return list(self._unknown).index(str(wire_id)) < unanswered

    def set_up(self, name: str, made: SetUp) -> None:
        """Note what was set up under a name."""
        self._set_up[name] = made

    def of_set_up(self, reference: str) -> Any:
        """The value of ``setup.NAME`` or ``setup.NAME.PLACE``; MISSING if there is none."""
        name, _, place = reference.removeprefix(SETUP).partition(".")
        found = self._set_up.get(name)
        if found is None:
            return MISSING
        return pointer(place).find(found.document) if place else found.id

    def set_up_id(self, value: Any) -> Any:
        """The id of what was set up by that name; any other value as it is."""
        found = self._set_up.get(value) if isinstance(value, str) else None
        return value if found is None else found.id

    def set_up_names(self, document: Any) -> Any:
        """A document with names in place of the ids that a dialect marks (``SetUpId``)."""
        if isinstance(document, dict):
            return {name: self.set_up_names(value) for name, value in document.items()}
        if isinstance(document, list):
            return [self.set_up_names(value) for value in document]
        if not isinstance(document, SetUpId):
            return document
        names = (name for name, made in self._set_up.items() if str(made.id) == document)
        return next(names, str(document))

    def is_set_up(self, wire_id: Any) -> bool:
        """True if the id is one of what was set up."""
        return any(str(made.id) == str(wire_id) for made in self._set_up.values())

    def wire_ids(self) -> list[str]:
        """The ids that the play has used, as the system knows them."""
        return [str(wire_id) for wire_id in list(self._wire.values())]

    def place(self, id: str, key: str) -> int:
        """The place of an event among those of its aggregate, counted from 1, as they came."""
        places = self._places.setdefault(id, {})
        return places.setdefault(key, len(places) + 1)

    def stored_like(self, event: dict[str, Any]) -> dict[str, Any] | None:
        """The stored event that a published one tells of; each is told once before any is again."""
        alike = [(place, e) for place, e in self.stored.items()
                 if all(n in e and same_json(e[n], v) for n, v in event.items())]
        fresh = [found for found in alike if found[0] not in self._matched]
        for place, found in (fresh or alike[-1:])[:1]:
            self._matched.add(place)
            return found
        return None

    def new_key(self) -> str:
        """A repetition key that no other command has, in this play or in another."""
        self.keys += 1
        return self.wire_key(f"conformance-{self.keys}", own=True)

    def wire_key(self, key: str, *, own: bool = False) -> str:
        """A repetition key in the form that the system's keys have; ``own``: this play's own."""
        return str(formed(f"{self.play}{key}" if own else key, self.key_form))

    def may_create(self, id: str, key: str) -> bool:
        """False if another id is made with that key: to the server it would be the same one."""
        return self._keys.setdefault(key, id) == id


def formed(id: str, form: str | None) -> Any:
    """An id in the form that a system's ids have: uuid, number, or a text with these in braces."""
    if form is None or form in FORMS:
        return FORMS[form or "text"](id)
    return re.sub(r"\{(\w+)\}", lambda part: str(FORMS[part[1]](id)), form)


def _number_of(id: str) -> int:
    return int(hashlib.sha256(id.encode("utf-8", "replace")).hexdigest(), 16) % NUMBERS + 1


FORMS: Mapping[str, Callable[[str], Any]] = MappingProxyType({
    "text": str, "uuid": lambda id: str(uuid.uuid5(uuid.NAMESPACE_OID, id)), "number": _number_of})
