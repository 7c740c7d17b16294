"""Check settled views: each is the fold of the commands that took effect, and stays so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from harness.core.commands import View
from harness.core.contract import Contract
from harness.core.history import History, Item
from harness.core.ledger import Ledger, Read, World
from harness.core.repetition import Mark
from harness.core.violation import Hop, Kind, Violation
from harness.oracle.narrowing import command_text
from harness.oracle.read_model_items import item_shows
from harness.oracle.stored_events import numbered, published_events, stored_events
from harness.oracle.views import (
    distinct,
    is_unreadable,
    observed_view,
    shown,
    shows,
    view_members,
)


def check_views(contract: Contract, history: History, ledger: Ledger) -> Iterator[Violation]:
    """In the end each view is the fold of what happened, and stays so."""
    for read in ledger.reads:
        open_fate = read.query.id in ledger.unrepaired
        if read.query.phase == "during" or is_unreadable(read) or open_fate:
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
    Where nothing marks a repetition, each attempt may have taken effect, which is the store's to
    say as well. It does not say so by events without versions, nor where nothing looks into it.
    """
    if len(read.worlds) == 1 or "log" not in history.system.capabilities:
        return list(read.worlds)
    every = numbered(stored_events(contract, history))
    events = [e for e in every if e.aggregate == read.query.id]
    if any(event.bare for event in events):
        return list(read.worlds)
    stored = [command_text(contract, event) for event in events]
    confirmed = [world for world in read.worlds if list(world.effects) == stored]
    if not confirmed:
        return list(read.worlds)
    if history.system.queued or contract.repetition.mark is Mark.NONE:
        return confirmed
    return confirmed + [w for w in read.worlds if sorted(w.effects) != sorted(stored)]


def _wrong(
    contract: Contract, history: History, read: Read, allowed: list[View], observed: Any
) -> Violation:
    hop = first_hop(contract, history, read, allowed)
    expected = allowed[0] if len(allowed) == 1 else {"one of": allowed}
    return Violation(_kind(read, allowed), read.query.id, read.query.step,
                     shown(expected), shown(observed), hop)


def _kind(read: Read, allowed: list[View]) -> Kind:
    if read.query.phase == "again":
        return Kind.VIEW_UNSTABLE
    if allowed != [None]:
        return Kind.VIEW_WRONG
    return Kind.DELETED_VISIBLE if any(w.effects for w in read.worlds) else Kind.UNKNOWN_VISIBLE


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
    seen = "calls" in history.system.capabilities and "published" not in history.system.untold
    if seen and any(e.event_id not in published for e in stored):
        return Hop.RELAY if history.system.relayed else Hop.BUS
    item = next((i for i in history.of(Item) if i.id == aggregate), None)
    named = view_members(contract)
    right = item is not None and any(item_shows(item.text, view, named) for view in allowed)
    return Hop.QUERY if right else Hop.PROJECTION
