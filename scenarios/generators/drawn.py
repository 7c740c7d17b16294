"""Scenario generators: they make a requirement's trigger likely, for any contract.

Commands go to a small pool of ids, so that they meet. Each scenario leaves out some command
types and some kinds of values altogether ("swarm testing"): rare combinations turn up because
the usual ones are sometimes missing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import strategies as st

from harness.core.bodies import with_namespace, write_body
from harness.core.commands import Acceptance, Accepted
from harness.core.contract import Contract, Member
from harness.core.faults import FaultKind
from harness.core.json_values import parse_json, to_json
from harness.core.scenario import (
    Batch,
    ColdStart,
    Concurrently,
    Deliver,
    Drop,
    Fault,
    Hold,
    Query,
    Rebuild,
    Redeliver,
    Scenario,
    Send,
    SendBatch,
    Settle,
    Step,
)
from scenarios.generators.hostile import (
    HEADERS,
    KEYS,
    NOT_OBJECTS,
    NOT_TYPES,
    SIZES,
    UNKNOWN,
    misspelt,
    padded,
    poisons,
    spaced,
)
from scenarios.generators.short import simplest_bodies
from scenarios.generators.values import LONG_ID, LOOKALIKE_IDS, ORDINARY_IDS, QUERIED_IDS

Draw = Callable[..., Any]


class Author:
    """Writes commands for one scenario, keeping track of what the rules would say.

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
        """All types, or all but one: never without the first, or nothing would exist."""
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
        """The state of an aggregate after the commands noted; ``id`` may be no id at all."""
        aggregate = with_namespace(id) if isinstance(id, str) else ""
        return self._states.get(aggregate, self._contract.initial)

    def _value(self, member: Member, near: Sequence[Any]) -> Any:
        """A valid value; every second time one that the rules turn at, if there are any."""
        telling = [value for value in near if member.accepts(value) is Acceptance.MUST]
        often = bool(telling) and self._draw(st.booleans())
        return self._draw(st.sampled_from(telling) if often else member.valid)

    def body(self, document: dict[str, Any]) -> str:
        """A document as JSON text."""
        return write_body(document, self._contract.id_member)

    def note(self, body: str) -> bool:
        """Remember a command that was sent; whether the rules accept it."""
        command = self._contract.read(with_namespace(body)).command
        if command is None:
            return False
        aggregate = self._contract.aggregate(command)
        state = self._state(aggregate)
        accepted = isinstance(self._contract.decide(state, command), Accepted)
        if accepted:
            self._states[aggregate] = self._contract.evolve(state, command)
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
        """The body of a valid command, whatever the rules say to it."""
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
        """Whether an aggregate that was has no view any more."""
        return with_namespace(id) in self._states and self._contract.view(self._state(id)) is None

    def ending(self, id: str, within: int = 2) -> list[str]:
        """The bodies of so many commands at most that end an aggregate now; empty if none do."""
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


def _count(draw: Draw, low: int, high: int) -> range:
    return range(draw(st.integers(low, high)))


def _sometimes(draw: Draw, steps: st.SearchStrategy[Step]) -> list[Step]:
    return [draw(steps)] if draw(st.booleans()) else []


def _ids_queried(ids: Sequence[str]) -> st.SearchStrategy[Step]:
    return st.sampled_from(tuple(ids)).map(Query)


def _sequence(
    draw: Draw,
    contract: Contract,
    between: st.SearchStrategy[Step],
    *,
    ids: Sequence[str] = ORDINARY_IDS[:2],
    size: tuple[int, int] = (1, 6),
    tail: st.SearchStrategy[Step] | None = None,
) -> Scenario:
    """Accepted commands with steps between them, and some more after the last."""
    author = Author(draw, contract, ids)
    steps: list[Step] = []
    for _ in _count(draw, *size):
        steps.append(Send(author.accepted()))
        steps += _sometimes(draw, between)
    for _ in _count(draw, 0, 3 if tail is not None else 0):
        steps.append(draw(tail))
    return Scenario(tuple(steps))


PICK = st.integers(0, 3)


def plain(contract: Contract) -> st.SearchStrategy[Scenario]:
    """Accepted commands and nothing else that could go wrong."""
    return st.one_of(_read_now_and_then(contract), _lives(contract))


@st.composite
def _lives(draw: Draw, contract: Contract) -> Scenario:
    """An aggregate that ends, if it can, and what may come after that."""
    author = Author(draw, contract, ("~a",))
    first = _lifetime(draw, contract, author)
    return Scenario(tuple(map(Send, [*first, *_lifetime(draw, contract, author)])))


@st.composite
def _read_now_and_then(draw: Draw, contract: Contract) -> Scenario:
    """Accepted commands, settled and read now and then."""
    between = st.one_of(st.just(Settle()), _ids_queried(ORDINARY_IDS[:2]))
    return _sequence(draw, contract, between, ids=_one_or_two(draw), size=(1, 7))


@st.composite
def any_commands(draw: Draw, contract: Contract) -> Scenario:
    """Valid commands, accepted or not, also on ids that have been somebody's bug.

    Now and then the same body comes twice: without a key that is two commands.
    """
    special = draw(st.integers(0, 5)) == 0
    ids = (draw(st.sampled_from((LONG_ID, *contract.special_ids))),) if special else ORDINARY_IDS
    author = Author(draw, contract, ids)
    steps: list[Step] = []
    for _ in _count(draw, 1, 6):
        body = author.any() if draw(st.booleans()) else author.accepted()
        again = draw(st.integers(0, 4)) == 0 and author.note(body)
        steps += [Send(body)] * (2 if again else 1)
        steps += _sometimes(draw, st.one_of(st.just(Settle()), _ids_queried(ids)))
    return Scenario(tuple(steps), fresh=special)


@st.composite
def refusals(draw: Draw, contract: Contract) -> Scenario:
    """Commands that the rules refuse, among some that they accept."""
    author = Author(draw, contract, ORDINARY_IDS[:2])
    steps: list[Step] = []
    for _ in _count(draw, 1, 5):
        steps.append(Send(author.refused() if draw(st.booleans()) else author.accepted()))
    steps.append(Send(author.refused()))
    return Scenario(tuple(steps))


def _around(draw: Draw, contract: Contract, odd: Callable[[Author], Step]) -> Scenario:
    """Up to three accepted commands, with odd steps among and after them."""
    author = Author(draw, contract, ORDINARY_IDS[:2])
    steps: list[Step] = []
    for _ in _count(draw, 0, 3):
        steps.append(Send(author.accepted()))
        if draw(st.booleans()):
            steps.append(odd(author))
    steps.append(odd(author))
    return Scenario(tuple(steps))


@st.composite
def invalid_bodies(draw: Draw, contract: Contract) -> Scenario:
    """Bodies that are no JSON object, encoded by API Gateway now and then."""

    def odd(author: Author) -> Step:
        choice = draw(st.integers(0, 5))
        if choice == 0:
            return Send("[" + author.body(author.document(*_some(draw, contract, author))) + "]")
        if choice == 1:
            return Send(to_json(author.body(author.document(*_some(draw, contract, author)))))
        if choice == 2:
            whole = author.body(author.document(*_some(draw, contract, author)))
            return Send(whole[: draw(st.integers(1, len(whole) - 1))])
        return Send(draw(st.sampled_from(NOT_OBJECTS)))

    return _around(draw, contract, odd)


def _some(draw: Draw, contract: Contract, author: Author) -> tuple[str, str]:
    return draw(st.sampled_from(tuple(contract.types))), author.id()


@st.composite
def invalid_types(draw: Draw, contract: Contract) -> Scenario:
    """Commands whose type is unknown, misspelt or missing."""

    def odd(author: Author) -> Step:
        kind, id = _some(draw, contract, author)
        document = author.document(kind, id)
        choice = draw(st.sampled_from(("missing", *misspelt(kind), *NOT_TYPES)))
        if choice == "missing":
            del document["type"]
        else:
            document["type"] = choice
        return Send(author.body(document))

    return _around(draw, contract, odd)


@st.composite
def invalid_members(draw: Draw, contract: Contract) -> Scenario:
    """Commands with one member missing, ill-typed or out of range."""
    kinds = tuple(name for name, members in contract.types.items() if members)

    def odd(author: Author) -> Step:
        kind = draw(st.sampled_from(kinds))
        document = author.document(kind, author.id())
        name = draw(st.sampled_from(tuple(contract.types[kind])))
        member = contract.types[kind][name]
        if member.required and draw(st.integers(0, 3)) == 0:
            document.pop(name, None)
        else:
            document[name] = draw(member.invalid)
        return Send(author.body(document))

    return _around(draw, contract, odd)


@st.composite
def hostile_ids(draw: Draw, contract: Contract) -> Scenario:
    """Commands and queries for ids that nobody should be able to use."""

    def odd(author: Author) -> Step:
        if draw(st.integers(0, 2)) == 0:
            return Query(draw(st.sampled_from(QUERIED_IDS)))
        kind = draw(st.sampled_from(tuple(contract.types)))
        document = author.document(kind, draw(contract.ids.invalid))
        if draw(st.integers(0, 9)) == 0:
            del document[contract.id_member]
        return Send(author.body(document))

    scenario = _around(draw, contract, odd)
    return Scenario((*scenario.steps, odd(Author(draw, contract)), Query("~a")))


@st.composite
def oversized(draw: Draw, contract: Contract) -> Scenario:
    """Valid commands made big, by white space or by a member that nobody asked for."""

    def odd(author: Author) -> Step:
        made_big = draw(st.sampled_from((padded, spaced)))
        return Send(made_big(author.accepted(), draw(st.sampled_from(SIZES))))

    return _around(draw, contract, odd)


@st.composite
def unknown_members(draw: Draw, contract: Contract) -> Scenario:
    """Valid commands with members that the contract does not name for them.

    It may name them for other commands, or show them in a view.
    """
    foreign = {name for members in contract.types.values() for name in members}

    def odd(author: Author) -> Step:
        document = parse_json(author.accepted())
        names = draw(st.lists(st.sampled_from(tuple(UNKNOWN)), min_size=1, max_size=3, unique=True))
        for name in names:
            document[name] = UNKNOWN[name]
        shown = author.shown(document[contract.id_member]) - foreign
        own = document.keys() | contract.types[document["type"]].keys()
        others = sorted(shown - own) + sorted(foreign - own)
        if others and draw(st.booleans()):
            document[others[0]] = "made-up"
        return Send(author.body(document))

    return _around(draw, contract, odd)


@st.composite
def base64_bodies(draw: Draw, contract: Contract) -> Scenario:
    """Commands that API Gateway passes base64-encoded, good ones and bad ones."""
    author = Author(draw, contract, ORDINARY_IDS[:2])
    steps: list[Step] = []
    for _ in _count(draw, 1, 4):
        steps.append(Send(author.accepted(), base64=draw(st.booleans())))
    steps += [Send(draw(st.sampled_from(NOT_OBJECTS[2:20])), base64=True)]
    steps += [Send(author.accepted(), base64=True)]
    return Scenario(tuple(steps))


@st.composite
def unknown_ids(draw: Draw, contract: Contract) -> Scenario:
    """Queries for ids that nothing was ever sent for, beside some that exist."""
    never = ("~never", "~aa", "~A", "~", LONG_ID, "~a.", "~.0")
    between = st.sampled_from(never).map(Query)
    scenario = _sequence(draw, contract, between, ids=("~a", "~b"), size=(0, 3))
    return Scenario((*scenario.steps, Settle(), Query(draw(st.sampled_from(never)))))


@st.composite
def bad_requests(draw: Draw, contract: Contract) -> Scenario:
    """Two or three kinds of requests that get an error reply, one after the other."""
    kinds = (invalid_bodies, invalid_types, invalid_members, hostile_ids, refusals, reused_keys,
             unknown_ids)
    chosen = draw(st.lists(st.sampled_from(kinds), min_size=2, max_size=3, unique=True))
    return Scenario(tuple(step for kind in chosen for step in draw(kind(contract)).steps))


@st.composite
def retries(draw: Draw, contract: Contract) -> Scenario:
    """Commands sent again with their Idempotency-Key, at once, later, and after a deletion."""
    author = Author(draw, contract, ORDINARY_IDS[:2])
    steps: list[Step] = []
    for number in _count(draw, 1, 4):
        key = f"{draw(st.sampled_from(KEYS))[:60]}{number}"
        sent = Send(author.accepted(), key=key, header=draw(st.sampled_from(HEADERS)))
        steps.append(sent)
        steps += _sometimes(draw, st.sampled_from((Settle(), ColdStart(), sent)))
    keyed = [step for step in steps if isinstance(step, Send)]
    for _ in _count(draw, 1, 2):
        again = draw(st.sampled_from(keyed))
        steps.append(Send(again.body, key=again.key, header=draw(st.sampled_from(HEADERS))))
        steps += _sometimes(draw, st.just(Send(author.accepted())))
    return Scenario(tuple(steps))


@st.composite
def reused_keys(draw: Draw, contract: Contract) -> Scenario:
    """One Idempotency-Key for two different commands on one aggregate; on two it is free."""
    author = Author(draw, contract, ORDINARY_IDS[:2])
    steps: list[Step] = [Send(author.accepted("~a"), key="k")]
    steps += [Send(author.accepted()) for _ in _count(draw, 0, 2)]
    other = author.accepted("~b")
    if draw(st.booleans()):
        steps.append(Send(other, key="k"))
    first = steps[0]
    assert isinstance(first, Send)
    for _ in _count(draw, 1, 2):
        body = author.any("~a")
        if body != first.body:
            steps.append(Send(body, key="k", header=draw(st.sampled_from(HEADERS))))
    return Scenario(tuple(steps))


@st.composite
def command_batches(draw: Draw, contract: Contract) -> Scenario:
    """Commands on different aggregates in one batch; some invalid, some refused."""
    ids = ("~a", "~b", "~c", "~d", "~e")
    author = Author(draw, contract, ids)
    steps: list[Step] = [Send(author.accepted(id)) for id in ids if draw(st.integers(0, 2)) == 0]
    size = draw(st.integers(2, len(ids)))
    bodies = [author.accepted(id) for id in draw(st.permutations(ids))[:size]]
    if draw(st.booleans()):
        odd = draw(st.sampled_from(("null", "{", '{"type": "Nothing"}', "[]", "")))
        bodies.insert(draw(st.integers(0, size)), odd)
    return Scenario((*steps, SendBatch(tuple(bodies))))


@st.composite
def long_histories(draw: Draw, contract: Contract, length: int) -> Scenario:
    """Many commands on one aggregate, beside another one."""
    kinds = draw(st.integers(0, 1))
    author = Author(draw, contract, ("~a",), lasting=True)
    steps: list[Step] = [Send(author.accepted("~a")) for _ in range(length)]
    steps.insert(len(steps) // 2, Send(author.accepted("~b")))
    if kinds:
        steps.insert(draw(st.integers(9, length)), Settle())
    return Scenario(tuple(steps))


@st.composite
def lookalikes(draw: Draw, contract: Contract) -> Scenario:
    """Aggregates whose ids are prefixes of each other, or differ by case or padding only."""
    longer = draw(st.lists(st.sampled_from(LOOKALIKE_IDS), min_size=1, max_size=3, unique=True))
    ids = tuple(dict.fromkeys(("~a", *longer)))
    author = Author(draw, contract, ids)
    order = draw(st.permutations(ids))
    steps: list[Step] = [Send(author.accepted(id)) for id in order]
    for _ in _count(draw, 0, 4):
        steps += _sometimes(draw, st.one_of(st.just(Settle()), _ids_queried(ids)))
        steps.append(Send(author.accepted()))
    return Scenario(tuple(steps))


@st.composite
def duplicates(draw: Draw, contract: Contract) -> Scenario:
    """Events delivered again: at once, and when newer ones have been."""
    between = st.one_of(st.just(Settle()), st.builds(Redeliver, PICK), st.just(Deliver()))
    again = st.builds(Redeliver, PICK)
    scenario = _sequence(draw, contract, between, ids=_one_or_two(draw), size=(1, 4))
    return Scenario((*scenario.steps, Settle(), draw(again), *_sometimes(draw, again)))


def _one_or_two(draw: Draw) -> tuple[str, ...]:
    return ORDINARY_IDS[: draw(st.integers(1, 2))]


@st.composite
def reorderings(draw: Draw, contract: Contract) -> Scenario:
    """Several events on their way at once, delivered in another order than published."""
    out_of_order = st.one_of(st.builds(Deliver, PICK), st.builds(Hold, PICK))
    scenario = _sequence(draw, contract, out_of_order, ids=_one_or_two(draw), size=(2, 5))
    late = tuple(draw(out_of_order) for _ in _count(draw, 1, 3))
    return Scenario((*scenario.steps, Deliver(draw(st.integers(1, 3))), *late))


@st.composite
def resurrections(draw: Draw, contract: Contract) -> Scenario:
    """Late and repeated events of aggregates that end, and perhaps begin again."""
    author = Author(draw, contract, ("~a",))
    disturb = st.one_of(st.builds(Deliver, PICK), st.builds(Redeliver, PICK), st.builds(Hold, PICK),
                        st.just(Settle()))
    steps: list[Step] = []
    for body in _lifetime(draw, contract, author):
        steps.append(Send(body))
        steps += _sometimes(draw, disturb)
    steps += [draw(disturb), *_sometimes(draw, st.just(Settle()))]
    steps += [draw(st.builds(Redeliver, PICK)) for _ in _count(draw, 1, 2)]
    if draw(st.integers(0, 3)) == 0:
        steps.append(Send(author.any("~a")))
    return Scenario(tuple(steps))


def _lifetime(draw: Draw, contract: Contract, author: Author) -> list[str]:
    """Commands that bring an aggregate into being and, if they can, to its end."""
    bodies: list[str] = []
    for _ in range(8):
        bodies.append(author.accepted("~a"))
        if len(bodies) > 1 and author.gone("~a"):
            return bodies
        ending = author.ending("~a") if draw(st.integers(0, 2)) else []
        if ending:
            return [*bodies, *ending]
    return bodies


@st.composite
def losses(draw: Draw, contract: Contract) -> Scenario:
    """Deliveries that are lost for a while."""
    between = st.one_of(st.just(Settle()), st.builds(Drop, PICK), st.builds(Deliver, PICK))
    author = Author(draw, contract, _one_or_two(draw))
    steps: list[Step] = []
    for _ in _count(draw, 1, 4):
        steps.append(Send(author.accepted()))
        steps += _sometimes(draw, between)
    steps += [Send(author.accepted()), Drop(draw(PICK)), *_sometimes(draw, between)]
    return Scenario(tuple(steps))


@st.composite
def poisoned(draw: Draw, contract: Contract) -> Scenario:
    """Events that nobody can handle, among good ones."""
    poison = st.sampled_from(poisons(contract))
    between = st.one_of(poison, poison, st.just(Settle()))
    scenario = _sequence(draw, contract, between, size=(1, 3))
    return Scenario((*scenario.steps, draw(poison), *_sometimes(draw, st.just(Settle()))))


@st.composite
def rebuilds(draw: Draw, contract: Contract) -> Scenario:
    """The read model is wiped and made again from the store, and life goes on."""
    between = st.one_of(st.just(Settle()), st.just(Rebuild()))
    scenario = _sequence(draw, contract, between, ids=ORDINARY_IDS, size=(1, 5))
    author = Author(draw, contract, ("~c",))
    after = [Send(author.accepted("~c"))] if draw(st.integers(0, 3)) == 0 else []
    return Scenario((*scenario.steps, Rebuild(), *after))


@st.composite
def neighbours(draw: Draw, contract: Contract) -> Scenario:
    """Several aggregates side by side, their commands interleaved."""
    ids = ORDINARY_IDS
    between = st.one_of(st.builds(Deliver, PICK), st.just(Settle()), _ids_queried(ids))
    author = Author(draw, contract, ids)
    first: list[Step] = [Send(author.accepted(id)) for id in ids[:2]]
    more = _sequence(draw, contract, between, ids=ids, size=(0, 4))
    return Scenario((*first, *more.steps))


@st.composite
def event_batches(draw: Draw, contract: Contract) -> Scenario:
    """Several events in one batch, with a record that cannot be handled now and then.

    An event may be missing before them, so that a record fails for a while.
    """
    author = Author(draw, contract, _one_or_two(draw))
    steps: list[Step] = [Send(author.accepted()) for _ in range(draw(st.integers(2, 5)))]
    steps += _sometimes(draw, st.builds(Hold, PICK))
    size = draw(st.integers(2, 5))
    poison = draw(st.one_of(st.none(), st.integers(0, size)))
    return Scenario((*steps, Batch(size, poison), *_sometimes(draw, st.just(Batch(2)))))


@st.composite
def reads_on_the_way(draw: Draw, contract: Contract) -> Scenario:
    """Queries while events are still on their way, delivered in any order."""
    ids = _one_or_two(draw)
    author = Author(draw, contract, ids)
    move = st.one_of(st.just(Deliver()), st.builds(Deliver, PICK), st.builds(Redeliver, PICK),
                     st.just(Settle()))
    steps: list[Step] = []
    for _ in _count(draw, 1, 4):
        steps.append(Send(author.accepted()))
        if draw(st.booleans()):
            steps += [draw(move), Query(author.id())]
    for _ in _count(draw, 1, 3):
        steps += [draw(move), Query(author.id())]
    return Scenario(tuple(steps))


@st.composite
def endings(draw: Draw, contract: Contract) -> Scenario:
    """Aggregates that end, queried before and after."""
    author = Author(draw, contract, ("~a",))
    steps: list[Step] = []
    for body in _lifetime(draw, contract, author):
        steps.append(Send(body))
        steps += _sometimes(draw, st.just(Settle()))
    return Scenario((*steps, Settle(), Query("~a")))


@st.composite
def warm_and_cold(draw: Draw, contract: Contract) -> Scenario:
    """Commands of every kind through environments that stay warm, or are started anew."""
    author = Author(draw, contract, ORDINARY_IDS)
    steps: list[Step] = []
    if draw(st.integers(0, 2)) == 0:
        steps += _two_environments(draw, contract)
    for _ in _count(draw, 2, 6):
        good = draw(st.integers(0, 3)) > 0
        steps.append(Send(author.accepted() if good else author.refused()))
        between = (Settle(), ColdStart(), Query(author.id()), Deliver(1))
        steps += _sometimes(draw, st.sampled_from(between))
    return Scenario(tuple(steps))


def _two_environments(draw: Draw, contract: Contract) -> list[Step]:
    """Two commands at once, and some of what may follow on the same aggregate."""
    author = Author(draw, contract, ("~e",))
    both = ((Send(author.accepted()),), (Send(author.any("~e")),))
    later = [Send(author.any("~e")) for _ in _count(draw, 1, 3)]
    return [Concurrently(both, draw(schedules())), *later]


def rewriting(contract: Contract) -> st.SearchStrategy[Scenario]:
    """What might rewrite history: retries, endings, and life after them."""
    return st.one_of(retries(contract), endings(contract), reused_keys(contract))


@st.composite
def single_command(draw: Draw, contract: Contract) -> Scenario:
    """One good command as the only record of a batch."""
    return Scenario((SendBatch((Author(draw, contract).accepted("~a"),)),))


@st.composite
def single_event(draw: Draw, contract: Contract) -> Scenario:
    """One good event as the only record of a batch."""
    return Scenario((Send(Author(draw, contract).accepted("~a")), Batch(1)))


FAULTS = (FaultKind.THROTTLING, FaultKind.SERVICE_ERROR, FaultKind.TIMEOUT,
          FaultKind.LOST_RESPONSE, FaultKind.SLOW)
CRASHES = (FaultKind.CRASH_BEFORE, FaultKind.CRASH_AFTER, FaultKind.FUNCTION_TIMEOUT)
NTH = st.integers(0, 5)


def _keyed(body: str, number: int) -> Send:
    return Send(body, key=f"key-{number}")


def _disturbed(draw: Draw, contract: Contract, fault: st.SearchStrategy[Fault]) -> Scenario:
    """Commands of which some meet a fault; those are repeated until they got through."""
    author = Author(draw, contract, ("~a",))
    steps: list[Step] = []
    for number in _count(draw, 1, 3):
        sent = _keyed(author.accepted(), number)
        if draw(st.integers(0, 2)):
            steps += [draw(fault), sent, *_sometimes(draw, st.just(Settle())), sent, sent]
        else:
            steps += [sent, *_sometimes(draw, st.just(Settle()))]
    return Scenario(tuple(steps))


@st.composite
def crashed_commands(draw: Draw, contract: Contract) -> Scenario:
    """Crashes of the command function at any AWS call, and the command again."""
    crash = st.builds(Fault, st.just("command"), st.just("*"), NTH, st.sampled_from(CRASHES))
    return _disturbed(draw, contract, crash)


@st.composite
def failed_publishing(draw: Draw, contract: Contract) -> Scenario:
    """PutEvents that fails, in part or as a whole, and the command again."""
    kinds = st.sampled_from((FaultKind.PARTIAL, *FAULTS[:3]))
    fault = st.builds(Fault, st.just("command"), st.just("PutEvents"), st.just(0), kinds,
                      st.booleans())
    return _disturbed(draw, contract, fault)


@st.composite
def failed_calls(draw: Draw, contract: Contract) -> Scenario:
    """Throttling, errors, time-outs and lost responses of any call of the command function."""
    fault = st.builds(Fault, st.just("command"), st.just("*"), NTH, st.sampled_from(FAULTS),
                      st.booleans())
    return _disturbed(draw, contract, fault)


@st.composite
def failed_projections(draw: Draw, contract: Contract) -> Scenario:
    """Crashes and failing calls of the projection; the bus delivers again."""
    author = Author(draw, contract, _one_or_two(draw))
    fault = st.builds(Fault, st.just("projection"), st.just("*"), NTH,
                      st.sampled_from((*FAULTS, *CRASHES)), st.booleans())
    move = st.sampled_from((Settle(), Deliver(), Deliver(1), Redeliver()))
    steps: list[Step] = []
    for _ in _count(draw, 1, 3):
        steps.append(Send(author.accepted()))
        if draw(st.booleans()):
            steps += [draw(fault), draw(move)]
    return Scenario((*steps, draw(fault), Settle()))


@st.composite
def schedules(draw: Draw) -> tuple[int, ...]:
    """Change points of a priority-based scheduler: one or two find most bugs, three the rest."""
    points = draw(st.lists(st.integers(0, 9), min_size=1, max_size=3, unique=True))
    return tuple(sorted(points))


@st.composite
def concurrent_commands(draw: Draw, contract: Contract) -> Scenario:
    """Commands on one aggregate at the same time, some of them the same command twice."""
    author = Author(draw, contract, ("~a",))
    before: list[Step] = [Send(author.accepted()) for _ in _count(draw, 0, 2)]
    branches = [(_concurrent(draw, contract, author, n),) for n in range(draw(st.integers(2, 3)))]
    if draw(st.integers(0, 4)) == 0:
        branches[-1] = branches[0]
    block = Concurrently(tuple(branches), draw(schedules()))
    after = _sometimes(draw, st.just(Send(author.any())))
    return Scenario((*before, block, *after))


def _concurrent(draw: Draw, contract: Contract, author: Author, number: int) -> Step:
    kind = draw(st.sampled_from(tuple(contract.types)))
    body = author.body(author.document(kind, "~a"))
    return Send(body, key=f"c{number}") if draw(st.booleans()) else Send(body)


@st.composite
def concurrent_deliveries(draw: Draw, contract: Contract) -> Scenario:
    """Events of one aggregate delivered at the same time, old ones among them."""
    author = Author(draw, contract, ("~a",))
    steps: list[Step] = []
    for _ in _count(draw, 1, 3):
        steps += [Send(author.accepted()), *_sometimes(draw, st.just(Deliver()))]
    steps.append(Send(author.accepted()))
    move = st.sampled_from((Deliver(), Deliver(1), Redeliver(), Redeliver(1)))
    branches = tuple((draw(move),) for _ in range(draw(st.integers(2, 3))))
    return Scenario((*steps, Concurrently(branches, draw(schedules()))))


@st.composite
def concurrent_reads(draw: Draw, contract: Contract) -> Scenario:
    """Queries beside deliveries and commands."""
    author = Author(draw, contract, ("~a",))
    steps: list[Step] = [Send(author.accepted()) for _ in _count(draw, 1, 3)]
    other = draw(st.sampled_from((Deliver(), Deliver(1), Redeliver())))
    branches: list[tuple[Step, ...]] = [(other,), (Query("~a"),)]
    if draw(st.booleans()):
        branches.append((Send(author.accepted()),))
    return Scenario((*steps, Concurrently(tuple(branches), draw(schedules())), Query("~a")))


def reads(contract: Contract) -> st.SearchStrategy[Scenario]:
    """Reads on the way, in sequence and under schedules."""
    return st.one_of(reads_on_the_way(contract), concurrent_reads(contract))


@st.composite
def failed_reads(draw: Draw, contract: Contract) -> Scenario:
    """Queries whose AWS calls fail, of aggregates that were seen before."""
    author = Author(draw, contract, ("~a",))
    fault = st.builds(Fault, st.just("query"), st.just("*"), st.just(0),
                      st.sampled_from(FAULTS), st.booleans())
    steps: list[Step] = [Send(author.accepted()) for _ in _count(draw, 1, 2)]
    steps += [Settle(), Query("~a"), draw(fault), Query("~a")]
    return Scenario((*steps, *_sometimes(draw, st.just(Query("~a")))))


def reads_and_failures(contract: Contract) -> st.SearchStrategy[Scenario]:
    """Reads on the way, beside deliveries, and such as fail."""
    return st.one_of(reads(contract), failed_reads(contract))
