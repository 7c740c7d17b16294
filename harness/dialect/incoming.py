"""From the wire's replies to canonical ones: to a command, and to a query.

A canonical reply to a command is 2xx with an object (accepted), 4xx (refused or invalid), or 5xx
(indefinite). What the dialect says nothing of keeps the status that it has.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, TypeGuard
from urllib.parse import urlsplit

from harness.core.contract import Contract
from harness.core.http import Request, Response
from harness.core.json_values import parse_json, same_json, to_json
from harness.dialect.bindings import Bindings
from harness.dialect.expressions import MISSING, Pointer
from harness.dialect.model import Absent, Dialect, IdPlace, QueryForm, Replies, Route, Values

JSON_HEADER = ("Content-Type", "application/json")
NOT_FOUND = 404
LONGEST_VERSION = 20
ANYTHING = "*"
ID_NAMES = ("id", "_id", "aggregateId", "aggregate_id")
"""Members of a view that hold the aggregate's id, where none has the contract's name for it."""
PROXY = (("statusCode",), ("headers",), ("body",))
"""The members of a result that has the form of an HTTP response."""
REFUSED, INVALID, INDEFINITE, ACCEPTED = 409, 400, 503, 200
"""The canonical status of each meaning, where the wire's own does not fit it."""


class NoIdError(Exception):
    """A creation was accepted, and its reply has no id where the dialect says."""


def command_reply(replies: Replies, response: Response) -> Response:
    """The canonical reply to a command.

    ``replies`` are those of its form: what it does not list is told by the status.
    """
    if not response.answered:
        return response
    value = _told(replies, response)
    for meaning, status, listed in (
        ("accepted", ACCEPTED, replies.accepted), ("refused", REFUSED, replies.refused),
        ("invalid", INVALID, replies.invalid), ("indefinite", INDEFINITE, replies.indefinite),
    ):
        if value is not MISSING and _is_among(value, listed):
            return _as(meaning, status, response)
    return response


def _told(replies: Replies, response: Response) -> Any:
    """The value that says what a reply means: the status, or what stands in the body."""
    return response.status if replies.at is None else replies.at.find(parsed(response.body))


def _is_among(value: Any, listed: Values) -> bool:
    """True if a value is among those listed; ``*`` stands for any that is there and not null."""
    return any(_is_class(value, each) or same_json(value, each)
               or (each == ANYTHING and value is not None) for each in listed)


def _is_class(value: Any, each: Any) -> bool:
    """True if a status belongs to a class such as "4xx"."""
    plain = isinstance(each, str) and len(each) == 3 and each.endswith("xx")
    return plain and isinstance(value, int) and str(value)[:1] == each[:1]


def _as(meaning: str, status: int, response: Response) -> Response:
    """The reply with a status of that meaning; one that is accepted has an object."""
    classes = {"accepted": (2,), "refused": (4,), "invalid": (4,), "indefinite": (5,)}
    own = response.status // 100 in classes[meaning] and response.status not in (204, 205, 429)
    kept = replace(response, status=response.status if own else status)
    if meaning != "accepted" or isinstance(parsed(kept.body), dict):
        return kept
    return Response(kept.status, (*kept.headers, JSON_HEADER), "{}")


def acknowledged(response: Response) -> Response:
    """An acceptance of a system with a dialect of its own: its body may be any, or none."""
    accepted = response.answered and 200 <= response.status < 300
    if not accepted or isinstance(parsed(response.body), dict):
        return response
    return _as("accepted", ACCEPTED, response)


def without_function_error(response: Response) -> Response:
    """The reply without what Lambda itself tells an invoker of an exception, which it has to."""
    if response.header("x-amz-function-error") is None:
        return response
    return Response(response.status, (JSON_HEADER,), "{}")


def of_proxy(response: Response, places: Iterable[Pointer | None]) -> Response:
    """The HTTP response that an invoked function gave as its result, as API Gateway would read it.

    Many functions answer so whoever invokes them. A dialect that names a place in that result
    (``places``) reads it as it is.
    """
    found = parsed(response.body)
    status = found.get("statusCode") if isinstance(found, dict) else None
    named = any(place is not None and place.parts[:1] in PROXY for place in places)
    if named or response.status != 200 or not isinstance(found, dict) or not _is_status(status):
        return response
    body, headers = found.get("body"), found.get("headers")
    pairs = headers.items() if isinstance(headers, dict) else ()
    text = "" if body is None else body if isinstance(body, str) else to_json(body)
    return Response(status, tuple((str(name), str(value)) for name, value in pairs), text)


def _is_status(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 100 <= value <= 599


def parsed(text: str) -> Any:
    """A body as JSON; ``MISSING`` if it is none."""
    try:
        return parse_json(text)
    except ValueError:
        return MISSING


def result_request(replies: Replies, response: Response) -> Request | None:
    """The request that asks for the result of a command that was only taken in, if it was."""
    later = replies.later
    if later is None or response.status != later.status:
        return None
    document = parsed(response.body)
    values = {name: Pointer((name,)).find(document) for name in later.route.path.names}
    return Request("GET", later.route.path.fill(values))


def is_pending(replies: Replies, response: Response) -> bool:
    """True while the result of a command is pending."""
    assert replies.later is not None
    value = replies.later.at.find(parsed(response.body))
    return value is not MISSING and _is_among(value, replies.later.pending)


def id_in(place: IdPlace, response: Response) -> Any:
    """The id that the server made, from its reply.

    Raises:
        NoIdError: it is not where the dialect says.
    """
    found: Any = MISSING
    if place.pointer is not None:
        document = parsed(response.body)
        found = response.body.strip() if document is MISSING else document
        found = place.pointer.find(found)
    elif place.location is not None:
        header = response.header("location") or ""
        matched = (place.location.match(text) for text in _paths(header))
        found = next((parts["id"] for parts in matched if parts), MISSING)
    if found is MISSING or isinstance(found, dict | list | bool) or found in (None, ""):
        raise NoIdError(f"got {response.status} {response.body:.200}")
    return found


def _paths(location: str) -> tuple[str, ...]:
    """A Location as it is, its path in a URL, and that without the stage of an API."""
    path = urlsplit(location).path
    return location, path, f"/{path.lstrip('/').partition('/')[2]}"


def query_reply(
    dialect: Dialect, contract: Contract, id: str, response: Response, bindings: Bindings
) -> Response:
    """The canonical reply to a query: 200 with the view, 404, 503, or what it was."""
    form, document = dialect.query, parsed(response.body)
    if any(_says(sign, response, document) for sign in form.failed):
        return Response(INDEFINITE, response.headers, response.body)
    if any(_says(absent, response, document) for absent in form.absent):
        return Response(NOT_FOUND, response.headers, response.body)
    if response.status != 200 or document is MISSING:
        return response
    found = _entry(form, form.at.find(document), bindings.wire(id))
    if found is MISSING and form.among is not None:
        return Response(NOT_FOUND, response.headers, response.body)
    found = dialect.hook.apply("view", found, id)
    if isinstance(found, list) and form.members is not None:
        return _as_object(form, found, response, bindings)
    if not isinstance(found, dict):
        return replace(response, body=to_json(None if found is MISSING else found))
    view = _with_etag(form, response, view_members(dialect, contract, found, bindings))
    return replace(response, headers=_typed(form, response), body=to_json(view))


def _as_object(
    form: QueryForm, found: list[Any], response: Response, bindings: Bindings
) -> Response:
    """A reply whose view is a list: the members that the dialect finds in it."""
    members = {name: source.find(found) for name, source in (form.members or {}).items()}
    told = {name: value for name, value in members.items() if value is not MISSING}
    told = bindings.set_up_names(told)
    return replace(response, headers=_typed(form, response), body=to_json(told))


def _with_etag(form: QueryForm, response: Response, view: dict[str, Any]) -> dict[str, Any]:
    """The view with the version that only the ETag tells: a number where it is one."""
    tag = response.header("etag") if form.etag else None
    if tag is None:
        return view
    text = tag.strip().removeprefix("W/").strip('"')
    number = text.isascii() and text.isdecimal() and len(text) < LONGEST_VERSION
    return {**view, form.etag: int(text) if number else text}


def view_members(
    dialect: Dialect, contract: Contract, found: dict[str, Any], bindings: Bindings
) -> dict[str, Any]:
    """A view of the wire with its canonical members, and the scenario's id."""
    named: dict[str, Any] = bindings.set_up_names(_members(dialect.query, contract, found))
    return _with_scenario_id(contract, named, bindings)


def _says(absent: Absent, response: Response, document: Any) -> bool:
    if absent.status is not None:
        return response.status == absent.status
    if response.status != 200 or document is MISSING:
        return False
    found = absent.at.find(document)
    if MISSING in (found, absent.value):
        return found is absent.value
    return same_json(found, absent.value) or (absent.value == ANYTHING and found is not None)


def _entry(form: QueryForm, found: Any, wire_id: Any) -> Any:
    """The view in a reply: the entry of a list that has the id, where there is a list."""
    if form.among is None:
        return found
    entries = found if isinstance(found, list) else []
    return next((e for e in entries if _has_id(form.among.find(e), wire_id)), MISSING)


def _has_id(value: Any, wire_id: Any) -> bool:
    return value is not MISSING and str(value) == str(wire_id)


def _members(form: QueryForm, contract: Contract, found: dict[str, Any]) -> dict[str, Any]:
    """The view's members by their canonical names.

    A member that the dialect does not rename keeps its name, unless the contract uses that name
    for something else.
    """
    plain = {name: value for name, value in found.items() if name not in form.dropped}
    if form.members is None:
        return plain
    own = {name: value for name, source in form.members.items()
           if (value := source.find(found)) is not MISSING}
    taken = {source.pointer.parts[0] for source in form.members.values() if source.pointer.parts}
    named = contract.named_members() | form.members.keys()
    others = {name: v for name, v in plain.items() if name not in taken and name not in named}
    return own | others


def _with_scenario_id(
    contract: Contract, view: dict[str, Any], bindings: Bindings
) -> dict[str, Any]:
    """The view with the scenario's id in the contract's id member, or in one that is named so."""
    names = (contract.id_member,) if contract.id_member in view else ID_NAMES
    known = {name: id for name in names if name in view
             and (id := bindings.canonical(view[name])) is not None}
    return {**view, **known}


def _typed(form: QueryForm, response: Response) -> tuple[tuple[str, str], ...]:
    """The headers; an invocation's reply has none, and is JSON by itself.

    So is a media type of JSON's syntax, such as application/vnd.api+json (RFC 6839), in a dialect
    that says where the view's members are.
    """
    kind = (response.header("content-type") or "").partition(";")[0].strip().lower()
    if isinstance(form.message.address, Route):
        suffixed = form.members is not None and kind.endswith("+json")
        return (JSON_HEADER, *response.headers) if suffixed else response.headers
    return (*response.headers, JSON_HEADER)
