"""Chains: the functions between a command and a view, found by what starts them and what they use.

A projection ends a chain. A relay is started like one, and may use a source that starts another
function of the chain. A function beside the way, which no view depends on, has no role: it is left
out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from harness.core.carriers import STORES, Carrier
from harness.template.describe.feeds import PipeFeed, RecordFeed
from harness.template.describe.model import Rule, Template
from harness.template.describe.roles import no_projection, projection_functions
from harness.template.describe.uses import DEFAULT_BUS

Route = tuple[Carrier, ...]


@dataclass(frozen=True, slots=True)
class Way:
    """A source, by its logical id, whose events a route of carriers brings to a function."""

    route: Route
    source: str
    function: str


@dataclass(frozen=True, slots=True)
class Cast:
    """The functions between commands and views, by logical id."""

    projections: tuple[str, ...]
    relays: tuple[str, ...] = ()


def ways(template: Template) -> tuple[Way, ...]:
    """Every way into a function of the template that carriers have; once each."""
    found = (*_from_rules(template), *_from_queues(template), *_from_topics(template),
             *_from_streams(template), *_from_shards(template), *_from_pipes(template),
             *_from_buckets(template), *_from_schedules(template), *_from_invocations(template))
    return tuple(dict.fromkeys(found))


def _reached(
    template: Template, kind: str, target: str, *, piped: bool = True
) -> Iterator[tuple[Route, str]]:
    """The functions behind a target, each with the route that is left.

    ``piped``: also behind a pipe that takes messages out of a queue; once on each route.
    """
    if kind == "function":
        yield (), target
    if kind == "queue":
        carrier = Carrier.FIFO_QUEUE if target in template.fifo else Carrier.QUEUE
        for route, function in _behind_queue(template, target, piped=piped):
            yield (carrier, *route), function
    for each in template.subscriptions if kind == "topic" else ():
        if each.topic == target:
            first = Carrier.FIFO_TOPIC if target in template.fifo else Carrier.TOPIC
            for route, function in _reached(template, each.kind, each.target, piped=piped):
                yield (first, *route), function


def _behind_queue(
    template: Template, queue: str, *, piped: bool
) -> Iterator[tuple[Route, str]]:
    """The functions that a queue feeds, and those behind its pipes."""
    for feed in template.feeds:
        if feed.queue == queue:
            yield (Carrier.ENRICHMENT,) if feed.enriches else (), feed.function
    for pipe in template.pipes if piped else ():
        if pipe.queued and pipe.table == queue and not pipe.reader:
            yield from _behind_pipe(template, pipe, piped=False)


def _behind_rule(
    template: Template, rule: Rule, *, piped: bool = True
) -> Iterator[tuple[Route, str]]:
    """The functions behind a rule, also behind the rules of one other bus that it sends to.

    A third bus gets nothing (EventBridge User Guide, "Sending and receiving events between event
    buses in the same account and Region").
    """
    others = (each for each in template.rules if (each.bus or DEFAULT_BUS) in rule.buses)
    for first, targets in (((), rule.targets),
                           *(((Carrier.BUS,), other.targets) for other in others)):
        for target in targets:
            for route, function in _reached(template, target.kind, target.logical_id, piped=piped):
                yield (*first, *route), function


def _from_rules(template: Template) -> Iterator[Way]:
    for rule in template.rules:
        for route, function in _behind_rule(template, rule) if not rule.of_s3 else ():
            yield Way((Carrier.BUS, *route), rule.bus or DEFAULT_BUS, function)


def _from_queues(template: Template) -> Iterator[Way]:
    queues = (*(feed.queue for feed in template.feeds),
              *(pipe.table for pipe in template.pipes if pipe.queued))
    for queue in dict.fromkeys(queues):
        for route, function in _reached(template, "queue", queue):
            yield Way(route, queue, function)


def _from_topics(template: Template) -> Iterator[Way]:
    for topic in dict.fromkeys(each.topic for each in template.subscriptions):
        for route, function in _reached(template, "topic", topic):
            yield Way(route, topic, function)


def _from_streams(template: Template) -> Iterator[Way]:
    for feed in template.streams:
        carrier = Carrier.PARALLEL_STREAM if feed.parallel > 1 else Carrier.STREAM
        yield Way((carrier, *_enriching(feed)), feed.source, feed.function)


def _from_shards(template: Template) -> Iterator[Way]:
    for feed in template.shards:
        carrier = Carrier.PARALLEL_SHARDS if feed.parallel > 1 else Carrier.SHARDS
        yield Way((carrier, *_enriching(feed)), feed.source, feed.function)


def _enriching(feed: RecordFeed) -> Route:
    return (Carrier.ENRICHMENT,) if feed.enriches else ()


def _from_pipes(template: Template) -> Iterator[Way]:
    """From each stream through a pipe without a function, and what carries on from its target."""
    for pipe in template.pipes:
        if not pipe.reader and not pipe.queued:
            first = Carrier.SHARDS if pipe.sharded else Carrier.STREAM
            for route, function in _behind_pipe(template, pipe):
                yield Way((first, *route), pipe.table, function)


def _behind_pipe(
    template: Template, pipe: PipeFeed, *, piped: bool = True
) -> Iterator[tuple[Route, str]]:
    """The functions behind a pipe's target, each with the route from there."""
    if pipe.kind == "function":
        yield (Carrier.INVOCATION,), pipe.target
        return
    yield from _reached(template, pipe.kind, pipe.target, piped=piped)
    for rule in template.rules if pipe.kind == "bus" else ():
        if (rule.bus or DEFAULT_BUS) == pipe.target:
            for route, function in _behind_rule(template, rule, piped=piped):
                yield (Carrier.BUS, *route), function
    for way in _from_shards(template) if pipe.kind == "stream" else ():
        if way.source == pipe.target:
            yield way.route, way.function


def _from_buckets(template: Template) -> Iterator[Way]:
    for each in template.notifications:
        for route, function in _reached(template, each.kind, each.target):
            yield Way((Carrier.NOTIFICATION, *route), each.bucket, function)
        for rule in template.rules if each.kind == "bus" else ():
            for route, function in _behind_rule(template, rule) if rule.of_s3 else ():
                yield Way((Carrier.NOTIFICATION, Carrier.BUS, *route), each.bucket, function)


def _from_schedules(template: Template) -> Iterator[Way]:
    """From each store that a scheduled function may use, since it looks for events there."""
    stores = {*template.tables, *template.buckets}
    for function in template.schedules:
        for store in sorted(template.uses.get(function, frozenset()) & stores):
            yield Way((Carrier.SCHEDULE,), store, function)


def _from_invocations(template: Template) -> Iterator[Way]:
    for callees in template.invocations.events.values():
        for callee in sorted(callees):
            yield Way((Carrier.INVOCATION,), callee, callee)


def cast(
    template: Template, commands: frozenset[str], query: str,
    named: tuple[str, ...] | None = None, store: str = "",
) -> Cast:
    """The projections and relays; ``named`` are the projections where a dialect names them.

    ``store``: the table of events. Where none of these functions uses it, those that do and that
    commands start in the end are handed events as projections are.

    Raises:
        RoleNotFound, SettingsInvalid: there is no projection.
    """
    chain = _Chain(template, commands, query)
    if named is None and template.settings.projection:
        named = tuple(each.logical_id for each in projection_functions(template))
    ends = (chain.projections() or chain.called()) if named is None else named
    if named is None and not ends:
        raise no_projection(template)
    relays = chain.relays(ends)
    return Cast((*ends, *chain.recorders(store, {*ends, *relays})), relays)


@dataclass(frozen=True, slots=True)
class _Chain:
    """The ways of a template between command functions and a query function."""

    template: Template
    commands: frozenset[str]
    query: str

    def projections(self) -> tuple[str, ...]:
        """The functions that write what is read; and those behind rules that pass nothing on.

        With one that writes it, another whose rights name no store of others is beside the way.
        """
        ruled, told = self._ruled(), self._told()
        ends = {f for f in ruled | told if self._writes_views(f)}
        ends |= {f for f in ruled if not self._next(f) and not (ends and self._is_apart(f))}
        return self._in_order(ends or {f for f in told if not self._next(f)})

    def called(self) -> tuple[str, ...]:
        """The functions that commands call, and that write what is read."""
        found = set(self.template.invocations.helpers(self.commands)) - self._at_the_ends()
        return self._in_order({name for name in found if self._writes_views(name)})

    def relays(self, ends: tuple[str, ...]) -> tuple[str, ...]:
        """The functions on a way to the ends."""
        found: set[str] = set()
        reached = set(ends)
        while reached:
            reached = {f for f in self._all() if self._next(f) & reached} - found - set(ends)
            found |= reached
        return self._in_order(found - self._beside(found))

    def recorders(self, store: str, others: set[str]) -> tuple[str, ...]:
        """The functions that keep events in a table that neither commands nor ``others`` use."""
        uses = self.template.uses
        if self.commands & self.template.unrestricted or not all(map(uses.get, self.commands)):
            return ()
        using = {name for name, used in uses.items() if store in used}
        return () if using & (others | self.commands) else self._in_order(using & self._told())

    def _beside(self, relays: set[str]) -> set[str]:
        """Scheduled functions beside commands that publish, whose rights do not say what they do.

        One with rights of its own, to a store and to what carries its events, sweeps an outbox.
        """
        uses = [self.template.uses.get(name, frozenset()) for name in self.commands]
        used = frozenset().union(*uses)
        carrying = {way.source for way in ways(self.template)
                    if way.route[0] not in STORES and way.function not in self.commands}
        if all(uses) and not used & carrying:
            return set()
        routes = {name: {w.route for w in ways(self.template) if w.function == name}
                  for name in relays}
        return {name for name, found in routes.items()
                if found == {(Carrier.SCHEDULE,)} and not self._has_own_rights(name)}

    def _all(self) -> set[str]:
        return {way.function for way in ways(self.template)} - self._at_the_ends()

    def _ruled(self) -> set[str]:
        return {way.function for way in ways(self.template)
                if way.route[0] is Carrier.BUS} - self._at_the_ends()

    def _told(self) -> set[str]:
        """The functions that commands start in the end, as far as it is known what they use."""
        uses = self.template.uses
        found: set[str] = set()
        reached = set(self.commands)
        known = any(uses.get(name) for name in reached)
        while reached:
            used = {source for name in reached for source in uses.get(name, ())}
            reached = {way.function for way in ways(self.template)
                       if way.source in used or not known} - found - self._at_the_ends()
            found |= reached
        return found

    def _at_the_ends(self) -> frozenset[str]:
        return self.commands | {self.query}

    def _next(self, function: str) -> set[str]:
        """The functions that those sources start that a function uses, and is not started by."""
        own = {way.source for way in ways(self.template) if way.function == function}
        used = self.template.uses.get(function, frozenset()) - own
        return {way.function for way in ways(self.template)
                if way.source in used} - self._at_the_ends() - {function}

    def _writes_views(self, function: str) -> bool:
        """Tell if a function uses a table that the query uses, other than the one it is fed by.

        Rights that all functions share tell nothing: then who is told by a store, and may tell
        another one, is taken for a relay.
        """
        if self._shares_rights(function) and self._told_by_store(function) and self._next(function):
            return False
        fed = {way.source for way in ways(self.template) if way.function == function}
        uses = self.template.uses
        own = uses.get(function, frozenset()) - fed
        return bool(own & uses.get(self.query, frozenset()) & set(self.template.tables))

    def _is_apart(self, function: str) -> bool:
        """Tell if a function's rights are known, and name no store that another one uses."""
        uses = self.template.uses
        others = frozenset().union(*(used for name, used in uses.items() if name != function))
        shared = uses.get(function, frozenset()) & others
        stores = {*self.template.tables, *self.template.buckets}
        return function not in self.template.unrestricted and not shared & stores

    def _shares_rights(self, function: str) -> bool:
        uses = self.template.uses
        return uses.get(function) == uses.get(self.query)

    def _has_own_rights(self, function: str) -> bool:
        return not self._shares_rights(function) and function not in self.template.unrestricted

    def _told_by_store(self, function: str) -> bool:
        return any(way.function == function and way.route[0] in STORES
                   for way in ways(self.template))

    def _in_order(self, names: set[str]) -> tuple[str, ...]:
        return tuple(f.logical_id for f in self.template.functions if f.logical_id in names)
