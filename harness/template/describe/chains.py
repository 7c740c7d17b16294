"""Chains: the functions between a command and a view, found by what starts them and what they use.

A projection ends a chain. A relay is started like one, and may use a source that starts another
function of the chain. A function beside the way, which no view depends on, has no role: it is left
out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from harness.core.carriers import Carrier
from harness.template.describe.model import Template
from harness.template.describe.roles import no_projection, projection_functions
from harness.template.describe.uses import DEFAULT_BUS


@dataclass(frozen=True, slots=True)
class Way:
    """A source, by its logical id, whose events a carrier hands to a function."""

    carrier: Carrier
    source: str
    function: str


@dataclass(frozen=True, slots=True)
class Cast:
    """The functions between commands and views, by logical id."""

    projections: tuple[str, ...]
    relays: tuple[str, ...] = ()


def ways(template: Template) -> tuple[Way, ...]:
    """Every way into a function of the template that a carrier has."""
    return (*_from_rules(template), *_from_queues(template),
            *(Way(Carrier.PARALLEL_STREAM if feed.parallel > 1 else Carrier.STREAM,
                  feed.table, feed.function) for feed in template.streams))


def _from_rules(template: Template) -> Iterator[Way]:
    for rule in template.rules:
        bus = rule.bus or DEFAULT_BUS
        for target in rule.targets:
            functions = [target.logical_id] if target.kind == "function" else [
                feed.function for feed in template.feeds if feed.queue == target.logical_id]
            yield from (Way(Carrier.BUS, bus, function) for function in functions)


def _from_queues(template: Template) -> Iterator[Way]:
    for feed in template.feeds:
        yield Way(Carrier.FIFO_QUEUE if feed.fifo else Carrier.QUEUE, feed.queue, feed.function)


def cast(
    template: Template, commands: frozenset[str], query: str,
    named: tuple[str, ...] | None = None,
) -> Cast:
    """The projections and relays; ``named`` are the projections where a dialect names them.

    Raises:
        RoleNotFound, SettingsInvalid: there is no projection.
    """
    chain = _Chain(template, commands | {query}, query)
    if named is None and template.settings.projection:
        named = tuple(each.logical_id for each in projection_functions(template))
    ends = chain.projections() if named is None else named
    if named is None and not ends:
        raise no_projection(template)
    return Cast(ends, chain.relays(ends))


@dataclass(frozen=True, slots=True)
class _Chain:
    """The ways of a template; ``others`` are the functions at both ends, which take no part."""

    template: Template
    others: frozenset[str]
    query: str

    def projections(self) -> tuple[str, ...]:
        """The functions that write what is read; and those behind rules that pass nothing on."""
        ruled, others = self._started(Carrier.BUS), self._all()
        ends = {f for f in others if self._writes_views(f)}
        ends |= {f for f in ruled if not self._next(f)}
        return self._in_order(ends or {f for f in others if not self._next(f)})

    def relays(self, ends: tuple[str, ...]) -> tuple[str, ...]:
        """The functions on a way to the ends."""
        found: set[str] = set()
        reached = set(ends)
        while reached:
            reached = {f for f in self._all() if self._next(f) & reached} - found - set(ends)
            found |= reached
        return self._in_order(found)

    def _all(self) -> set[str]:
        return {way.function for way in ways(self.template)} - self.others

    def _started(self, carrier: Carrier) -> set[str]:
        return {way.function for way in ways(self.template)
                if way.carrier is carrier} - self.others

    def _next(self, function: str) -> set[str]:
        """The functions that those sources start that a function uses, and is not started by."""
        own = {way.source for way in ways(self.template) if way.function == function}
        used = self.template.uses.get(function, frozenset()) - own
        return {way.function for way in ways(self.template)
                if way.source in used} - self.others - {function}

    def _writes_views(self, function: str) -> bool:
        """Tell if a function uses a table that the query uses, other than the one it is fed by."""
        fed = {way.source for way in ways(self.template) if way.function == function}
        uses = self.template.uses
        own = uses.get(function, frozenset()) - fed
        return bool(own & uses.get(self.query, frozenset()) & set(self.template.tables))

    def _in_order(self, names: set[str]) -> tuple[str, ...]:
        return tuple(f.logical_id for f in self.template.functions if f.logical_id in names)
