"""Replies to queries: their form, their content in the end, and every read on the way."""

from __future__ import annotations

import base64
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from harness.core.commands import Acceptance, View
from harness.core.compression import as_text
from harness.core.contract import Contract
from harness.core.history import Called, History, Item, Rebuilt, Role
from harness.core.http import Response
from harness.core.json_values import parse_json, plain_numbers, same_json, to_json
from harness.core.ledger import Ledger, Read, World
from harness.core.violation import Hop, Kind, Violation
from harness.oracle.stored_events import StoredEvent, numbered, published_events, stored_events
from harness.oracle.worlds import canonical_text, distinct, prefix_views

GONE = 404
MALFORMED = object()


def check_form(contract: Contract, history: History, ledger: Ledger) -> Iterator[Violation]:
    """A query gives a view as JSON, or 404; a hostile id any 4xx; never a server error."""
    disturbed = any(c.error and c.role is Role.QUERY for c in history.of(Called))
    for read in ledger.reads:
        hostile = contract.ids.accepts(read.query.id) is Acceptance.MUST_NOT
        status = read.query.response.status
        if status >= 500 and disturbed:
            continue
        if status >= 500:
            kind = Kind.HOSTILE_QUERY_FAILED if hostile else Kind.QUERY_FAILED
            yield _form(contract, kind, read, "4xx" if hostile else "200 or 404")
        elif hostile and status < 400:
            yield _form(contract, Kind.HOSTILE_QUERY_FAILED, read, "4xx")
        elif not hostile and status not in (0, 200, GONE, 429):
            yield _form(contract, Kind.QUERY_FORM, read, "200 or 404")
        elif status == 200 and observed_view(read.query.response) is MALFORMED:
            yield _form(contract, Kind.QUERY_FORM, read, "200, application/json, a JSON object")


def _form(contract: Contract, kind: Kind, read: Read, expected: str) -> Violation:
    response = read.query.response
    flaw = None if kind is Kind.HOSTILE_QUERY_FAILED else _condition(contract, read)
    content_type = response.header("content-type") or "no content type"
    observed = f"{response.status} {content_type} {response.body[:300]}"
    return Violation(kind, read.query.id, read.query.step, expected, observed, Hop.QUERY, flaw)


def _condition(contract: Contract, read: Read) -> str:
    """What a query asked for: an aggregate that is there, that was, or that never was."""
    if any(contract.view(world.state) is not None for world in read.worlds):
        return "existing"
    return "gone" if any(world.effects for world in read.worlds) else "unknown"


def observed_view(response: Response) -> Any:
    """The view in a response: an object, None for 404, or MALFORMED."""
    if response.status == GONE:
        return None
    content_type = (response.header("content-type") or "").partition(";")[0].strip().lower()
    try:
        view = response.json()
    except ValueError:
        return MALFORMED
    proper = response.status == 200 and content_type == "application/json"
    return view if proper and isinstance(view, dict) else MALFORMED


def shows(contract: Contract, observed: Any, expected: View) -> bool:
    """Whether a view is the expected one; members the contract does not name may be added."""
    if observed is None or expected is None:
        return observed is None and expected is None
    named = view_members(contract) | expected.keys()
    return same_json({k: v for k, v in observed.items() if k in named}, expected)


def view_members(contract: Contract) -> frozenset[str]:
    """The members that the contract gives a meaning in a view: less the type of a command."""
    return contract.named_members() - {"type"}


def check_views(contract: Contract, history: History, ledger: Ledger) -> Iterator[Violation]:
    """In the end each view is the fold of what happened, and stays so."""
    for read in ledger.reads:
        open_fate = read.query.id in ledger.unrepaired
        if read.query.phase == "during" or _unreadable(read) or open_fate:
            continue
        observed = observed_view(read.query.response)
        worlds = in_stored_order(contract, history, read)
        allowed = distinct(contract.view(world.state) for world in worlds)
        if not any(shows(contract, observed, view) for view in allowed):
            yield _wrong(contract, history, read, allowed, observed)


def in_stored_order(contract: Contract, history: History, read: Read) -> list[World]:
    """The worlds, less those that differ from the store in nothing but the order of events.

    Which of two overlapping commands came first is the store's to say; what happened is not, but
    where a queue takes the commands and no reply says it.
    It does not say so by events without versions.
    """
    if len(read.worlds) == 1:
        return list(read.worlds)
    every = numbered(stored_events(contract, history))
    events = [e for e in every if e.aggregate == read.query.id]
    if any(event.bare for event in events):
        return list(read.worlds)
    stored = [_command_text(contract, event) for event in events]
    confirmed = [world for world in read.worlds if list(world.effects) == stored]
    if not confirmed:
        return list(read.worlds)
    if history.system.queued:
        return confirmed
    return confirmed + [w for w in read.worlds if sorted(w.effects) != sorted(stored)]


def _command_text(contract: Contract, event: StoredEvent) -> str:
    known = {"type", contract.id_member, *contract.types[str(event.document["type"])]}
    return canonical_text({name: v for name, v in event.document.items() if name in known})


def _unreadable(read: Read) -> bool:
    """The form is wrong (another check says so), or the reply says nothing."""
    response = read.query.response
    hostile = 400 <= response.status < 500 and response.status != GONE
    return response.status >= 500 or hostile or observed_view(response) is MALFORMED


def _wrong(
    contract: Contract, history: History, read: Read, allowed: list[View], observed: Any
) -> Violation:
    hop = first_hop(contract, history, read, allowed)
    expected = allowed[0] if len(allowed) == 1 else {"one of": allowed}
    return Violation(_kind(read, allowed), read.query.id, read.query.step,
                     _shown(expected), _shown(observed), hop)


def _kind(read: Read, allowed: list[View]) -> Kind:
    if read.query.phase == "again":
        return Kind.VIEW_UNSTABLE
    if allowed != [None]:
        return Kind.VIEW_WRONG
    return Kind.DELETED_VISIBLE if any(w.effects for w in read.worlds) else Kind.UNKNOWN_VISIBLE


def _shown(view: Any) -> Any:
    return "404" if view is None else view


def first_hop(
    contract: Contract, history: History, read: Read, allowed: list[View]
) -> Hop:
    """Where the path of an aggregate's events first leaves what is expected."""
    aggregate = read.query.id
    effects = max((len(world.effects) for world in read.worlds), default=0)
    every = numbered(stored_events(contract, history))
    stored = [e for e in every if e.aggregate == aggregate]
    if "log" in history.system.capabilities and len(stored) != effects:
        return Hop.STORE
    published = {e.event_id for e in published_events(contract, history)}
    if "calls" in history.system.capabilities and any(e.event_id not in published for e in stored):
        return Hop.BUS
    item = next((i for i in history.of(Item) if i.id == aggregate), None)
    named = view_members(contract)
    right = item is not None and any(_item_shows(item.text, view, named) for view in allowed)
    return Hop.QUERY if right else Hop.PROJECTION


def _item_shows(text: str | None, view: View, named: frozenset[str]) -> bool:
    """Whether a stored item holds the view: as attributes, at the top or one level down.

    It may hold more, but no other member that the contract names.
    """
    if text is None:
        return view is None
    plain = {name: _plain(value) for name, value in json.loads(text).items()}
    inner = (_document(value) for value in plain.values())
    candidates = [plain, *(value for value in inner if isinstance(value, dict))]
    if view is None:
        return not any(len(candidate) > 3 for candidate in candidates)
    return any(
        _holds(candidate, view) and not (named - view.keys()) & candidate.keys()
        for candidate in candidates
    )


def _binary(content: str) -> str:
    try:
        return as_text(base64.b64decode(content))
    except ValueError:
        return content


def _document(value: Any) -> Any:
    """What an attribute holds, which may be a JSON text."""
    if not isinstance(value, str) or not value.startswith("{"):
        return value
    try:
        return parse_json(value)
    except ValueError:
        return value


def _holds(candidate: dict[str, Any], view: Mapping[str, Any]) -> bool:
    return all(name in candidate and _says(candidate[name], view[name]) for name in view)


def _says(stored: Any, shown: Any) -> bool:
    """Whether an attribute says what a view's member does, in whatever type it is stored."""
    if isinstance(stored, str) and isinstance(shown, list | Mapping):
        return True
    if isinstance(stored, str) and not isinstance(shown, str):
        return stored == to_json(plain_numbers(shown))
    return same_json(stored, shown)


def _plain(value: dict[str, Any]) -> Any:
    """The JSON value of an attribute as DynamoDB writes it."""
    kind, content = next(iter(value.items()))
    if kind == "M":
        return {name: _plain(member) for name, member in content.items()}
    if kind == "L":
        return [_plain(item) for item in content]
    if kind == "N":
        return Decimal(content)
    if kind == "B":
        return _binary(content)
    return None if kind == "NULL" else content


def check_client_members(
    contract: Contract, history: History, ledger: Ledger
) -> Iterator[Violation]:
    """No member that only a client's body names is ever in a view."""
    invented = _invented(contract, ledger)
    for read in ledger.reads:
        observed = observed_view(read.query.response)
        if not isinstance(observed, dict):
            continue
        named = {name for view in prefix_views(contract, read.worlds) for name in view or ()}
        for name, values in invented.get(read.query.id, {}).items():
            shown = name in observed and name not in named
            if shown and any(same_json(observed[name], value) for value in values):
                yield Violation(Kind.CLIENT_MEMBER, read.query.id, read.query.step,
                                f"no member {name!r}", {name: observed[name]}, Hop.COMMAND)


def _invented(contract: Contract, ledger: Ledger) -> dict[str, dict[str, list[Any]]]:
    """Aggregate -> member -> the values that clients gave to members nobody asked for."""
    found: dict[str, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for judged in ledger.commands:
        if judged.reading.command is None or judged.aggregate is None:
            continue
        document = _sent_object(judged.sent.body)
        for name in document.keys() - judged.reading.command.keys():
            found[judged.aggregate][name].append(document[name])
    return found


def _sent_object(body: str | None) -> dict[str, Any]:
    return dict(json.loads(body or "{}"))


def check_prefixes(contract: Contract, history: History, ledger: Ledger) -> Iterator[Violation]:
    """Every read on the way shows some prefix of the aggregate's events."""
    for read in ledger.reads:
        hostile = contract.ids.accepts(read.query.id) is Acceptance.MUST_NOT
        if read.query.phase != "during" or _unreadable(read) or hostile:
            continue
        observed = observed_view(read.query.response)
        allowed = prefix_views(contract, read.worlds)
        if not any(shows(contract, observed, view) for view in allowed):
            yield Violation(Kind.READ_NOT_PREFIX, read.query.id, read.query.step,
                            {"one of": [_shown(view) for view in allowed]}, _shown(observed),
                            Hop.PROJECTION)


def check_monotonic(contract: Contract, history: History, ledger: Ledger) -> Iterator[Violation]:
    """Once a version was seen no older one is: some non-decreasing places explain all reads.

    Of reads under way at the same time none is the earlier one, and when the read model was
    wiped it begins again.
    """
    wiped = [at for at, record in enumerate(history.records) if isinstance(record, Rebuilt)]
    reads: dict[str, list[Read]] = defaultdict(list)
    for read in ledger.reads:
        if not _unreadable(read):
            reads[read.query.id].append(read)
    for found in reads.values():
        yield from _backwards(contract, found, wiped)


def _backwards(
    contract: Contract, reads: list[Read], wiped: list[int]
) -> Iterator[Violation]:
    worlds = reads[-1].worlds
    if len(worlds) != 1:
        return
    views = [contract.view(state) for state in worlds[0].states]
    seen: list[tuple[int, int]] = []
    for read in reads:
        since = max((at for at in wiped if at < read.at), default=-1)
        place = max((place for at, place in seen if since < at < _called(read)), default=0)
        observed = observed_view(read.query.response)
        places = [n for n, view in enumerate(views) if shows(contract, observed, view)]
        later = [n for n in places if n >= place]
        if places and not later:
            newer = [_shown(view) for view in distinct(views[place:])]
            yield Violation(Kind.READ_WENT_BACK, read.query.id, read.query.step,
                            {"one of": newer}, _shown(observed), Hop.PROJECTION)
            return
        seen.append((read.at, min(later, default=place)))


def _called(read: Read) -> int:
    return read.query.called if read.query.called >= 0 else read.at
