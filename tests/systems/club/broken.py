"""Faults of the club."""

from __future__ import annotations

from tests.miniatures.building import Change
from tests.systems.building import fault

RPC, STORE, PROJECTION, QUERIES = (
    "app/rpc.py", "app/store.py", "app/projection.py", "app/queries.py")

BROKEN = (
    fault("sorts_as_text", "Versions without leading zeros: the tenth comes before the second.",
          Change(STORE, "{version:08}.json", "{version}.json"),
          fails="CMD-14", may_fail="PRJ-01 CMD-03 CMD-04 PRJ-09"),
    fault("takes_prefix", "The listing of a member has the events of those with longer ids, too.",
          Change(STORE, 'Prefix=f"members/{member}/"', 'Prefix=f"members/{member}"'),
          fails="CMD-15", may_fail="PRJ-10 PRJ-01 API-01 API-07"),
    fault("success_for_strangers", "Points of somebody who is no member are said to be earned.",
          Change(RPC, 'reply(False, error="already a member" if there else "no such member")',
                 'reply(what == "earned")'),
          fails="API-07", may_fail="CMD-01 PRJ-01 CMD-04"),
    fault("lists_the_gone", "Members who left stay in the list.",
          Change(QUERIES, 'for item in page["Items"] if not item.get("gone")]',
                 'for item in page["Items"] if "name" in item]'),
          Change(PROJECTION, 'found = store.fold(events) or {"gone": True}',
                 'found = store.fold(events)\n    if found is None:\n        return'),
          fails="QRY-04", may_fail="PRJ-01 PRJ-04 PRJ-09"),
    fault("rounds_points", "The list shows points as a rounded number.",
          Change(QUERIES, 'str(item["points"])', 'str(item["points"] // 10 * 10)'),
          fails="API-02", may_fail="PRJ-01 QRY-03"),
)
