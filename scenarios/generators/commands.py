"""The simplest commands of a contract, and the sequences of them that its rules accept.

They follow from the contract's types and rules, so every contract has them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache
from typing import Any

from hypothesis import HealthCheck, Phase, find, given, seed, settings
from hypothesis import strategies as st

from harness.core.bodies import with_namespace, write_body
from harness.core.commands import Acceptance, Accepted, Command, Decision
from harness.core.contract import Contract, Member
from harness.core.json_values import parse_json, same_json, to_json
from harness.core.scenario import Send
from harness.seams.hypothesis import without_local_constants

ID = "~a"
MOST_VALUES = 60
COMMANDS_REMEMBERED = 10_000
"""The most values taken from a strategy, and the most parsed commands kept in memory."""
LONGEST_PREFIX = 4
"""The longest sequence tried to make the rules accept a command for the first time."""
QUIET_SETTINGS = settings(
    database=None, derandomize=True, deadline=None, phases=(Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck))
STRATEGY_SEED = int(
    "6be4d1de23e8154bc95b5a131bbf8169beb32902891af449388673432b277fbe"
    "5756fe8ce5d4db503303e19bd03df7f7",
    16,
)
"""The seed of ``strategy_values``. Without one Hypothesis derives a seed from the source text of
the function, so that renaming a variable would change the values."""


@cache
def simplest(strategy: st.SearchStrategy[Any]) -> Any:
    """The simplest value of a strategy: the one that Hypothesis tries first."""
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
    """All values of a small strategy, some values of a large one."""
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
    """The simplest command of a type.

    Some rules never accept the one with the simplest value of each member, such as a change to
    what there is already: then it is the first with another value that they accept.
    """
    return _body(contract, kind, _simplest_members(contract)[kind], id)


def _body(contract: Contract, kind: str, members: Mapping[str, Any], id: str = ID) -> str:
    return write_body({"type": kind, contract.id_member: id, **members}, contract.id_member)


@cache
def _simplest_members(contract: Contract) -> Mapping[str, Mapping[str, Any]]:
    """For each type the members of its simplest command."""
    chosen = {kind: {name: simplest(member.valid) for name, member in members.items()}
              for kind, members in contract.types.items()}
    for _ in contract.types:
        states = _states(contract, [_body(contract, *each) for each in chosen.items()])
        found = {kind: _accepted_members(contract, states, kind, plain)
                 for kind, plain in chosen.items()}
        better = {kind: other for kind, other in found.items()
                  if other is not None and other != chosen[kind]}
        if not better:
            break
        chosen |= better
    return chosen


def _states(contract: Contract, bodies: Iterable[str]) -> tuple[Any, ...]:
    """The states before and after the shortest sequences of some commands."""
    found = newest = dict.fromkeys([contract.initial])
    for _ in range(LONGEST_PREFIX - 1):
        newest = dict.fromkeys(
            next_state(contract, state, body) for state in newest for body in bodies
            if is_accepted(contract, state, body))
        found = found | newest
    return tuple(found)


def _accepted_members(
    contract: Contract, states: tuple[Any, ...], kind: str, plain: dict[str, Any]
) -> dict[str, Any] | None:
    """The plain members, or those with one other value, that the rules accept in some state."""
    def variants() -> Iterator[dict[str, Any]]:
        yield plain
        for name, member in contract.types[kind].items():
            yield from ({**plain, name: value} for value in strategy_values(member.valid))

    return next((members for members in variants() for state in states
                 if is_accepted(contract, state, _body(contract, kind, members))), None)


@cache
def accepted_sequences(contract: Contract, longest: int) -> tuple[tuple[str, ...], ...]:
    """Every sequence of accepted simplest commands, up to a length, the shortest first."""
    bodies = simplest_bodies(contract)
    reached: list[tuple[tuple[str, ...], Any]] = [((), contract.initial)]
    found: list[tuple[str, ...]] = []
    for _ in range(longest):
        reached = [((*before, body), next_state(contract, state, body))
                   for before, state in reached for body in bodies
                   if is_accepted(contract, state, body)]
        found += [sequence for sequence, _ in reached]
    return tuple(found)


def all_accepted(contract: Contract, bodies: tuple[str, ...]) -> bool:
    """True if the rules accept every command of a sequence."""
    state: Any = contract.initial
    for body in bodies:
        if not is_accepted(contract, state, body):
            return False
        state = next_state(contract, state, body)
    return True


def state_after(contract: Contract, bodies: tuple[str, ...]) -> Any:
    """The state of an aggregate after commands, of which refused ones change nothing."""
    state: Any = contract.initial
    for body in bodies:
        if is_accepted(contract, state, body):
            state = next_state(contract, state, body)
    return state


def is_accepted(contract: Contract, state: Any, body: str) -> bool:
    """True if the rules accept a command in a state."""
    return isinstance(decision(contract, state, body), Accepted)


def decision(contract: Contract, state: Any, body: str) -> Decision | None:
    """The decision of the rules on a command in a state; None of what is no command."""
    command = _command(contract, body)
    return None if command is None else contract.decide(state, command)


def next_state(contract: Contract, state: Any, body: str) -> Any:
    """The state after an accepted command."""
    return contract.after(state, _command(contract, body) or {})


@lru_cache(COMMANDS_REMEMBERED)
def _command(contract: Contract, body: str) -> Command | None:
    return contract.read(with_namespace(body)).command


def repeatable(contract: Contract) -> Iterator[tuple[tuple[str, ...], str]]:
    """A command that the rules accept repeatedly, after its shortest prefix; at most one."""
    for prefix, bodies in shortest_prefixes(contract).items():
        for body in bodies:
            if all_accepted(contract, (*prefix, body, body, body)):
                yield prefix, body
                return


@cache
def shortest_prefixes(contract: Contract) -> dict[tuple[str, ...], list[str]]:
    """For each command the shortest sequence of other commands that makes it acceptable."""
    chances: dict[tuple[str, ...], list[str]] = {}
    seen: set[str] = set()
    for *before, body in accepted_sequences(contract, LONGEST_PREFIX):
        if body not in seen:
            seen.add(body)
            chances.setdefault(tuple(before), []).append(body)
    return chances


def prefixes_and_bodies(
    contract: Contract, *kinds: str
) -> Iterator[tuple[str, tuple[str, ...], str]]:
    """For each type, or some of them, the simplest accepted command, after what has to precede it.

    Types that the rules accept after none of the shortest sequences are left out.
    """
    found = {parse_json(body)["type"]: (prefix, body)
             for prefix, bodies in shortest_prefixes(contract).items() for body in bodies}
    yield from ((kind, *found[kind]) for kind in kinds or contract.types if kind in found)


def with_members(contract: Contract, body: str, changed: dict[str, Any]) -> str:
    """The command with some members replaced or added."""
    return write_body({**parse_json(body), **changed}, contract.id_member)


def creations(contract: Contract, *ids: str) -> list[Send]:
    """The simplest first command for each id."""
    first = simplest_bodies(contract)[0]
    return [Send(with_members(contract, first, {contract.id_member: id})) for id in ids]


def with_keys(bodies: tuple[str, ...]) -> tuple[Send, ...]:
    """The commands as sends, each with its own Idempotency-Key."""
    return tuple(Send(body, key=f"key-{number}") for number, body in enumerate(bodies))


def with_tricky_values(contract: Contract, body: str, place: int = 0) -> str:
    """The command with the tricky value at a place of each member's, counted around."""
    members = contract.types[parse_json(body)["type"]]
    return with_members(contract, body, {
        name: member.tricky[place % len(member.tricky)]
        for name, member in members.items() if member.tricky})


def without_optional_members(contract: Contract, body: str) -> str:
    """The command without its optional members."""
    document = parse_json(body)
    members = contract.types[document["type"]]
    needed = {name: value for name, value in document.items()
              if name not in members or members[name].required}
    return write_body(needed, contract.id_member)


def boundary_commands(contract: Contract, state: Any) -> Iterator[str]:
    """Commands with the values at the rules' boundaries in a state."""
    for kind, members in contract.types.items():
        document = parse_json(simplest_body(contract, kind, ID))
        for name, values in contract.boundaries(state, kind).items():
            for value in values:
                if members[name].accepts(value) is Acceptance.MUST:
                    yield write_body({**document, name: value}, contract.id_member)


def other_values(member: Member, value: Any) -> Iterator[Any]:
    """Valid values that differ from this one; one of them in letter case only."""
    swapped = (value.swapcase(),) if isinstance(value, str) else ()
    for other in (*swapped, *member.tricky):
        if member.accepts(other) is Acceptance.MUST and not same_json(other, value):
            yield other
