"""The roles of functions: command, query, projection.

Source: docs/contract.md, section 1. The function behind the contract's POST route, or
behind the queue that this route feeds, takes commands; the one behind its GET route
answers queries; those behind an EventBridge rule, or behind a queue that a rule feeds,
project. Names in the settings override the template.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.template.describe.model import Function, Route, Rule, Template
from harness.template.describe.route_matching import route
from harness.template.read.errors import RoleNotFound, SettingsInvalid, enumeration, suggestion

_SETTING = "in [tool.cqrs-conformance]"


def commands_function(template: Template, path: str) -> Function:
    """The function that takes the commands posted to ``path``, such as "/orders".

    Raises:
        RoleNotFound, SettingsInvalid: there is none.
    """
    if template.settings.command is not None:
        return _named(template, "command", template.settings.command)
    found = _route(template, "POST", path)
    if found.target_kind == "function":
        return _known(template, found.target)
    return _fed(template, found, path)


def query_function(template: Template, path: str) -> Function:
    """The function that answers queries for ``path``/{id}.

    Raises:
        RoleNotFound, SettingsInvalid: there is none.
    """
    if template.settings.query is not None:
        return _named(template, "query", template.settings.query)
    found = _route(template, "GET", f"{path.rstrip('/')}/x")
    if found.target_kind == "queue":
        raise _no_route(template, f"GET {path}/{{id}}", f"the queue {found.target}")
    return _known(template, found.target)


def projection_functions(template: Template) -> tuple[Function, ...]:
    """The functions that published events reach, once each, in the template's order.

    Raises:
        RoleNotFound, SettingsInvalid: there is none.
    """
    names = template.settings.projection
    if names:
        return tuple(_named(template, "projection", name) for name in names)
    reached = {name for rule in template.rules for name in _reached(template, rule)}
    found = tuple(f for f in template.functions if f.logical_id in reached)
    if not found:
        raise no_projection(template)
    return found


def _reached(template: Template, rule: Rule) -> Iterator[str]:
    for target in rule.targets:
        if target.kind == "function":
            yield target.logical_id
        else:
            yield from (f.function for f in template.feeds if f.queue == target.logical_id)


def _route(template: Template, method: str, path: str) -> Route:
    found = route(template, method, path)
    if found is None:
        shown = f"{path.removesuffix('/x')}/{{id}}" if method == "GET" else path
        raise _no_route(template, f"{method} {shown}", None)
    return found[0]


def _fed(template: Template, found: Route, path: str) -> Function:
    feed = next((f for f in template.feeds if f.queue == found.target), None)
    if feed is None:
        raise RoleNotFound(
            f"template {template.path}",
            expected=f"a function fed by the queue {found.target} behind POST {path}",
            got="none",
            remedy=f"add an SQS event to the command function, or set command {_SETTING}",
        )
    return _known(template, feed.function)


def _known(template: Template, logical_id: str) -> Function:
    found = template.function(logical_id)
    assert found is not None, "routes, rules and feeds only name functions that were read"
    return found


def _named(template: Template, key: str, name: str) -> Function:
    found = template.function(name)
    if found is not None:
        return found
    names = [f.logical_id for f in template.functions]
    raise SettingsInvalid(
        f"{key} {_SETTING}, {template.settings.path}",
        expected=f"a function of the template ({enumeration(names)})",
        got=name,
        remedy=f"{suggestion(name, names)}give a function's logical id",
    )


def _no_route(template: Template, wanted: str, got: str | None) -> RoleNotFound:
    routes = enumeration((str(r) for r in template.routes), empty=_other_routes(template))
    return RoleNotFound(
        f"template {template.path}",
        expected=f"a function behind {wanted}",
        got=got or routes,
        remedy="add the route, or say in a dialect how requests reach the function",
    )


def _other_routes(template: Template) -> str:
    """The routes that lead elsewhere, where none leads to a function or a queue."""
    if not template.other_routes:
        return "no routes at all"
    return f"other routes alone: {enumeration(template.other_routes)}"


def no_projection(template: Template) -> RoleNotFound:
    """The error of a template in which no function projects."""
    rules = enumeration((rule.logical_id for rule in template.rules), empty="no rules at all")
    return RoleNotFound(
        f"template {template.path}",
        expected="a function behind an EventBridge rule, a queue that a rule feeds, or a stream",
        got=rules if not template.rules else f"rules that reach none ({rules})",
        remedy=f"add the rule's target, or name the function with projection {_SETTING}; where "
        "none projects, say projection = [] in a dialect",
    )
