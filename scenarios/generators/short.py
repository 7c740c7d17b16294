"""Short scenarios to be explored exhaustively: the simplest commands of a contract.

Each takes one aggregate through a few accepted commands. What they are comes from the
contract's own types and rules, so any contract has them.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import combinations_with_replacement, islice
from typing import Any

from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

from harness.core.bodies import with_namespace, write_body
from harness.core.commands import Acceptance, Accepted, Command
from harness.core.contract import Contract
from harness.core.json_values import parse_json, to_json
from harness.core.scenario import (
    Concurrently,
    Deliver,
    Query,
    Redeliver,
    Scenario,
    Send,
    Settle,
    Step,
)
from harness.explore.drawing import without_local_constants

ID = "~a"
MOST_VALUES = 60
KNOWN = 10_000
"""Values of a strategy at most; and commands whose reading is remembered."""
RIVALS = 3
"""Races that are lost in a row. Who waits longer after each does not run out of time by them."""
PAGED = 12
"""Events of a view that somebody reads by the page: more than ten."""
FEW = 3
"""Races that come before the longest one."""
LONGEST_CHANCE = 4
"""Commands after which one that was never possible before is looked for at most."""

QUIETLY = settings(database=None, derandomize=True, deadline=None,
                   phases=(Phase.generate, Phase.shrink), suppress_health_check=list(HealthCheck))


@cache
def simplest(strategy: st.SearchStrategy[Any]) -> Any:
    """The value of a strategy that Hypothesis takes for the simplest: what it tries first."""
    tried: list[Any] = []

    @settings(QUIETLY, phases=(Phase.generate,), max_examples=1)
    @given(st.data())
    def first(data: st.DataObject) -> None:
        tried.append(None)
        tried[-1] = data.draw(strategy)

    with without_local_constants():
        first()
        if len(tried) == 1:
            return tried[0]
        return find(strategy, lambda value: True, settings=QUIETLY)


@cache
def simplest_bodies(contract: Contract, id: str = ID) -> tuple[str, ...]:
    """The simplest command of each type."""
    return tuple(_body(contract, kind, id) for kind in contract.types)


def _body(contract: Contract, kind: str, id: str) -> str:
    members = contract.types[kind]
    document = {"type": kind, contract.id_member: id}
    document |= {name: simplest(member.valid) for name, member in members.items()}
    return write_body(document, contract.id_member)


@cache
def accepted_sequences(contract: Contract, longest: int) -> tuple[tuple[str, ...], ...]:
    """Every sequence of accepted simplest commands, up to a length, the shortest first."""
    bodies = simplest_bodies(contract)
    reached: list[tuple[tuple[str, ...], Any]] = [((), contract.initial)]
    found: list[tuple[str, ...]] = []
    for _ in range(longest):
        reached = [((*before, body), _next(contract, state, body)) for before, state in reached
                   for body in bodies if _accepts(contract, state, body)]
        found += [sequence for sequence, _ in reached]
    return tuple(found)


def all_accepted(contract: Contract, bodies: tuple[str, ...]) -> bool:
    """Whether the rules accept each of the commands, one after another."""
    state: Any = contract.initial
    for body in bodies:
        if not _accepts(contract, state, body):
            return False
        state = _next(contract, state, body)
    return True


def state_after(contract: Contract, bodies: tuple[str, ...]) -> Any:
    """The state of an aggregate after commands, of which refused ones change nothing."""
    state: Any = contract.initial
    for body in bodies:
        if _accepts(contract, state, body):
            state = _next(contract, state, body)
    return state


def _accepts(contract: Contract, state: Any, body: str) -> bool:
    command = _command(contract, body)
    return command is not None and isinstance(contract.decide(state, command), Accepted)


def _next(contract: Contract, state: Any, body: str) -> Any:
    return contract.evolve(state, _command(contract, body) or {})


@lru_cache(KNOWN)
def _command(contract: Contract, body: str) -> Command | None:
    return contract.read(with_namespace(body)).command


def repeatable(contract: Contract) -> Iterator[tuple[tuple[str, ...], str]]:
    """A command that is accepted again and again, after what has to come before it; if any is."""
    for prefix, bodies in first_chances(contract).items():
        for body in bodies:
            if all_accepted(contract, (*prefix, body, body, body)):
                yield prefix, body
                return


def telling(contract: Contract, body: str) -> str:
    """A command with other values, where its members have some that are good."""
    document = parse_json(body)
    members = contract.types[document["type"]]
    others = {name: member.tricky[0] for name, member in members.items() if member.tricky}
    return write_body({**document, **others}, contract.id_member)


def least(contract: Contract, body: str) -> str:
    """The command without what may be left out."""
    document = parse_json(body)
    members = contract.types[document["type"]]
    needed = {name: value for name, value in document.items()
              if name not in members or members[name].required}
    return write_body(needed, contract.id_member)


def short_lives(contract: Contract, longest: int) -> list[tuple[str, ...]]:
    """Short sequences of accepted commands, so that none can be left out of any unseen.

    The middle one has other values than the first, and the last as few as it may.
    """
    return [told if all_accepted(contract, told) else life
            for life in accepted_sequences(contract, longest)
            for told in [(*life[:1], *(telling(contract, body) for body in life[1:-1]),
                          *(least(contract, body) for body in life[1:][-1:]))]]


def to_the_end(contract: Contract, life: tuple[str, ...]) -> tuple[str, ...]:
    """Accepted commands, then those at which the rules turn, then what ends the aggregate; twice.

    At first as little as can be is left undone, which the end may have to wait for.
    """
    endings = [body for prefix, bodies in first_chances(contract).items() for body in bodies
               if contract.view(state_after(contract, (*prefix, body))) is None]
    for choice in (-1, 0):
        state = state_after(contract, life)
        near = list(at_the_turn(contract, state))
        accepted = [body for body in near if _accepts(contract, state, body)]
        refused = [body for body in near if body not in accepted]
        life = (*life, *refused, *accepted[choice:][:1], *endings)
    return life


def ends(contract: Contract, life: tuple[str, ...]) -> tuple[str, ...]:
    """As few accepted commands as end the aggregate after a life; none if nothing does."""
    simple = simplest_bodies(contract)
    near = [(body,) for body in at_the_turn(contract, state_after(contract, life))]
    for way in ((), *near):
        for body in simple:
            after = (*life, *way, body)
            gone = contract.view(state_after(contract, after)) is None
            if gone and all_accepted(contract, after):
                return (*way, body)
    return ()


def at_the_turn(contract: Contract, state: Any) -> Iterator[str]:
    """Commands with the values at which the rules turn in a state."""
    for kind, members in contract.types.items():
        document = parse_json(_body(contract, kind, ID))
        for name, values in contract.boundaries(state, kind).items():
            for value in values:
                if members[name].accepts(value) is Acceptance.MUST:
                    yield write_body({**document, name: value}, contract.id_member)


def keyed(bodies: tuple[str, ...]) -> tuple[Send, ...]:
    """The commands, each with a key of its own."""
    return tuple(Send(body, key=f"key-{number}") for number, body in enumerate(bodies))


def one_after_another(contract: Contract, longest: int = 2) -> tuple[Scenario, ...]:
    """Accepted commands with keys, one after another: every sequence up to a length."""
    return tuple(Scenario(keyed(s)) for s in accepted_sequences(contract, longest))


def projected(contract: Contract) -> tuple[Scenario, ...]:
    """The same; and an event that comes before the one that it follows.

    That is the first one of an aggregate, or a later one.
    """
    in_order = one_after_another(contract)
    two = next(base for base in in_order if len(base.steps) == 2)
    three = (keyed(life) for life in short_lives(contract, 3) if len(life) == 3)
    return (*in_order, Scenario((*two.steps, Deliver(1))),
            *(Scenario((first, Deliver(), *others, Deliver(1)))
              for first, *others in islice(three, 1)))


def at_the_same_time(contract: Contract) -> tuple[Scenario, ...]:
    """Two commands of any types at once, one of them possible for the first time.

    And the first of two aggregates, which have nothing to do with each other; one that is refused,
    twice, of which most designs write nothing; and, after a few of the others, two different ones
    with one key, and one that all others overtake.
    """
    apart = tuple((Send(simplest_bodies(contract, id)[0]),) for id in ("~a", "~b"))
    together = tuple(
        Scenario((*keyed(prefix), Concurrently(((one,), (other,)))))
        for prefix, bodies in first_chances(contract).items()
        for one, other in _pairs(contract, bodies)
    )
    return (*together[:1], *_refused_twice(contract), *together[1:FEW], *_key_reused(contract),
            *_overtaken(contract), *together[FEW:], Scenario((Concurrently(apart),)))


def _overtaken(contract: Contract) -> Iterator[Scenario]:
    """A command and its rivals at once."""
    for prefix, body in repeatable(contract):
        branches = tuple((Send(body),) for _ in range(1 + RIVALS))
        yield Scenario((*keyed(prefix), Concurrently(branches)))


def _refused_twice(contract: Contract) -> Iterator[Scenario]:
    """A command that is refused at first, twice at once with its key."""
    possible = first_chances(contract)[()]
    refused = [body for body in simplest_bodies(contract) if body not in possible]
    return (_with_one_key(body, body) for body in refused[:1])


def _key_reused(contract: Contract) -> Iterator[Scenario]:
    """Two different commands with one key at once."""
    return (_with_one_key(body, telling(contract, body)) for body in first_chances(contract)[()])


def _with_one_key(one: str, other: str) -> Scenario:
    return Scenario((Concurrently(((Send(one, key="one"),), (Send(other, key="one"),))),))


def _pairs(contract: Contract, possible: list[str]) -> Iterator[tuple[Send, Send]]:
    """Two commands of which one is possible now; also the same one twice, with its key."""
    bodies = simplest_bodies(contract)
    for one, other in combinations_with_replacement(bodies, 2):
        if one in possible or other in possible:
            yield Send(one, key="one"), Send(other, key="two")
    for body in possible:
        yield Send(body, key="one"), Send(body, key="one")


@cache
def first_chances(contract: Contract) -> dict[tuple[str, ...], list[str]]:
    """For each command the shortest sequence of others after which the rules accept it."""
    chances: dict[tuple[str, ...], list[str]] = {}
    seen: set[str] = set()
    for *before, body in accepted_sequences(contract, LONGEST_CHANCE):
        if body not in seen:
            seen.add(body)
            chances.setdefault(tuple(before), []).append(body)
    return chances


def bad_members(contract: Contract) -> tuple[Scenario, ...]:
    """For each member of each command every bad value there is, where a good one is accepted."""
    chances = first_chances(contract)
    return tuple(
        Scenario((*keyed(prefix), *map(Send, _spoilt(contract, body, name))))
        for prefix, bodies in chances.items()
        for body in bodies
        for name in contract.types[parse_json(body)["type"]]
    )


def _spoilt(contract: Contract, body: str, name: str) -> Iterator[str]:
    """A command without that member, if it is required, or with another name much like it.

    And with each bad value for it.
    """
    document = parse_json(body)
    member = contract.types[document["type"]][name]
    if member.required:
        rest = {key: value for key, value in document.items() if key != name}
        yield write_body(rest, contract.id_member)
        for other in (name.upper(), f" {name} "):
            yield write_body({**rest, other: document[name]}, contract.id_member)
    for value in _values(member.invalid):
        yield write_body({**document, name: value}, contract.id_member)


@cache
def _values(strategy: st.SearchStrategy[Any]) -> tuple[Any, ...]:
    """All values of a strategy that has few, some of one that has many."""
    found: dict[str, Any] = {}

    @settings(QUIETLY, phases=(Phase.generate,), max_examples=MOST_VALUES)
    @given(strategy)
    def note(value: Any) -> None:
        found.setdefault(to_json(value), value)

    with without_local_constants():
        note()
    return tuple(found.values())


def in_two_environments(contract: Contract) -> Iterator[Scenario]:
    """Accepted commands one after another, of which each environment sees every second one.

    The longest come first: they show what the shorter do, which they begin with.
    """
    apart = tuple((Send(simplest_bodies(contract, id)[0]),) for id in ("~x", "~y"))
    for sequence in reversed(accepted_sequences(contract, 3)):
        yield Scenario((Concurrently(apart, (0,)), *keyed(sequence)))


def deliveries(contract: Contract) -> tuple[Scenario, ...]:
    """Two events of one aggregate at once: the first two, an old and a new one, later ones.

    Or the same one twice; or a second one that is not even stored when the delivery of the first
    begins; and the newest one of many, which all the others overtake.
    """
    same = Concurrently(((Deliver(),), (Redeliver(),)))
    both = Concurrently(((Deliver(),), (Deliver(),)))
    old = Concurrently(((Redeliver(),), (Deliver(),)))
    sequences = list(accepted_sequences(contract, 3))
    pairs = [keyed(s) for s in sequences if len(s) == 2]
    triples = [keyed(s) for s in sequences if len(s) == 3]
    newest = Concurrently(((Deliver(RIVALS),), *[(Deliver(),)] * RIVALS))
    return (
        *(Scenario((*pair, both)) for pair in pairs),
        *(Scenario((first, Deliver(), second, same)) for first, second in pairs),
        *(Scenario((first, Concurrently(((Deliver(),), (second, Deliver())))))
          for first, second in pairs),
        *(Scenario((first, Deliver(), second, old)) for first, second in pairs),
        *(Scenario((first, Deliver(), *later, both)) for first, *later in triples),
        *(Scenario((*keyed((*prefix, *[body] * RIVALS, telling(contract, body))),
                    *[Deliver()] * len(prefix), newest))
          for prefix, body in repeatable(contract)),
    )


def seen(contract: Contract) -> tuple[Scenario, ...]:
    """A view that is read when nothing is on its way; and read before, and beside, a delivery."""
    block = Concurrently(((Deliver(),), (Query(ID), Query(ID))))
    shown = [life for life in accepted_sequences(contract, 2)
             if contract.view(state_after(contract, life)) is not None]
    return (*(Scenario((*keyed(life), Settle(), Query(ID))) for life in shown),
            *(Scenario((*before, Query(ID), last, block)) for before, last in _latest(contract)))


def reads(contract: Contract) -> tuple[Scenario, ...]:
    """Reads beside the delivery of the latest event."""
    block = Concurrently(((Query(ID), Query(ID)), (Deliver(),)))
    return tuple(Scenario((*before, last, block)) for before, last in _latest(contract))


def _latest(contract: Contract) -> Iterator[tuple[list[Step], Send]]:
    """Commands whose events are delivered, and the one after them."""
    for *before, last in map(keyed, accepted_sequences(contract, 2)):
        yield [step for sent in before for step in (sent, Deliver())], last


def reads_of_any_length(contract: Contract) -> tuple[Scenario, ...]:
    """The same; and a view of so many events that it may be read in several pages.

    Some publish the event before the latest once more.
    """
    block = Concurrently(((Query(ID),), (Deliver(), Deliver())))
    long = [(*prefix, *[body] * (PAGED - len(prefix))) for prefix, body in repeatable(contract)]
    return (*reads(contract), *(Scenario((*map(Send, before), Settle(), Send(last), block))
                                for *before, last in long))
