"""An author writes the commands of one drawn scenario and knows which ones the rules accept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import strategies as st

from harness.core.bodies import with_namespace, write_body
from harness.core.commands import Acceptance, Accepted
from harness.core.contract import Contract, Member
from scenarios.generators.commands import simplest_bodies
from scenarios.generators.values import ORDINARY_IDS

Draw = Callable[..., Any]


class Author:
    """Writes commands for one scenario and keeps the state of each aggregate.

    ``lasting``: no accepted command is one after which the rules would accept no other.
    """

    def __init__(
        self,
        draw: Draw,
        contract: Contract,
        ids: Sequence[str] = ORDINARY_IDS,
        *,
        lasting: bool = False,
    ) -> None:
        self._draw, self._contract, self._ids = draw, contract, tuple(ids)
        self._lasting = lasting
        self._states: dict[str, Any] = {}
        self._types = self._swarm(tuple(contract.types))

    def _swarm(self, types: tuple[str, ...]) -> tuple[str, ...]:
        """All types, or all but one; always with the first, which creates an aggregate."""
        left_out = self._draw(st.sampled_from((None, None, *types[1:])))
        return tuple(name for name in types if name != left_out)

    def document(self, kind: str, id: Any) -> dict[str, Any]:
        """A valid command of a type for an id."""
        members = self._contract.types[kind]
        near = self._contract.boundaries(self._state(id), kind)
        document = {"type": kind, self._contract.id_member: id}
        for name, member in members.items():
            if member.required or self._draw(st.booleans()):
                document[name] = self._value(member, near.get(name, ()))
        return document

    def _state(self, id: Any) -> Any:
        """The state of an aggregate after the commands noted; ``id`` may be invalid."""
        aggregate = with_namespace(id) if isinstance(id, str) else ""
        return self._states.get(aggregate, self._contract.initial)

    def _value(self, member: Member, near: Sequence[Any]) -> Any:
        """A valid value; every second time one at the rules' boundary, if there are any."""
        boundary = [value for value in near if member.accepts(value) is Acceptance.MUST]
        often = bool(boundary) and self._draw(st.booleans())
        return self._draw(st.sampled_from(boundary) if often else member.valid)

    def body(self, document: dict[str, Any]) -> str:
        """A document as JSON text."""
        return write_body(document, self._contract.id_member)

    def note(self, body: str) -> bool:
        """Apply a command that was sent; True if the rules accept it."""
        command = self._contract.read(with_namespace(body)).command
        if command is None:
            return False
        aggregate = self._contract.aggregate(command)
        state = self._state(aggregate)
        accepted = isinstance(self._contract.decide(state, command), Accepted)
        if accepted:
            self._states[aggregate] = self._contract.after(state, command)
        return accepted

    def id(self) -> str:
        """One of the scenario's ids."""
        return str(self._draw(st.sampled_from(self._ids)))

    def accepted(self, id: str | None = None) -> str:
        """The body of a command that the rules accept now."""
        chosen = self.id() if id is None else id
        first = self._draw(st.sampled_from(self._types))
        for kind in (first, *self._contract.types):
            body = self.body(self.document(kind, chosen))
            before = dict(self._states)
            if self.note(body) and (not self._lasting or self._goes_on(chosen)):
                return body
            self._states = before
        return body

    def _goes_on(self, id: str) -> bool:
        return any(map(self._would_accept, simplest_bodies(self._contract, id)))

    def any(self, id: str | None = None) -> str:
        """The body of a valid command, accepted or refused by the rules."""
        kind = self._draw(st.sampled_from(self._types))
        body = self.body(self.document(kind, self.id() if id is None else id))
        self.note(body)
        return body

    def refused(self) -> str:
        """The body of a valid command that the rules refuse now, if there is one."""
        chosen, shift = self.id(), self._draw(st.integers(0, len(self._contract.types) - 1))
        kinds = tuple(self._contract.types)
        for kind in kinds[shift:] + kinds[:shift]:
            body = self.body(self.document(kind, chosen))
            if not self._would_accept(body):
                return body
        return body

    def shown(self, id: str) -> frozenset[str]:
        """The members of an aggregate's view."""
        return frozenset(self._contract.view(self._state(id)) or ())

    def gone(self, id: str) -> bool:
        """True if an aggregate existed and has no view any more."""
        return with_namespace(id) in self._states and self._contract.view(self._state(id)) is None

    def ending(self, id: str, within: int = 2) -> list[str]:
        """The bodies of the fewest commands that end an aggregate now; empty if none do."""
        before = dict(self._states)
        for kind in self._contract.types:
            body = self.body(self.document(kind, id))
            if self.note(body) and self.gone(id):
                return [body]
            self._states = dict(before)
        for kind in self._contract.types if within > 1 else ():
            body = self.body(self.document(kind, id))
            later = self.ending(id, within - 1) if self.note(body) else []
            if later:
                return [body, *later]
            self._states = dict(before)
        return []

    def _would_accept(self, body: str) -> bool:
        before = dict(self._states)
        accepted = self.note(body)
        self._states = before
        return accepted
