"""The route that answers a request, as API Gateway chooses it.

Source: API Gateway Developer Guide, "Create routes for HTTP APIs in API Gateway": the
full match first, then the greedy one, ``$default`` last; a literal part goes before a
variable. A REST API picks the resource by path alone and then looks for the method on
it, an HTTP API looks at both together. An empty part of a path matches no variable.
Slashes at the ends of a path to a REST API are as in LocalStack's snapshots of AWS.

A template may have several APIs and function URLs. ``//ID/orders`` is the path /orders of the one
with that logical id, or of the function's own URL; a path without it goes wherever it fits best.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from urllib.parse import unquote

from harness.template.describe.model import Route, Template

DEFAULT = "$default"
_Rank = tuple[int, tuple[int, ...]]
_Match = tuple[Route, dict[str, str]]


def route(template: Template, method: str, path: str) -> _Match | None:
    """The route for a method and a percent-encoded path, with its path parameters.

    Those of an HTTP API are decoded, those of a REST API are as the client sent them.
    """
    name, rest = named(template, path)
    verb, raw = method.upper(), rest.partition("?")[0]
    routes = [r for r in template.routes if not name or name in _names(r)]
    gateways = groupby(sorted(routes, key=_gateway), key=_gateway)
    found = (_in_gateway(list(routes), verb, raw) for _, routes in gateways)
    matched = min((m for m in found if m is not None), key=lambda m: _rank(m[0]), default=None)
    if matched is None or matched[0].api == "rest":
        return matched
    return matched[0], {name: unquote(value) for name, value in matched[1].items()}


def named(template: Template, path: str) -> tuple[str, str]:
    """The logical id that a path begins with, and the path behind it; "" and the path without."""
    name, slash, rest = path.removeprefix("//").partition("/")
    known = {each for found in template.routes for each in _names(found)}
    return (name, slash + rest) if path.startswith("//") and name in known else ("", path)


def _names(route: Route) -> set[str]:
    """The names of a route's API, or of a function URL."""
    return {route.gateway, route.target} if route.own else {route.gateway}


def _begun(api: str, path: str) -> str:
    """A REST API takes several slashes at the beginning of a path for one."""
    return f"/{path.lstrip('/')}" if api == "rest" else path


def _ended(found: dict[str, str], route: Route) -> dict[str, str]:
    """A REST API leaves the slash that ends a path out of a greedy variable."""
    greedy = route.api == "rest" and _is_greedy(_parts(route.path)[-1] if route.path != "/" else "")
    return {name: value.removesuffix("/") if greedy else value for name, value in found.items()}


def parameters(pattern: str, path: str) -> dict[str, str] | None:
    """The percent-encoded path parameters of a path, None if it does not match."""
    wanted, given = _parts(pattern), _parts(path)
    if pattern == DEFAULT:
        return {"proxy": path.lstrip("/")}
    if wanted and _is_greedy(wanted[-1]) and len(given) >= len(wanted):
        given = [*given[: len(wanted) - 1], "/".join(given[len(wanted) - 1 :])]
    if "" in given:
        return None
    return _bound(wanted, given) if len(wanted) == len(given) else None


def _gateway(route: Route) -> tuple[str, str]:
    return route.api, route.gateway


def _in_gateway(routes: list[Route], verb: str, path: str) -> _Match | None:
    path = _begun(routes[0].api, path)
    matches = [(r, _ended(p, r)) for r in routes if (p := parameters(r.path, path)) is not None]
    if routes[0].api == "rest":
        best = min((_rank(r) for r, _ in matches), default=None)
        matches = [m for m in matches if _rank(m[0]) == best]
    answering = (m for m in matches if m[0].method in (verb, "ANY"))
    return min(answering, key=lambda m: (_rank(m[0]), m[0].method == "ANY"), default=None)


def _rank(route: Route) -> _Rank:
    """A path's rank: the smaller, the more specific."""
    kinds = tuple(_kind(part) for part in _parts(route.path))
    return (2, ()) if route.path == DEFAULT else (int(2 in kinds), kinds)


def _kind(part: str) -> int:
    return 2 if _is_greedy(part) else int(_is_variable(part))


def _parts(path: str) -> list[str]:
    inner = path.removeprefix("/")
    return inner.split("/") if inner else []


def _bound(wanted: Iterable[str], given: Iterable[str]) -> dict[str, str] | None:
    found: dict[str, str] = {}
    for part, raw in zip(wanted, given, strict=True):
        if _is_variable(part):
            found[part.strip("{}").removesuffix("+")] = raw
        elif part != unquote(raw):
            return None
    return found


def _is_variable(part: str) -> bool:
    return part.startswith("{") and part.endswith("}")


def _is_greedy(part: str) -> bool:
    return _is_variable(part) and part.endswith("+}")
