"""Facts of a system that its template and its deployment tell: roles, rights, queues, limits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from harness.core.history import FunctionFacts, Role, System
from harness.stages.controlled.bus import Rule
from harness.stages.controlled.hosting import named
from harness.stages.controlled.provisioning import Deployment
from harness.template import (
    Template,
    commands_function,
    projection_functions,
    query_function,
    route,
)

Roles = Mapping[str, Role]
"""The role of each function that takes part, by logical id; several may have the same one."""


def roles_of(template: Template, path: str) -> dict[str, Role]:
    """The functions that take part, by logical id.

    Raises:
        TemplateError: the template names no function for a role.
    """
    projections = projection_functions(template)
    return {
        commands_function(template, path).logical_id: Role.COMMAND,
        query_function(template, path).logical_id: Role.QUERY,
        **{function.logical_id: Role.PROJECTION for function in projections},
    }


def functions_with(roles: Roles, wanted: Role) -> list[str]:
    """The functions of a role."""
    return [name for name, role in roles.items() if role is wanted]


def limited_functions(template: Template, roles: Roles) -> frozenset[str]:
    """Functions of which one invocation runs at a time, by reserved concurrency."""
    return frozenset(name for name in roles if named(template, name).one_at_a_time)


def rules_among(roles: Roles, rules: Sequence[Rule]) -> tuple[Rule, ...]:
    """The rules with those of their targets that take part."""
    return tuple(
        replace(rule, targets=tuple(t for t in rule.targets if t.function in roles))
        for rule in rules
    )


def expected_origin(rules: Iterable[Rule]) -> tuple[str, str]:
    """Source and bus of the events that the first rule with a target expects."""
    rule = next(rule for rule in rules if rule.targets)
    return (*rule.pattern.texts("source"), "conformance")[0], rule.bus


@dataclass(frozen=True, slots=True)
class SystemFacts:
    """Derives a ``System`` from a template as it is deployed. ``path``: of the commands' route."""

    template: Template
    path: str
    deployment: Deployment
    roles: Roles

    def system(self, capabilities: frozenset[str], resources: tuple[str, ...]) -> System:
        """The system; ``resources`` are the physical names of its stores."""
        facts = tuple(FunctionFacts(name, role, self.deployment.statements.get(name))
                      for name, role in self.roles.items())
        sizes = tuple((self.roles[feed.function].value, feed.batch_size)
                      for feed in self.deployment.feeds.values() if feed.function in self.roles)
        return System(facts, self._commands_are_queued(), tuple(sorted(capabilities)), resources,
                      sizes, self._one_at_a_time())

    def _commands_are_queued(self) -> bool:
        post = route(self.template, "POST", self.path)
        return post is not None and post[0].target_kind == "queue"

    def _one_at_a_time(self) -> tuple[str, ...]:
        """Roles whose functions run one at a time: FIFO queues feed them, or they are limited."""
        fed = {feed.function for feed in self.deployment.feeds.values()}
        single = limited_functions(self.template, self.roles) | (fed - self._with_open_ways())
        free = {role for name, role in self.roles.items() if name not in single}
        present = set(self.roles.values())
        return tuple(role.value for role in Role if role in present and role not in free)

    def _with_open_ways(self) -> set[str]:
        """Functions that something invokes several of at once."""
        ways = {target.function for rule in self.deployment.rules for target in rule.targets
                if target.queue is None}
        ways |= {feed.function for feed in self.deployment.feeds.values() if not feed.fifo}
        post = route(self.template, "POST", self.path)
        if post is not None and post[0].target_kind != "queue":
            ways.add(post[0].target)
        return ways
