"""Replies that a log has kept, against the events that are stored.

A line of the log has ``id`` (or the contract's member), ``status``, and of ``eventId``, ``key`` and
``version`` those that the system tells. A store alone cannot say that an acknowledged command is
lost: its reply can.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from harness.audit.findings import Finding, Found
from harness.audit.partitions import Event, Lines
from harness.core.contract import Contract
from harness.core.json_values import to_json

INDEFINITE = frozenset({408, 425, 429})
"""Refusals that say nothing of the command."""


def is_reply(contract: Contract, value: Any) -> bool:
    """Tell if a document is a reply: it names an aggregate and a status."""
    return (isinstance(value, dict) and isinstance(value.get("status"), int)
            and isinstance(aggregate_of(contract, value), str))


def aggregate_of(contract: Contract, reply: dict[str, Any]) -> Any:
    """The aggregate that a reply is about."""
    return reply.get("id", reply.get(contract.id_member))


def judge_replies(aggregate: str, lines: Lines) -> Iterator[Found]:
    """The findings of one aggregate's replies."""
    stored: dict[Any, Any] = {event["eventId"]: event["version"] for _, event in lines.events}
    twice: dict[Any, set[Any]] = defaultdict(set)
    for place, reply in _different(lines.replies):
        event_id, status = reply.get("eventId"), reply["status"]
        assert isinstance(status, int)
        about = {"place": place, "status": status, "eventId": event_id}
        if 200 <= status < 300:
            if not lines.events or (event_id is not None and event_id not in stored):
                yield Found(Finding.ACKNOWLEDGED_LOST, aggregate, about)
            elif event_id is not None and "key" in reply:
                twice[reply["key"]].add(event_id)
            if reply.get("version", stored.get(event_id)) != stored.get(event_id):
                yield Found(Finding.CONTRADICTED_REPLY, aggregate, about)
        elif 400 <= status < 500 and status not in INDEFINITE and event_id in stored:
            yield Found(Finding.CONTRADICTED_REPLY, aggregate, about)
    for key, ids in twice.items():
        if len(ids) > 1:
            yield Found(Finding.APPLIED_TWICE, aggregate,
                        {"key": key, "eventIds": sorted(map(str, ids))})


def _different(replies: Iterable[Event]) -> Iterator[Event]:
    """The replies, each once: a line that is repeated is one reply."""
    known: set[str] = set()
    for place, reply in replies:
        text = to_json(reply)
        if text not in known:
            known.add(text)
            yield place, reply
