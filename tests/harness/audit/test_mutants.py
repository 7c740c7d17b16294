"""Stores that broken implementations have filled have findings; a conforming one's have none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harness.core.history import History, Queried, Sent, Stored
from harness.core.scenario import Redeliver, Scenario, Send, Settle, Step
from harness.entry.cli import main
from harness.play.runner import play
from harness.stages.embedded.stage import MotoStage
from harness.template import load
from scenarios.domains.orders import CONTRACT
from tests.harness.audit.documents import Document, kinds, written
from tests.miniatures.building import Miniature, build
from tests.miniatures.catalogue import CATALOGUE

DAY = "2026-01-0{}T00:00:00Z"


def send(kind: str, id: str, key: str | None = None, **members: str) -> Send:
    return Send(json.dumps({"type": kind, "orderId": id, **members}), key)


def create(id: str, customer: str = "x") -> Send:
    return send("OrderCreated", id, customer=customer, createdAt=DAY.format(1))


def update(id: str, day: int, key: str | None = None, **members: str) -> Send:
    return send("OrderUpdated", id, key, updatedAt=DAY.format(day), **members)


STORY: tuple[Step, ...] = (
    create("~a", " x "), update("~a", 2, customer="y"), update("~a", 3, "once"),
    update("~a", 3, "once"), Settle(), create("~b"), send("OrderDeleted", "~b"), Settle(),
    create("~c"), update("~c", 2), send("OrderDeleted", "~c"), create("~c"), Settle(),
    create("~d", " z "), create("~d"), send("OrderUpdated", "~d", updatedAt="soon"),
    send("OrderCreated", "~e", customer="x", createdAt="soon"), Settle())
"""Orders that are created, changed, repeated, deleted and created again; and some refused."""
AGAIN = (*STORY, *(Redeliver(pick) for pick in range(8)), Settle())
"""The same, and older events come again."""


def dumped(history: History, folder: Path) -> list[str]:
    """Options that name what a play has left, written into files."""
    events: dict[str, Document] = {}
    views: dict[str, Document] = {}
    log = []
    for record in history.records:
        if isinstance(record, Stored) and record.change == "removed":
            events.pop(record.key, None)
        elif isinstance(record, Stored):
            events[record.key] = json.loads(record.text)
        elif isinstance(record, Queried) and record.response.status == 200:
            views[record.id] = record.response.json()
        elif isinstance(record, Queried):
            views.pop(record.id, None)
        elif isinstance(record, Sent):
            status = record.response.status
            body = record.response.json() if status < 300 else {}
            log.append({"id": json.loads(record.body or "")["orderId"], "status": status,
                        **({"key": record.key} if record.key else {}),
                        **({"eventId": body["eventId"]} if "eventId" in body else {})})
    return ["--events", str(written(folder / "e.jsonl", events.values())),
            "--views", str(written(folder / "v.jsonl", views.values())),
            "--acknowledged", str(written(folder / "l.jsonl", log))]


def audited(miniature: Miniature, story: tuple[Step, ...], folder: Path) -> set[str]:
    """The kinds of findings in the stores of an implementation, after a story."""
    template = load(build(miniature, folder / "system"))
    with MotoStage(template, CONTRACT.path) as stage:
        history = play(Scenario(story), stage, CONTRACT)
    report = folder / "report.json"
    main(["audit", *dumped(history, folder), "--report-json", str(report)])
    return {kind for kind, _ in kinds(report)}


def catalogued(*values: Any) -> Any:
    """A case that not every run has."""
    return pytest.param(*values, marks=pytest.mark.catalogue)


@pytest.mark.parametrize(("name", "story", "kind"), [
    ("trims_customer", STORY, "wrong-view"),
    catalogued("update_replaces_item", STORY, "wrong-view"),
    catalogued("keeps_old_members_after_recreation", STORY, "stale-view"),
    catalogued("loses_last_event", STORY, "missing-view"),
    catalogued("publishes_on_the_default_bus", STORY, "missing-view"),
    catalogued("accepts_any_date", STORY, "refused-event"),
    catalogued("versions_from_zero", STORY, "foreign-object"),
    ("retry_appends_again", STORY, "applied-twice"),
    ("deletes_events_on_delete", STORY, "acknowledged-lost"),
    catalogued("forgets_tombstone", AGAIN, "deleted-shown"),
    ("ignores_order", AGAIN, "stale-view"),
])
def test_a_broken_implementation_leaves_traces(
    name: str, story: tuple[Step, ...], kind: str, tmp_path: Path
) -> None:
    (miniature,) = (row for row in CATALOGUE if row.name == name)
    assert kind in audited(miniature, story, tmp_path)


def test_a_conforming_one_leaves_none(tmp_path: Path) -> None:
    conforming = Miniature("none", "", (), frozenset())
    assert audited(conforming, AGAIN, tmp_path) == set()
