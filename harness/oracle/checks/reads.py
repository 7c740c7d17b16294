"""Replies to queries: their form, their content in the end, and every read on the way."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from harness.core.commands import Acceptance
from harness.core.contract import Contract
from harness.core.history import Called, History, Rebuilt, Role
from harness.core.json_values import same_json
from harness.core.ledger import Ledger, Read
from harness.core.violation import Hop, Kind, Violation
from harness.oracle.views import (
    GONE,
    MALFORMED,
    distinct,
    is_unreadable,
    observed_view,
    prefix_views,
    shown,
    shows,
)


def check_form(contract: Contract, history: History, ledger: Ledger) -> Iterator[Violation]:
    """A query gives a view as JSON, or 404; a hostile id any 4xx; never a server error."""
    for read in ledger.reads:
        form = contract.ids.accepts(read.query.id)
        hostile = form is Acceptance.MUST_NOT
        status = read.query.response.status
        if status >= 500 and _disturbed(history, read):
            continue
        if status >= 500:
            kind = Kind.HOSTILE_QUERY_FAILED if hostile else Kind.QUERY_FAILED
            yield _form(contract, kind, read, "4xx" if hostile else "200 or 404")
        elif hostile and status < 400:
            yield _form(contract, Kind.HOSTILE_QUERY_FAILED, read, "4xx")
        elif form is Acceptance.MUST and status not in (0, 200, GONE, 429):
            yield _form(contract, Kind.QUERY_FORM, read, "200 or 404")
        elif status == 200 and observed_view(read.query.response) is MALFORMED:
            yield _form(contract, Kind.QUERY_FORM, read, "200, application/json, a JSON object")


def _disturbed(history: History, read: Read) -> bool:
    """Tell if a fault hit the query function while the query was under way."""
    since = max(read.query.called, 0)
    return any(isinstance(r, Called) and r.error is not None and r.role is Role.QUERY
               for r in history.records[since : read.at])


def _form(contract: Contract, kind: Kind, read: Read, expected: str) -> Violation:
    response = read.query.response
    flaw = None if kind is Kind.HOSTILE_QUERY_FAILED else _condition(contract, read)
    content_type = response.header("content-type") or "no content type"
    observed = f"{response.status} {content_type} {response.body[:300]}"
    return Violation(kind, read.query.id, read.query.step, expected, observed, Hop.QUERY, flaw)


def _condition(contract: Contract, read: Read) -> str:
    """The condition of the queried aggregate: it exists, is gone, or was never there."""
    if any(contract.view(world.state) is not None for world in read.worlds):
        return "existing"
    return "gone" if any(world.effects for world in read.worlds) else "unknown"


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
        if read.query.phase != "during" or is_unreadable(read) or hostile:
            continue
        observed = observed_view(read.query.response)
        allowed = prefix_views(contract, read.worlds)
        if not any(shows(contract, observed, view) for view in allowed):
            yield Violation(Kind.READ_NOT_PREFIX, read.query.id, read.query.step,
                            {"one of": [shown(view) for view in allowed]}, shown(observed),
                            Hop.PROJECTION)


def check_monotonic(contract: Contract, history: History, ledger: Ledger) -> Iterator[Violation]:
    """Once a version was seen no older one is: some non-decreasing places explain all reads.

    Of reads under way at the same time none is the earlier one, and when the read model was
    wiped it begins again.
    """
    wiped = [at for at, record in enumerate(history.records) if isinstance(record, Rebuilt)]
    reads: dict[str, list[Read]] = defaultdict(list)
    for read in ledger.reads:
        if not is_unreadable(read):
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
            newer = [shown(view) for view in distinct(views[place:])]
            yield Violation(Kind.READ_WENT_BACK, read.query.id, read.query.step,
                            {"one of": newer}, shown(observed), Hop.PROJECTION)
            return
        seen.append((read.at, min(later, default=place)))


def _called(read: Read) -> int:
    return read.query.called if read.query.called >= 0 else read.at
