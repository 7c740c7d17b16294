"""The simplest commands of a contract, and the sequences of them that its rules accept.

What they are follows from the contract's types and rules, so every contract has them.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any

from hypothesis import HealthCheck, Phase, find, given, seed, settings
from hypothesis import strategies as st

from harness.core.bodies import real, write_body
from harness.core.commands import Acceptance, Accepted, Command
from harness.core.contract import Contract, Member
from harness.core.json_values import parse_json, same_json, to_json
from harness.core.scenario import Send
from harness.explore.drawing import without_local_constants

ID = "~a"
MOST_VALUES = 60
COMMANDS_REMEMBERED = 10_000
"""Values of a strategy at most; and commands whose reading is remembered."""
LONGEST_PREFIX = 4
"""Commands after which one that was never possible before is looked for at most."""
QUIET_SETTINGS = settings(database=None, derandomize=True, deadline=None,
                   phases=(Phase.generate, Phase.shrink), suppress_health_check=list(HealthCheck))
STRATEGY_SEED = int(
    "6be4d1de23e8154bc95b5a131bbf8169beb32902891af449388673432b277fbe"
    "5756fe8ce5d4db503303e19bd03df7f7",
    16,
)
"""The seed of ``strategy_values``. Without one Hypothesis derives a seed from the source text of
the function, so that renaming a variable would change the values."""


@cache
def simplest(strategy: st.SearchStrategy[Any]) -> Any:
    """The value of a strategy that Hypothesis takes for the simplest: what it tries first."""
    tried: list[Any] = []

    @settings(QUIET_SETTINGS, phases=(Phase.generate,), max_examples=1)
    @given(st.data())
    def first(data: st.DataObject) -> None:
        tried.append(None)
        tried[-1] = data.draw(strategy)

    with without_local_constants():
        first()
        if len(tried) == 1:
            return tried[0]
        return find(strategy, lambda value: True, settings=QUIET_SETTINGS)


@cache
def strategy_values(strategy: st.SearchStrategy[Any]) -> tuple[Any, ...]:
    """All values of a strategy that has few, some of one that has many."""
    found: dict[str, Any] = {}

    @seed(STRATEGY_SEED)
    @settings(QUIET_SETTINGS, phases=(Phase.generate,), max_examples=MOST_VALUES)
    @given(strategy)
    def note(value: Any) -> None:
        found.setdefault(to_json(value), value)

    with without_local_constants():
        note()
    return tuple(found.values())


@cache
def simplest_bodies(contract: Contract, id: str = ID) -> tuple[str, ...]:
    """The simplest command of each type."""
    return tuple(simplest_body(contract, kind, id) for kind in contract.types)


def simplest_body(contract: Contract, kind: str, id: str) -> str:
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
        reached = [((*before, body), _next_state(contract, state, body))
                   for before, state in reached for body in bodies
                   if is_accepted(contract, state, body)]
        found += [sequence for sequence, _ in reached]
    return tuple(found)


def all_accepted(contract: Contract, bodies: tuple[str, ...]) -> bool:
    """Whether the rules accept each of the commands, one after another."""
    state: Any = contract.initial
    for body in bodies:
        if not is_accepted(contract, state, body):
            return False
        state = _next_state(contract, state, body)
    return True


def state_after(contract: Contract, bodies: tuple[str, ...]) -> Any:
    """The state of an aggregate after commands, of which refused ones change nothing."""
    state: Any = contract.initial
    for body in bodies:
        if is_accepted(contract, state, body):
            state = _next_state(contract, state, body)
    return state


def is_accepted(contract: Contract, state: Any, body: str) -> bool:
    command = _command(contract, body)
    return command is not None and isinstance(contract.decide(state, command), Accepted)


def _next_state(contract: Contract, state: Any, body: str) -> Any:
    return contract.evolve(state, _command(contract, body) or {})


@lru_cache(COMMANDS_REMEMBERED)
def _command(contract: Contract, body: str) -> Command | None:
    return contract.read(real(body)).command


def repeatable(contract: Contract) -> Iterator[tuple[tuple[str, ...], str]]:
    """A command that is accepted again and again, after what has to come before it; if any is."""
    for prefix, bodies in shortest_prefixes(contract).items():
        for body in bodies:
            if all_accepted(contract, (*prefix, body, body, body)):
                yield prefix, body
                return


@cache
def shortest_prefixes(contract: Contract) -> dict[tuple[str, ...], list[str]]:
    """For each command the shortest sequence of others after which the rules accept it."""
    chances: dict[tuple[str, ...], list[str]] = {}
    seen: set[str] = set()
    for *before, body in accepted_sequences(contract, LONGEST_PREFIX):
        if body not in seen:
            seen.add(body)
            chances.setdefault(tuple(before), []).append(body)
    return chances


def prefix_and_body(contract: Contract, kind: str) -> tuple[tuple[str, ...], str]:
    """The simplest accepted command of a type, and what has to come before it."""
    for prefix, bodies in shortest_prefixes(contract).items():
        for body in bodies:
            if parse_json(body)["type"] == kind:
                return prefix, body
    raise LookupError(kind)


def with_members(contract: Contract, body: str, changed: dict[str, Any]) -> str:
    return write_body({**parse_json(body), **changed}, contract.id_member)


def creations(contract: Contract, *ids: str) -> list[Send]:
    first = simplest_bodies(contract)[0]
    return [Send(with_members(contract, first, {contract.id_member: id})) for id in ids]


def with_keys(bodies: tuple[str, ...]) -> tuple[Send, ...]:
    """The commands, each with a key of its own."""
    return tuple(Send(body, key=f"key-{number}") for number, body in enumerate(bodies))


def with_tricky_values(contract: Contract, body: str) -> str:
    """A command with other values, where its members have some that are good."""
    document = parse_json(body)
    members = contract.types[document["type"]]
    others = {name: member.telling[0] for name, member in members.items() if member.telling}
    return write_body({**document, **others}, contract.id_member)


def without_optional_members(contract: Contract, body: str) -> str:
    """The command without what may be left out."""
    document = parse_json(body)
    members = contract.types[document["type"]]
    needed = {name: value for name, value in document.items()
              if name not in members or members[name].required}
    return write_body(needed, contract.id_member)


def boundary_commands(contract: Contract, state: Any) -> Iterator[str]:
    """Commands with the values at which the rules turn in a state."""
    for kind, members in contract.types.items():
        document = parse_json(simplest_body(contract, kind, ID))
        for name, values in contract.boundaries(state, kind).items():
            for value in values:
                if members[name].accepts(value) is Acceptance.MUST:
                    yield write_body({**document, name: value}, contract.id_member)


def other_values(member: Member, value: Any) -> Iterator[Any]:
    """Valid values that are not this one; among them one that differs in letter case only."""
    swapped = (value.swapcase(),) if isinstance(value, str) else ()
    for other in (*swapped, *member.telling):
        if member.accepts(other) is Acceptance.MUST and not same_json(other, value):
            yield other
