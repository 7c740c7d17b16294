"""Views: which ones the worlds allow, and which one a response shows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from harness.core.commands import View
from harness.core.contract import Contract
from harness.core.http import Response
from harness.core.json_values import same_json
from harness.core.ledger import Ledger, Read, World
from harness.oracle.worlds import initial_world


def distinct(views: Iterable[View]) -> list[View]:
    """The views without repetition, in order."""
    found: list[View] = []
    for view in views:
        if view not in found:
            found.append(view)
    return found


def final_views(contract: Contract, ledger: Ledger, aggregate: str) -> list[View]:
    """The views that may be right in the end; one, unless replies were indefinite."""
    worlds = ledger.worlds.get(aggregate) or (initial_world(contract),)
    return distinct(contract.view(world.state) for world in worlds)


def prefix_views(contract: Contract, worlds: Iterable[World]) -> list[View]:
    """The views of every prefix of what may have happened."""
    return distinct(contract.view(state) for world in worlds for state in world.states)


GONE = 404
MALFORMED = object()


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
    """Tell if a view is the expected one; members the contract does not name may be added."""
    if observed is None or expected is None:
        return observed is None and expected is None
    named = view_members(contract) | expected.keys()
    return same_json({k: v for k, v in observed.items() if k in named}, expected)


def view_members(contract: Contract) -> frozenset[str]:
    """The members that the contract gives a meaning in a view: less the type of a command."""
    return contract.named_members() - {"type"}


def is_unreadable(read: Read) -> bool:
    """Tell if a reply shows no view: its form is wrong (see ``check_form``), or it is an error."""
    response = read.query.response
    hostile = 400 <= response.status < 500 and response.status != GONE
    return response.status >= 500 or hostile or observed_view(response) is MALFORMED


def shown(view: Any) -> Any:
    """Return a view as a violation tells it: the text 404 where there is none."""
    return "404" if view is None else view
