"""Stored events and views of many orders, some of them damaged, as files."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

Document = dict[str, Any]
DAY = "2026-01-0{}T00:00:00Z"


def orders(folder: Path, number: int) -> tuple[Path, Path, list[tuple[str, str]]]:
    """Events and views of that many orders, and the findings that an audit of them has.

    Of each ten orders one view is stale, and one order has a gap.
    """
    events, views, found = [], [], []
    for count in range(number):
        id = f"order-{count:04}"
        shown = {"orderId": id, "customer": f"c\u00e9 {count}", "createdAt": DAY.format(1)}
        created = {"type": "OrderCreated", "version": 1, "eventId": f"{id}-1", **shown}
        updated = {"type": "OrderUpdated", "version": 2, "eventId": f"{id}-2", "orderId": id,
                   "updatedAt": DAY.format(2)}
        views.append(shown if count % 10 == 3 else {**shown, "updatedAt": DAY.format(2)})
        events += [updated] if count % 10 == 7 else [updated, created]
        if count % 10 in (3, 7):
            found.append(("stale-view" if count % 10 == 3 else "gap", id))
    return written(folder / "e.jsonl", events), written(folder / "v.jsonl", views), found


def written(path: Path, documents: Iterable[Document]) -> Path:
    """A file of JSON Lines."""
    path.write_text("".join(f"{json.dumps(each)}\n" for each in documents), "utf-8")
    return path


def kinds(report: Path) -> list[tuple[str, str]]:
    """The findings of a report: kind and aggregate."""
    return [(each["kind"], each["aggregate"])
            for each in json.loads(report.read_text("utf-8"))["findings"]]
