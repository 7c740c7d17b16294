"""The types of a contract: the demands on a domain, as data plus three pure functions.

The harness knows no domain. A contract gives it the members of every command (with
strategies for values that must be accepted and values that must be refused), the decider
(``decide``, ``evolve``), the ``view``, and the requirements an implementation is held to.
Reading a request body against that description is the oracle's only knowledge of the wire.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any
from urllib.parse import quote

from hypothesis import strategies as st

from harness.core.commands import Acceptance, Command, Decision, Flaw, Reading, State, View
from harness.core.history import History, Role
from harness.core.json_values import parse_object
from harness.core.ledger import Ledger
from harness.core.repetition import BY_KEY, Repetition
from harness.core.requirements import Explanation, Requirement
from harness.core.scenario import Scenario
from harness.core.version import Version
from harness.core.violation import Cause, Violation

Play = Callable[[Scenario], History]
Sweep = Callable[[Sequence[Scenario], Play], Iterator[Scenario]]
"""Derives scenarios from short ones; its caller may stop at any of them."""


OVERSIZED_BYTES = 16 * 1024
"""Bodies longer than this may be refused for their size; every plain command is shorter."""


@dataclass(frozen=True, slots=True)
class Member:
    """One member of a command: which values are accepted, and strategies for both kinds.

    ``tricky``: valid values that are often handled wrongly; every run tries each of them.
    """

    accepts: Callable[[Any], Acceptance]
    valid: st.SearchStrategy[Any]
    invalid: st.SearchStrategy[Any]
    required: bool = True
    tricky: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Exploration:
    """The scenarios that explore one requirement.

    Attributes:
        generator: a strategy of scenarios for a contract.
        long: the generator also takes the length of a history, and few examples are enough.
        share: the part of the profile's examples that is drawn; less than 1 where other
            requirements draw the same scenarios, since every history is judged for all of them.
        single, role: for a requirement about batches, a strategy of scenarios that hand the
            function of that role one good queue record.
        short_scenarios, sweep: the sweep derives scenarios from the short ones exhaustively,
            before anything is drawn.
        needs_roles: the requirement is about what IAM roles allow; there is nothing to judge
            where the template describes no role.
        needs_replies: only the reply to a command shows a violation; a queue that takes commands
            gives no reply.
        overlapping: the requirement is about simultaneous invocations of that role, which a FIFO
            queue or a limit of one prevents.
        senseless: why there is nothing to judge under a contract, if nothing ever triggered it.
    """

    generator: Callable[..., st.SearchStrategy[Scenario]]
    long: bool = False
    share: float = 1.0
    single: Callable[[Contract], st.SearchStrategy[Scenario]] | None = None
    role: Role | None = None
    short_scenarios: Callable[[Contract], tuple[Scenario, ...]] | None = None
    sweep: Sweep | None = None
    needs_roles: bool = False
    needs_replies: bool = False
    overlapping: Role | None = None
    senseless: Callable[[Contract], str] = lambda contract: ""


def not_explained(requirement_id: str) -> Explanation | None:
    """A contract that explains none of its requirements."""
    return None


def one_event(state: State, command: Command) -> tuple[Command, ...]:
    """An accepted command is its own event."""
    return (command,)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Contract:
    """A domain and its demands.

    Attributes:
        path: the route of the commands; one aggregate's view is at ``path/{id}``.
        id_member: the member of every command that names its aggregate.
        ids: the form of that member; ``invalid`` draws hostile ids.
        special_ids: ids that are valid and have been somebody's bug (``constructor``).
        types: for each command type its own members, without type and id; the first of them
            brings an aggregate into being.
        initial: the state of an aggregate that nothing has happened to.
        decide, evolve, view: the pure domain; ``evolve`` takes the events one by one.
        events: (state, accepted command) -> the events that it makes, in order, each with its type.
            Without it a command is its own event. An event without the aggregate's id gets it.
        event_types: for each event type its own members; without it those of the commands.
        boundaries: (state, type) -> for some members the values at which the rules turn.
        attribute: (violation, its necessary causes) -> ids of requirements violated.
        explorations: for each requirement, the scenarios that explore it.
        triggers: for each requirement, how often a history exercised it.
        measures: for some requirements, times in seconds that are reported, never judged.
        facts: for some requirements, what is reported beside the verdict: name -> (held, of).
        repetition: how the system recognises a command that is sent again.
        version: the version that clients may send back; the rules of the contract refuse a stale
            one, so ``decide`` and ``view`` have it already.
        not_promised: ids of requirements that the system does not promise; they are listed so,
            and never judged.
        essential: ids of the requirements without which nothing conforms.
        explained: the explanation of a requirement, if it has one.
        query: the name of the query that shows the view, in a dialect that has several; empty: the
            only one, or the first.
        suite: the importable package of the conformance suite.
        reference: ``package:file`` of the template of an implementation that conforms.
    """

    name: str
    path: str
    id_member: str
    ids: Member
    special_ids: tuple[str, ...]
    types: Mapping[str, Mapping[str, Member]]
    initial: State
    decide: Callable[[Any, Command], Decision]
    evolve: Callable[[Any, Command], State]
    view: Callable[[Any], View]
    requirements: tuple[Requirement, ...]
    attribute: Callable[[Violation, frozenset[Cause]], tuple[str, ...]]
    explorations: Mapping[str, Exploration]
    triggers: Mapping[str, Callable[[History, Ledger], int]]
    measures: Mapping[str, Callable[[History], list[float]]]
    facts: Mapping[str, Callable[[Contract, History, Ledger], Mapping[str, tuple[int, int]]]]
    suite: str
    reference: str
    boundaries: Callable[[Any, str], Mapping[str, tuple[Any, ...]]] = lambda state, kind: {}
    events: Callable[[Any, Command], Sequence[Command]] = one_event
    event_types: Mapping[str, Mapping[str, Member]] | None = None
    repetition: Repetition = BY_KEY
    version: Version | None = None
    query: str = ""
    not_promised: frozenset[str] = frozenset()
    essential: frozenset[str] = frozenset()
    explained: Callable[[str], Explanation | None] = not_explained

    def requirement(self, requirement_id: str) -> Requirement:
        """The requirement of that id.

        Raises:
            KeyError: the contract has none.
        """
        for requirement in self.requirements:
            if requirement.id == requirement_id:
                return requirement
        raise KeyError(requirement_id)

    def aggregate(self, command: Command) -> str:
        """The id of the aggregate that a command addresses."""
        return str(command[self.id_member])

    def view_path(self, aggregate: str) -> str:
        """The path of one aggregate's view; a path that ends with a slash gets no second one."""
        return f"{self.path.rstrip('/')}/{quote(aggregate, safe='')}"

    @property
    def stored_types(self) -> Mapping[str, Mapping[str, Member]]:
        """The members of each event type."""
        return self.types if self.event_types is None else self.event_types

    def events_of(self, state: State, command: Command) -> tuple[Command, ...]:
        """The events that an accepted command makes, each with the aggregate's id."""
        if self.events is one_event:
            return (command,)
        named = {self.id_member: command[self.id_member]}
        return tuple({**named, **event} for event in self.events(state, command))

    def after(self, state: State, command: Command) -> State:
        """The state after an accepted command."""
        return reduce(self.evolve, self.events_of(state, command), state)

    def named_members(self) -> frozenset[str]:
        """Every member the contract names, in commands or stored events."""
        every = (*self.types.values(), *self.stored_types.values())
        own = {name for members in every for name in members}
        return frozenset(own | {self.id_member, "type"})

    def read(self, body: str | None) -> Reading:
        """Read a request body as the contract does; ``body`` is text as sent, or absent."""
        document = parse_object(body)
        if document is None:
            return Reading(None, Acceptance.MUST_NOT, Flaw.BODY)
        reading = self._read_object(document)
        oversized = body is not None and len(body.encode("utf-8", "replace")) > OVERSIZED_BYTES
        if oversized and reading.acceptance is Acceptance.MUST:
            return Reading(reading.command, Acceptance.MAY, Flaw.SIZE)
        return reading

    def _read_object(self, document: dict[str, Any]) -> Reading:
        members = self.types.get(document["type"]) if _text(document.get("type")) else None
        if members is None:
            return Reading(None, Acceptance.MUST_NOT, Flaw.TYPE)
        id_accepted = self.ids.accepts(document.get(self.id_member))
        if id_accepted is Acceptance.MUST_NOT:
            return Reading(None, Acceptance.MUST_NOT, Flaw.ID)
        judged = (_judge(name, m, document) for name, m in members.items())
        accepted = min((id_accepted, *judged), key=_strictness)
        if accepted is Acceptance.MUST_NOT:
            return Reading(None, Acceptance.MUST_NOT, Flaw.MEMBER)
        return self._with_known_members(document, members, accepted)

    def wrong_members(self, body: str | None) -> tuple[str, ...]:
        """The members because of which a command in plain form must be refused."""
        document = parse_object(body) or {}
        members = self.types.get(str(document.get("type")), {})
        return tuple(name for name, member in members.items()
                     if _judge(name, member, document) is Acceptance.MUST_NOT)

    def _with_known_members(
        self, document: dict[str, Any], members: Mapping[str, Member], accepted: Acceptance
    ) -> Reading:
        known = {"type", self.id_member, *members}
        command = {name: value for name, value in document.items() if name in known}
        if known >= document.keys():
            return Reading(command, accepted, None)
        return Reading(command, Acceptance.MAY, Flaw.UNKNOWN_MEMBER)


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _judge(name: str, member: Member, document: dict[str, Any]) -> Acceptance:
    if name in document:
        return member.accepts(document[name])
    return Acceptance.MUST_NOT if member.required else Acceptance.MUST


def _strictness(acceptance: Acceptance) -> int:
    return (Acceptance.MUST_NOT, Acceptance.MAY, Acceptance.MUST).index(acceptance)


