"""Promises: the requirements that nothing conforms without, and the sets that can be taken out.

A contract promises every requirement unless it takes some out, by id or by a named set. Section 7
of docs/contract.md lists the sets for people.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from types import MappingProxyType

from harness.core.errors import UserMistake
from scenarios.demands.requirements import REQUIREMENTS

ESSENTIAL = frozenset({"API-01", "API-02", "API-07", "CMD-04", "PRJ-01"})
"""A run that judged and passed less than these cannot say that a system conforms."""

REPEATED_COMMANDS = ("CMD-06", "CMD-07")
LOG = ("CMD-01", "CMD-02", "CMD-03", "CMD-08", "CMD-13", "CMD-14", "PRJ-09")
CRASHES = ("CMD-10", "CMD-11", "CMD-12", "PRJ-07")
RELAYS = ("RLY-01", "RLY-02", "RLY-03")
DELIVERIES = ("PRJ-02", "PRJ-03", "PRJ-04", "PRJ-05", "PRJ-08")

SETS: Mapping[str, frozenset[str]] = MappingProxyType({
    "article": frozenset({*REPEATED_COMMANDS, *CRASHES, *DELIVERIES, *RELAYS, "CMD-05", "API-11"}),
    "event-sourced": frozenset(REPEATED_COMMANDS),
    "crud-projection": frozenset({*REPEATED_COMMANDS, *LOG}),
})
"""Requirements that are taken out together, by the kind of system that does not promise them.

``article``: each part does its work once, in order, as examples of this architecture show it.
``event-sourced``: events are kept and folded, but clients cannot mark a command as a repetition.
``crud-projection``: the same, and events are messages that nobody has to keep.
"""


class PromiseError(UserMistake):
    """A contract takes out a promise that does not exist."""


def not_promised(taken_out: Iterable[str]) -> frozenset[str]:
    """The ids of the requirements behind ids and names of sets.

    Raises:
        PromiseError: there is neither a requirement nor a set of that name.
    """
    ids = {requirement.id for requirement in REQUIREMENTS}
    found: set[str] = set()
    for name in taken_out:
        if name not in ids and name not in SETS:
            raise _unknown(name, ids)
        found |= SETS.get(name, {name})
    return frozenset(found)


def _unknown(name: str, ids: Iterable[str]) -> PromiseError:
    near = get_close_matches(name, sorted([*ids, *SETS]), 1, 0.4)
    return PromiseError(
        f"not_promised {name!r}", "unknown",
        f"did you mean {near[0]}?" if near else "see docs/contract.md, section 7",
        expected=f"the id of a requirement or one of the sets {', '.join(SETS)}")
