"""Matching the fields of an event pattern with the leaves of an event.

An alternative of a pattern is a list of fields by dotted path. It matches an event if for every
field some leaf passes one of its values, and no two of these leaves lie in different elements of
the same array. Fields are taken in the order of their paths, as event-ruler does: ``exists: false``
is judged within the elements chosen so far. Source: aws/event-ruler 2.0.1, README, "JSON Array
Matching", and StructuredFinder.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from harness.functions.events.pattern_values import Test, Value

Array = tuple[int, str]
"""An array in an event: its identity, and the path that leads to it."""
Element = tuple[Array, int]
Elements = frozenset[Element]
"""The elements of arrays that the leaves chosen so far lie in."""
Leaf = tuple[Any, Elements]
Steps = tuple[tuple[str, "Steps | None", str], ...]
"""The ways to walk a dotted path: a member's name, the steps after it, the path walked with it."""
_NO_ELEMENTS: Final[Elements] = frozenset()


@dataclass(frozen=True, slots=True)
class Field:
    """A field of an alternative: how to walk to its leaves, and what one of them must pass.

    ``kept`` are the paths of arrays that later fields may lie in, too.
    """

    steps: Steps
    tests: tuple[Test, ...]
    absent: bool
    kept: frozenset[str]

    def chosen(self, event: Mapping[str, Any], reached: Iterable[Elements]) -> Iterator[Elements]:
        """The elements that are chosen with this field, for each choice before it."""
        found: list[Leaf] = []
        _walk(event, self.steps, "", _NO_ELEMENTS, found)
        leaves = _Leaves(found)
        for before in reached:
            consistent = leaves.consistent(before)
            if self.absent and not consistent:
                yield before
            for leaf, elements in consistent:
                if any(test(leaf) for test in self.tests):
                    yield self._kept(before | elements) if elements else before

    def _kept(self, elements: Elements) -> Elements:
        return frozenset(each for each in elements if each[0][1] in self.kept)


@dataclass(frozen=True, slots=True)
class Alternative:
    """Fields that must all match, by path."""

    fields: tuple[Field, ...]

    def matches(self, event: Mapping[str, Any]) -> bool:
        """Tell whether every field matches, with leaves of the same elements of arrays."""
        reached = {_NO_ELEMENTS}
        for field in self.fields:
            reached = set(field.chosen(event, reached))
            if not reached:
                return False
        return True


class _Leaves:
    """The leaves of a field, found by the elements that they lie in."""

    def __init__(self, leaves: list[Leaf]) -> None:
        self._all = leaves
        self._by_element: dict[Element, list[Leaf]] = {}
        for leaf in leaves:
            for element in leaf[1]:
                self._by_element.setdefault(element, []).append(leaf)
        self._arrays = {array for array, _ in self._by_element}
        self._outside: dict[Array, list[Leaf]] = {}

    def consistent(self, chosen: Elements) -> list[Leaf]:
        """The leaves that lie in no other element of an array than the one chosen of it."""
        shared = next((element for element in chosen if element[0] in self._arrays), None)
        if shared is None:
            return self._all
        indices = dict(chosen)
        candidates = self._by_element.get(shared, []) + self._not_in(shared[0])
        return [leaf for leaf in candidates
                if all(indices.get(array, index) == index for array, index in leaf[1])]

    def _not_in(self, array: Array) -> list[Leaf]:
        if array not in self._outside:
            self._outside[array] = [leaf for leaf in self._all if array not in dict(leaf[1])]
        return self._outside[array]


def _walk(
    node: Any, steps: Steps | None, path: str, elements: Elements,
    leaves: list[Leaf],
) -> None:
    """Add all leaves at a path below a node, with the elements of arrays that they lie in."""
    if isinstance(node, list):
        for index, element in enumerate(node):
            within = elements
            if isinstance(element, dict | list):
                within = elements | {((id(node), path), index)}
            _walk(element, steps, path, within, leaves)
    elif isinstance(node, dict):
        for name, following, walked in steps or ():
            if name in node:
                _walk(node[name], following, walked, elements, leaves)
    elif steps is None:
        leaves.append((node, elements))


def alternative(branch: Mapping[str, Sequence[Value]]) -> Alternative:
    """Make an alternative of the values of its fields, by dotted path."""
    paths = sorted(branch)
    return Alternative(tuple(
        Field(
            steps=_steps(path),
            tests=tuple(v.test for v in branch[path] if v.test is not None),
            absent=any(value.test is None for value in branch[path]),
            kept=frozenset(_prefixes(paths[position + 1:])),
        )
        for position, path in enumerate(paths)
    ))


def _prefixes(paths: Sequence[str]) -> Iterator[str]:
    """All paths that members on the way to these have, and the paths themselves."""
    for path in paths:
        names = path.split(".")
        yield from (".".join(names[:count]) for count in range(1, len(names) + 1))


def _steps(path: str) -> Steps:
    """The ways to walk a path: dots join names, and a name may have dots itself."""
    names = path.split(".")
    ways: list[Steps | None] = [None]
    for start in reversed(range(len(names))):
        ends = range(start + 1, len(names) + 1)
        ways.insert(0, tuple((".".join(names[start:end]), ways[end - start - 1],
                              ".".join(names[:end])) for end in ends))
    return ways[0] or ()
