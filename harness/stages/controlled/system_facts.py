"""Facts of a system that its template and its deployment tell: roles, rights, queues, limits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from harness.core.carriers import STORES, Carrier, route_text
from harness.core.history import FunctionFacts, Role, System
from harness.stages.controlled.bus import Rule
from harness.stages.controlled.hosting import is_runnable, named
from harness.stages.controlled.provisioning import Deployment
from harness.stages.controlled.recording import EventStore
from harness.stages.participants import Participants, Roles
from harness.template import QueueFeed, RecordFeed, Template, Way, ways


def functions_with(roles: Roles, wanted: Role) -> list[str]:
    """The functions of a role."""
    return [name for name, role in roles.items() if role is wanted]


def limited_functions(template: Template, functions: Iterable[str]) -> frozenset[str]:
    """Functions of which one invocation runs at a time, by reserved concurrency."""
    return frozenset(name for name in functions if named(template, name).one_at_a_time)


def helpers(template: Template, roles: Roles) -> tuple[str, ...]:
    """The functions without a role that others may invoke, and that can be run here."""
    return tuple(name for name in template.invocations.helpers(roles)
                 if is_runnable(named(template, name)))


def rules_among(roles: Roles, rules: Sequence[Rule]) -> tuple[Rule, ...]:
    """The rules with those of their targets that take part."""
    return tuple(
        replace(rule, targets=tuple(t for t in rule.targets if t.function in roles))
        for rule in rules
    )


def expected_origin(rules: Iterable[Rule]) -> tuple[str, str]:
    """Source and bus of the events that the first rule with a target expects."""
    rule = next((rule for rule in rules if rule.targets), None)
    if rule is None:
        return "conformance", "default"
    return (*rule.pattern.texts("source"), "conformance")[0], rule.bus


def event_store(parts: Participants, deployment: Deployment, template: Template) -> EventStore:
    """The event store by its physical name, where a dialect names it."""
    name = {logical: deployment.physical.get(logical)
            for logical in (parts.event_bucket, parts.event_table) if logical is not None}
    lives = dict(template.expiry.attributes).get(parts.event_table or "", "")
    return EventStore(name.get(parts.event_bucket or ""), name.get(parts.event_table or ""), lives)


def with_evidence(
    capabilities: frozenset[str], parts: Participants, buckets: Sequence[str],
    deployment: Deployment,
) -> frozenset[str]:
    """The capabilities; without an event store that can be looked into there is no log.

    A bucket that no command function has to do with holds no events: they are in a table, and only
    a dialect can name it.
    """
    named = parts.event_table or parts.event_bucket
    told = named or any(_may_store_objects(name, buckets, deployment)
                        for name in parts.functions(Role.COMMAND))
    return capabilities if told else capabilities - {"log"}


def _may_store_objects(function: str, buckets: Sequence[str], deployment: Deployment) -> bool:
    """Tell if a function may write to a bucket: unless its role is known and says nothing of S3."""
    statements = deployment.statements.get(function)
    if not buckets or statements is None:
        return bool(buckets)
    allowed = (action.lower() for each in statements for action in each.actions)
    values = deployment.environments.get(function, {}).values()
    return any(action.startswith(("s3:", "*")) for action in allowed) or any(
        bucket in value for bucket in buckets for value in values)


@dataclass(frozen=True, slots=True)
class SystemFacts:
    """Derives a ``System`` from a template as it is deployed, and from who takes part in it."""

    template: Template
    deployment: Deployment
    participants: Participants

    def system(self, capabilities: frozenset[str], resources: tuple[str, ...]) -> System:
        """The system; ``resources`` are the physical names of its stores."""
        roles = self.participants.roles
        facts = tuple(FunctionFacts(name, role, self.deployment.statements.get(name))
                      for name, role in roles.items())
        sizes = tuple((roles[feed.function].value, feed.batch_size)
                      for feed in self._feeds() if feed.function in roles)
        return System(facts, self.participants.queued, tuple(sorted(capabilities)), resources,
                      sizes, self._one_at_a_time(), self._event_tables(), ways=self._ways(),
                      publishers=self._publishers(),
                      expiring_streams=self._expiring_streams(),
                      expiring=self._expiring(), time_to_live=tuple(sorted({
                          name for _, name in self.template.expiry.attributes})),
                      plain_bodies=self._plain_bodies())

    def _plain_bodies(self) -> bool:
        """Tell if API Gateway hands every command over as the text that it is."""
        roles = self.participants.roles
        commands = [route for route in self.template.routes
                    if route.method != "GET" and roles.get(route.target) is Role.COMMAND]
        return bool(commands) and not any(route.encodes for route in commands)

    def _publishers(self) -> tuple[str, ...]:
        """The roles whose functions use what carries events, or may, where that is not known."""
        roles, uses = self.participants.roles, self.template.uses
        carrying = {way.source for way in ways(self.template)
                    if way.route[0] not in STORES
                    and roles.get(way.function) in (Role.PROJECTION, Role.RELAY)}
        return tuple(sorted({
            role.value for name, role in roles.items() if role in (Role.COMMAND, Role.RELAY)
            and carrying and (not uses.get(name) or uses[name] & carrying)}))

    def _expiring_streams(self) -> tuple[str, ...]:
        return tuple(sorted({feed.source for feed in self.deployment.streams
                             if feed.ttl and feed.function in self.participants.roles}))

    def _expiring(self) -> tuple[tuple[str, str], ...]:
        physical = self.deployment.physical
        return tuple((physical[bucket], prefix) for bucket, prefix in self.template.expiry.prefixes
                     if bucket in physical)

    def _feeds(self) -> tuple[QueueFeed | RecordFeed, ...]:
        return (*self.deployment.feeds.values(), *self.deployment.streams,
                *self.deployment.shards)

    def _ways(self) -> tuple[tuple[str, str], ...]:
        """The routes into projections and relays, from the places that functions write to."""
        roles = self.participants.roles
        used = {source for name, role in roles.items() if role in (Role.COMMAND, Role.RELAY)
                for source in self.template.uses.get(name, ())}
        found: set[tuple[str, str]] = set()
        for name, role in roles.items():
            if role in (Role.PROJECTION, Role.RELAY):
                own = [way for way in ways(self.template) if way.function == name]
                told = [way for way in own if way.source in used] or own
                found |= {(role.value, route_text(way.route)) for way in told}
                found |= {(role.value, Carrier.CALL.value)} if self._is_called(name, own) else set()
        return tuple(sorted(found))

    def _is_called(self, name: str, own: list[Way]) -> bool:
        """Tell if no carrier leads to a function, and another one that takes part calls it."""
        called = self.template.invocations.called
        return not own and any(name in called.get(other, ()) for other in self.participants.roles)

    def _event_tables(self) -> tuple[str, ...]:
        table = self.participants.event_table
        return () if table is None else self.deployment.names((table,))

    def _one_at_a_time(self) -> tuple[str, ...]:
        """Roles whose functions run one at a time: FIFO queues feed them, or they are limited."""
        fed = {feed.function for feed in self._feeds()}
        roles = self.participants.roles
        single = limited_functions(self.template, roles) | (fed - self._with_open_ways())
        free = {role for name, role in roles.items() if name not in single}
        present = set(roles.values())
        return tuple(role.value for role in Role if role in present and role not in free)

    def _with_open_ways(self) -> set[str]:
        """Functions that something invokes several of at once."""
        open_ways = {target.function for rule in self.deployment.rules for target in rule.targets
                if target.queue is None}
        open_ways |= {feed.function for feed in self.deployment.feeds.values() if not feed.fifo}
        open_ways |= {feed.function for feed in self.deployment.streams if feed.parallel > 1}
        return open_ways | self.participants.direct
