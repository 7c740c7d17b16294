"""Wildcard values of event patterns: their syntax, their matching, and how complex they may be.

Sources: Amazon EventBridge User Guide, "Comparison operators" (wildcard matching, wildcards and
event pattern complexity); aws/event-ruler, README, "Wildcard matching", and
MachineComplexityEvaluator, which defines complexity as the number of wildcard prefixes that one
value may match at once. AWS publishes no limit. Ten agrees with what is known: AWS refuses
``*:*:*:*:*:event-bus/*`` (11), accepts ``/Users/*/dir/dir/dir/dir/dir/doc.txt`` (7) and two values
like ``*/datasync/*.bif`` (8), and refuses four of them (16).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise
from typing import Final

COMPLEXITY_LIMIT: Final = 10
_TOKEN: Final = re.compile(r"\\[*\\]|\\|\*|[^*\\]", re.DOTALL)
_ANY: Final = None
"""The token of an asterisk that is not escaped."""

Token = str | None
State = tuple[object, ...]
"""A place in a wildcard value: its group, and how much of the value was matched."""


def wildcard_tokens(text: str) -> tuple[Token, ...]:
    r"""Split a wildcard value into characters and asterisks.

    Raises:
        ValueError: two asterisks follow each other, or a backslash escapes neither ``*`` nor ``\``.
    """
    found = [match[0] for match in _TOKEN.finditer(text)]
    if "\\" in found:
        raise ValueError("a backslash before something else than * or \\")
    if any(pair == ("*", "*") for pair in pairwise(found)):
        raise ValueError("consecutive wildcard characters")
    return tuple(_ANY if token == "*" else token[-1] for token in found)


def wildcard_regex(tokens: Sequence[Token]) -> str:
    """Write a wildcard value as a regular expression, for a full match with DOTALL."""
    return "".join(".*" if token is _ANY else re.escape(token) for token in tokens)


def complexity(groups: Sequence[Collection[Sequence[Token]]]) -> int:
    """Count the wildcard prefixes that one value may match at once, up to the limit and one more.

    A group is one value of a pattern: a wildcard, or the list of wildcards of an anything-but.
    """
    machine = _Machine(groups)
    pending, seen, most = [machine.start], {machine.start}, len(machine.start)
    while pending:
        for following in machine.following(pending.pop()):
            most = max(most, len(following))
            if most > COMPLEXITY_LIMIT:
                return most
            if following not in seen:
                seen.add(following)
                pending.append(following)
    return most


class _Machine:
    """All wildcard values of one field, read side by side."""

    def __init__(self, groups: Sequence[Collection[Sequence[Token]]]) -> None:
        self._next: dict[State, list[tuple[Token, State]]] = {}
        starts = [self._add((number,), tuple(tokens), place)
                  for number, group in enumerate(groups) for place, tokens in enumerate(group)]
        tokens = {token for edges in self._next.values() for token, _ in edges}
        self._alphabet = tokens - {_ANY} or {""}
        self.start = self._closed(frozenset(starts))

    def _add(self, group: State, tokens: tuple[Token, ...], place: int) -> State:
        """Add a value; values of a group share their states up to the first asterisk."""
        states = list(_states(group, tokens, place))
        for before, token, after in zip(states, (*tokens, '"'), states[1:], strict=False):
            edges = self._next.setdefault(before, [])
            if (token, after) not in edges:
                edges.append((token, after))
        return states[0]

    def following(self, states: frozenset[State]) -> Iterator[frozenset[State]]:
        """The sets of states that one more character can lead to."""
        stars = {state for state in states if state[-1]}
        for character in self._alphabet:
            reached = {after for state in states for token, after in self._next.get(state, ())
                       if token == character}
            if reached or stars:
                yield self._closed(frozenset(reached | stars))

    def _closed(self, states: frozenset[State]) -> frozenset[State]:
        """The states with those after an asterisk, which also stands for no character."""
        stars = {after for state in states for token, after in self._next.get(state, ())
                 if token is _ANY}
        return states | stars


def _states(group: State, tokens: tuple[Token, ...], place: int) -> Iterator[State]:
    """A value's states from its start to its end; the last member tells that of an asterisk."""
    shared = True
    yield (*group, (), False)
    for position, token in enumerate(tokens):
        name: object = tokens[: position + 1] if shared else (place, position)
        shared = shared and token is not _ANY
        yield (*group, name, token is _ANY)
    yield (*group, "end", False)
