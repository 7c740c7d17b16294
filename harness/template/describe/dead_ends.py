"""Dead ends: carriers on the way to a view that no function feeds, or that feed no function.

A run would blame the functions for views that stay empty. What functions may use follows from their
roles (module ``uses``). Where a role leaves that open nothing is certain, and nothing is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from harness.core.carriers import Carrier
from harness.template.describe.chains import Way, ways
from harness.template.describe.model import Template
from harness.template.describe.streams import TABLES
from harness.template.read.errors import NothingArrives, enumeration
from harness.template.read.resources import mapping

KINDS: Final = (("queue", "queues"), ("topic", "topics"), ("stream", "kinesis"))
"""Carriers, as a person says it, and the member of a template that has them."""


def refuse_dead_ends(
    template: Template, commands: Iterable[str], projections: Iterable[str]
) -> None:
    """Refuse a template in which nothing that commands do reaches a projection.

    Raises:
        NothingArrives: a carrier on the way gets nothing, or feeds nobody.
    """
    beginnings, ends = frozenset(commands), tuple(projections)
    reach = _reach(template, beginnings)
    if not beginnings or not ends or reach.open or reach.functions & set(ends):
        return
    started = [way for way in ways(template) if way.function in ends]
    unfed = [f"no function of the way feeds {_shown(template, source)}"
             for source in dict.fromkeys(way.source for way in started)]
    lost = list(_lost(template, reach.functions))
    raise NothingArrives(
        f"template {template.path}",
        expected=f"a way from a command to {enumeration(ends)}",
        got="; ".join([*unfed, *lost]) or f"nothing that starts {enumeration(ends)}",
        remedy="connect what feeds it, and let the function that does use it by its role")


def dead_ends(template: Template, functions: Iterable[str]) -> tuple[str, ...]:
    """A sentence for each carrier that functions may use, and that feeds no function."""
    return tuple(_lost(template, frozenset(functions)))


@dataclass(frozen=True, slots=True)
class _Reach:
    """The functions that commands start in the end. ``open``: some of them may use anything."""

    functions: frozenset[str]
    open: bool


def _reach(template: Template, commands: Iterable[str]) -> _Reach:
    found: set[str] = set()
    next_ones = set(commands)
    while next_ones:
        found |= next_ones
        next_ones = {*template.invocations.helpers(next_ones)} | {
            way.function for way in ways(template) if _is_fed(template, way, found)}
        next_ones -= found
    return _Reach(frozenset(found), bool(found & template.unrestricted))


def _is_fed(template: Template, way: Way, functions: set[str]) -> bool:
    """Tell if one of the functions may feed a way; a publisher may name any bus."""
    if way.route[0] is Carrier.BUS and functions & template.publishers:
        return True
    return any(way.source in template.uses.get(name, ()) for name in functions)


def _lost(template: Template, functions: frozenset[str]) -> Iterator[str]:
    used = {source for name in functions for source in template.uses.get(name, ())}
    known = {way.source for way in ways(template)} | {pipe.table for pipe in template.pipes}
    for kind, member in KINDS:
        for name in getattr(template, member):
            if name in used - known:
                yield f"the {kind} {name} feeds no function"
    for name in template.tables:
        if name in used - known and _has_stream(template, name):
            yield f"the stream of {name} feeds no function"


def _has_stream(template: Template, table: str) -> bool:
    resource = mapping(mapping(template.body.get("Resources")).get(table))
    given = mapping(mapping(resource.get("Properties")).get("StreamSpecification"))
    return resource.get("Type") in TABLES and "StreamViewType" in given


def _shown(template: Template, source: str) -> str:
    named = {name: f"the {kind} {name}" for kind, member in KINDS
             for name in getattr(template, member)}
    named |= {name: f"the table {name}" for name in template.tables}
    named |= {name: f"the bucket {name}" for name in template.buckets}
    return named.get(source, f"the bus {source}")
